"""Statistics of codes: active, informative and pruned latents, and the KL."""
import numpy as np
import pytest
from scipy import integrate
from scipy import stats

import sparse_disent  # noqa: F401
from sparse_disent.ops import gaussian
from sparse_disent.ops import statistics

RANDOM = np.random.RandomState(0)
FLOOR = np.log(1e-20)


def test_kl_is_that_of_numerical_integration():
  mean, logvar = RANDOM.normal(size=[2, 3]), RANDOM.normal(size=[2, 3])
  z = np.linspace(-12, 12, 100001)
  expected = np.zeros([2, 3])
  for i, j in np.ndindex(2, 3):
    q = stats.norm(mean[i, j], np.exp(logvar[i, j] / 2))
    expected[i, j] = integrate.trapezoid(
        q.pdf(z) * (q.logpdf(z) - stats.norm.logpdf(z)), z)
  np.testing.assert_allclose(statistics.kl_per_latent(mean, logvar),
                             expected.mean(axis=0), rtol=1e-6)


@pytest.mark.parametrize("mean, logvar, pruned", [
    # What a closed gate leaves, in the precision of modules.
    (np.zeros(9, np.float32), np.full(9, FLOOR, np.float32), True),
    # A closed channel of "means": its variance still depends on the image.
    (np.zeros(9), RANDOM.normal(size=9), False),
    (np.zeros(9), np.where(np.arange(9) == 4, -1.0, FLOOR), False),
    # Closed in both heads, or collapsed: the decoder still sees the noise.
    (np.zeros(9), np.zeros(9), False),
    (np.zeros(9), np.full(9, -5.0), False),
    # A certain class, whose probability has no variance.
    (np.full(9, 0.3), np.full(9, FLOOR), False),
    (np.where(np.arange(9) == 4, 1e-30, 0.0), np.full(9, FLOOR), False)])
def test_pruned_is_the_constant_0(mean, logvar, pruned):
  column = lambda values: values[:, np.newaxis]
  assert statistics.pruned(column(mean), column(logvar)) == [pruned]
  kl = statistics.kl_per_latent(column(mean), column(logvar))
  logvar = logvar.astype(float)
  assert kl == pytest.approx(0.0 if pruned else np.mean(
      mean**2 + np.exp(logvar) - logvar - 1) / 2)


def test_kl_is_that_of_the_tensor_version():
  mean, logvar = RANDOM.normal(size=[2, 5, 3])
  np.testing.assert_allclose(
      statistics.kl_per_latent(mean, logvar),
      gaussian.kl_per_latent(mean, logvar).numpy().mean(axis=0), rtol=1e-12)


def test_active():
  points = np.random.RandomState(0).normal(size=[1000, 1]) * [1, 0, 0.09, 0.11]
  points += 0.7  # The mean of 1,000 times this is another number.
  assert np.var(points[:, 1]) > 0
  for threshold, expected in [(0.01, [0, 3]), (0, [0, 2, 3])]:
    active = statistics.active(points, threshold)
    np.testing.assert_array_equal(np.flatnonzero(active), expected)
  assert not statistics.active(points[:, 1:2], 0).any()
  # The mean of squares, not an estimate from a sample: 0.1 squared.
  assert not statistics.active(np.array([[0.0], [0.2]]), 0.015).any()
  np.testing.assert_allclose(
      statistics.variances(points), [np.var(x) for x in points.T], atol=1e-12)


def test_precision_does_not_decide_what_is_active():
  values = np.random.RandomState(0).normal(size=[1000, 1])
  codes = np.float32(1 + 0.1 * (values - values.mean()) / values.std())
  # NumPy's variance of float32 codes is 0.01 and that of the same codes in
  # float64 above it.
  assert not np.var(codes - codes[0]) > 0.01
  assert np.var(codes.astype(np.float64)) > 0.01
  assert statistics.active(codes) and statistics.active(codes.astype(float))


def test_informative_is_a_matter_of_nats():
  # A mean of mu alone costs mu^2 / 2 nats; the last latent's gate is closed.
  means = np.tile([0.0, 0.1, 0.2, 0.0], [7, 1])
  logvars = np.tile([0.0, 0.0, 0.0, FLOOR], [7, 1])
  for threshold, expected in [(0.01, [2]), (0.001, [1, 2])]:
    informative = statistics.informative(means, logvars, threshold)
    np.testing.assert_array_equal(np.flatnonzero(informative), expected)


def test_kl_of_classes():
  assert statistics.kl_of_classes(np.eye(4)) == pytest.approx(np.log(4))
  assert statistics.kl_of_classes(np.full([3, 5], 0.2)) == pytest.approx(0)
  p = np.array([[0.5, 0.25, 0.25]])
  assert statistics.kl_of_classes(p) == pytest.approx(
      np.log(3) - stats.entropy(p[0]))
