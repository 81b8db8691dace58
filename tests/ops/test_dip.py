"""DIP-VAE's diagonal for gated latents, against NumPy."""
import numpy as np
import tensorflow as tf

import sparse_disent  # noqa: F401
from sparse_disent.ops import dip

MEAN, LOGVAR = np.random.RandomState(0).normal(size=[2, 50, 3])
GATES = np.array([1.0, 0.0, 0.25])


def test_variances():
  np.testing.assert_allclose(
      dip.variances(MEAN), np.diag(np.cov(MEAN.T, bias=True)), rtol=1e-12)
  np.testing.assert_allclose(
      dip.variances(MEAN, LOGVAR), np.diag(np.cov(MEAN.T, bias=True))
      + np.exp(LOGVAR).mean(axis=0), rtol=1e-12)


def test_active_diagonal():
  variances = tf.constant([3.0, 7.0, 0.5], tf.float64)
  # 1 * 2^2 + 0 * 6^2 + 0.25 * 0.5^2
  np.testing.assert_allclose(
      dip.active_diagonal(variances, GATES), 4.0625, rtol=1e-12)


def test_gradients_of_active_diagonal():
  variances = tf.constant([3.0, 7.0, 0.5], tf.float64)
  gates = tf.constant(GATES)
  with tf.GradientTape() as tape:
    tape.watch([variances, gates])
    diagonal = dip.active_diagonal(variances, gates)
  for_variances, for_gates = tape.gradient(diagonal, [variances, gates])
  # 2 m (C - 1): none for the closed latent. (C - 1)^2: never below 0, so that
  # a gate is not paid for opening.
  np.testing.assert_allclose(for_variances, [4.0, 0.0, -0.25])
  np.testing.assert_allclose(for_gates, [4.0, 36.0, 0.25])
