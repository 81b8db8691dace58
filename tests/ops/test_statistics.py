"""Statistics of codes: which latents are pruned, and the KL of each."""
import numpy as np
import pytest
from scipy import integrate
from scipy import stats

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
