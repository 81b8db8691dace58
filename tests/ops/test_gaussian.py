"""Gated Gaussian posteriors against SciPy and NumPy."""
import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate
from scipy import stats

import sparse_disent  # noqa: F401
from sparse_disent.ops import gaussian

MEAN = np.array([[0.3, -1.2, 2.0], [0.0, 0.7, -0.4]])
LOGVAR = np.array([[-1.0, 0.5, -3.0], [0.0, -0.2, 1.0]])
GATES = np.array([1.0, 0.0, 0.25])


def kl_by_integration(mean, logvar):
  posterior = stats.norm(mean, np.exp(logvar / 2))
  integrand = lambda z: posterior.pdf(z) * (
      posterior.logpdf(z) - stats.norm.logpdf(z))
  return integrate.quad(integrand, *posterior.interval(1 - 1e-14),
                        epsabs=1e-10)[0]


def test_kl_per_latent():
  expected = np.vectorize(kl_by_integration)(MEAN, LOGVAR)
  np.testing.assert_allclose(
      gaussian.kl_per_latent(MEAN, LOGVAR), expected, rtol=1e-6, atol=1e-9)


def test_gated_kl_weighs_the_ungated_divergence():
  kl = np.vectorize(kl_by_integration)(MEAN, LOGVAR)
  np.testing.assert_allclose(
      gaussian.gated_kl(MEAN, LOGVAR, GATES), kl @ GATES, rtol=1e-6)


def test_gate_posterior_is_equation_5():
  mean, logvar = gaussian.gate_posterior(MEAN, LOGVAR, GATES)
  np.testing.assert_allclose(mean, GATES * MEAN, rtol=1e-12)
  np.testing.assert_allclose(
      np.exp(logvar), GATES * np.exp(LOGVAR) + [0, 1e-20, 0], rtol=1e-9)


def test_open_gates_change_no_bit():
  mean, logvar = (value.astype(np.float32) for value in (MEAN, LOGVAR))
  gated = gaussian.gate_posterior(mean, logvar, np.ones(3, np.float32))
  np.testing.assert_array_equal(gated[0], mean)
  np.testing.assert_array_equal(gated[1], logvar)


def test_a_closed_gate_leaves_nothing_of_the_image():
  mean, logvar = gaussian.gate_posterior(MEAN, LOGVAR, GATES)
  assert np.all(mean[:, 1] == 0) and not np.signbit(mean[:, 1]).any()
  assert np.ptp(logvar[:, 1]) == 0
  sampled = gaussian.sample(mean, logvar, np.full([2, 3], 5.0))
  np.testing.assert_allclose(sampled[:, 1], 0, atol=1e-9)


@pytest.mark.parametrize("gate", [0.0, 1e-8, 0.5, 1.0])
def test_gradients_of_gate_posterior(gate):
  mean, logvar, gates = (
      tf.constant(value) for value in (MEAN, LOGVAR, np.array([gate] * 3)))
  with tf.GradientTape(persistent=True) as tape:
    tape.watch([mean, logvar, gates])
    gated_mean, gated_logvar = gaussian.gate_posterior(mean, logvar, gates)
    variance = tf.exp(gated_logvar)
  # d(m mu)/dm = mu; d(m sigma^2)/dm = sigma^2, and 0 at the floor.
  np.testing.assert_allclose(tape.gradient(gated_mean, gates), MEAN.sum(0))
  np.testing.assert_allclose(
      tape.gradient(variance, gates), (gate > 0) * np.exp(LOGVAR).sum(0))
  np.testing.assert_allclose(tape.gradient(gated_mean, mean), gate + 0 * MEAN)
  np.testing.assert_allclose(
      tape.gradient(variance, logvar), gate * np.exp(LOGVAR), atol=1e-30)


def test_support():
  np.testing.assert_array_equal(
      gaussian.support(tf.constant([0.0, 1e-30, 1.0])), [0, 1, 1])


def test_sample():
  noise = np.array([[1.0, -1.0, 0.0], [2.0, 0.5, -0.5]])
  np.testing.assert_allclose(
      gaussian.sample(MEAN, LOGVAR, noise),
      MEAN + np.sqrt(np.exp(LOGVAR)) * noise)
