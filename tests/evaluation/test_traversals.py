import numpy as np
import pytest
from scipy import integrate
from scipy import stats

from sparse_disent.evaluation import traversals

RANDOM = np.random.RandomState(0)
MEAN = RANDOM.normal(size=[500, 3])
LOGVAR = RANDOM.normal(-1.0, 0.5, size=[500, 3])


def test_kl_is_that_of_numerical_integration():
  mean, logvar = np.array([[0.7, -1.2]]), np.array([[-0.5, 0.3]])
  mean, logvar = np.tile(mean, [2, 1]), np.tile(logvar, [2, 1])
  mean[1] += 0.1  # Not pruned.
  z = np.linspace(-12, 12, 100001)
  expected = np.zeros([2, 2])
  for i in range(2):
    for j in range(2):
      q = stats.norm(mean[i, j], np.exp(logvar[i, j] / 2))
      expected[i, j] = integrate.trapezoid(
          q.pdf(z) * (q.logpdf(z) - stats.norm.logpdf(z)), z)
  np.testing.assert_allclose(traversals.kl_per_latent(mean, logvar),
                             expected.mean(axis=0), rtol=1e-6)


def test_pruned_latents_have_no_kl():
  mean = np.stack([MEAN[:, 0], np.zeros(500)], axis=1)
  # What our models export of a closed gate: log(1e-20).
  logvar = np.stack([LOGVAR[:, 0], np.full(500, -46.05)], axis=1)
  np.testing.assert_array_equal(traversals.pruned(mean), [False, True])
  kl = traversals.kl_per_latent(mean, logvar)
  assert kl[0] > 0 and kl[1] == 0


def test_a_latent_that_hardly_moves_is_not_pruned():
  mean = np.zeros([500, 1], np.float32)
  mean[7] = 1e-30
  np.testing.assert_array_equal(traversals.pruned(mean), [False])


def test_kl_of_classes():
  assert traversals.kl_of_classes(np.eye(4)) == pytest.approx(np.log(4))
  assert traversals.kl_of_classes(np.full([3, 5], 0.2)) == pytest.approx(0)
  p = np.array([[0.5, 0.25, 0.25]])
  assert traversals.kl_of_classes(p) == pytest.approx(
      np.log(3) - stats.entropy(p[0]))


def test_values_span_the_middle_of_the_data():
  rows = traversals.rows(MEAN, LOGVAR, num_classes=0, num_columns=5)
  assert [row["name"] for row in rows] == ["z0", "z1", "z2"]
  for i, row in enumerate(rows):
    low, high = np.quantile(MEAN[:, i], [0.025, 0.975])
    np.testing.assert_allclose(row["values"], np.linspace(low, high, 5))
    assert row["latents"] == [i] and row["pruned"] is False


def test_classes_share_a_row():
  mean = np.concatenate([MEAN[:, :1], np.eye(500)[:, :2] * 0.5 + 0.25], axis=1)
  rows = traversals.rows(mean, LOGVAR, num_classes=2, num_columns=7)
  assert [row["name"] for row in rows] == ["z0", "class"]
  assert rows[1]["latents"] == [1, 2] and rows[1]["values"] == [0, 1]
  np.testing.assert_array_equal(
      traversals.codes(np.array([9.0, 0.25, 0.75]), rows[1]),
      [[9, 1, 0], [9, 0, 1]])


def test_codes_move_one_latent():
  codes = traversals.codes(
      np.array([1.0, 2.0, 3.0]), {"latents": [1], "values": [-1.0, 0.0, 1.0]})
  np.testing.assert_array_equal(codes, [[1, -1, 3], [1, 0, 3], [1, 1, 3]])


def test_prefixes_end_with_the_whole_code():
  code = np.array([[1.0, 2.0, 3.0, 4.0]])
  first, second, third = traversals.prefixes(code, [1, 2, 1])
  np.testing.assert_array_equal(first, [[1, 0, 0, 0]])
  np.testing.assert_array_equal(second, [[1, 2, 3, 0]])
  np.testing.assert_array_equal(third, code)
