"""The categorical latent's formulas against SciPy and by Monte Carlo."""
import numpy as np
import tensorflow.compat.v1 as tf
from scipy import special
from scipy import stats

import sparse_disent  # noqa: F401
from sparse_disent.ops import categorical

LOGITS = np.array([[0.0, 0.0, 0.0], [1.0, -1.0, 0.5], [0.0, 200.0, -200.0]])


def test_kl_from_uniform():
  probabilities = special.softmax(LOGITS, axis=1)
  # SciPy's relative entropy of two discrete distributions.
  expected = [stats.entropy(row, np.full(3, 1 / 3)) for row in probabilities]
  np.testing.assert_allclose(
      categorical.kl_from_uniform(tf.constant(LOGITS)), expected, atol=1e-12)
  np.testing.assert_allclose(expected[2], np.log(3))


def test_gradient_of_the_kl_is_finite_for_a_certain_class():
  logits = tf.constant(LOGITS)
  with tf.GradientTape() as tape:
    tape.watch(logits)
    kl = categorical.kl_from_uniform(logits)
  gradient = tape.gradient(kl, logits).numpy()
  np.testing.assert_allclose(gradient[[0, 2]], np.zeros([2, 3]), atol=1e-12)
  # p_k * (log p_k - sum of p log p)
  p = special.softmax(LOGITS[1])
  np.testing.assert_allclose(
      gradient[1], p * (np.log(p) + stats.entropy(p)), rtol=1e-9)


def test_samples_follow_their_distribution():
  num_samples, temperature = 50_000, 0.5
  logits = tf.tile(tf.constant(LOGITS[1:2], tf.float32), [num_samples, 1])
  samples = categorical.sample(
      logits, tf.constant([1, 2]), temperature=temperature).numpy()
  np.testing.assert_allclose(samples.sum(1), 1, rtol=1e-5)
  # The largest entry is distributed as the class itself (the Gumbel-max trick).
  p = special.softmax(LOGITS[1])
  counts = np.bincount(samples.argmax(1), minlength=3)
  error = np.sqrt(p * (1 - p) / num_samples)
  assert np.all(np.abs(counts / num_samples - p) < 4.5 * error)
  # log(y_1 / y_2) * temperature is a difference of two Gumbel variables, which
  # is logistic around the difference of the logits.
  ratio = temperature * np.log(samples[:, 0] / samples[:, 2])
  assert stats.kstest(ratio, stats.logistic(0.5).cdf).pvalue > 1e-4


def test_samples_are_a_function_of_the_seed():
  one, again, other = (
      categorical.sample(tf.constant(LOGITS), tf.constant([1, seed]),
                         temperature=0.5).numpy() for seed in (2, 2, 3))
  np.testing.assert_array_equal(one, again)
  assert not np.array_equal(one, other)


def test_gradients_reach_the_logits():
  logits = tf.constant(LOGITS[:2])
  with tf.GradientTape() as tape:
    tape.watch(logits)
    samples = categorical.sample(
        logits, tf.constant([1, 2]), temperature=0.5)
    first = samples[:, 0]
  gradient = tape.gradient(first, logits).numpy()
  # d softmax(x / t)_0 / d x_k = y_0 * ([k = 0] - y_k) / t
  y = samples.numpy()
  np.testing.assert_allclose(
      gradient, y[:, :1] * ([1.0, 0.0, 0.0] - y) / 0.5, rtol=1e-6)
