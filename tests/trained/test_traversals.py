import numpy as np
import pytest

from sparse_disent.trained import traversals

RANDOM = np.random.RandomState(0)
MEAN = RANDOM.normal(size=[500, 3])
LOGVAR = RANDOM.normal(-1.0, 0.5, size=[500, 3])


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


def test_groups_of_another_code():
  with pytest.raises(ValueError, match=r"the code, 4, but is \[2, 3\]\. "):
    traversals.prefixes(np.ones([1, 4]), [2, 3])
