"""Gradients where a formula's own derivative is no number, or almost none.

Each row has a function, its argument in float32, and the gradient of the sum of
what it returns: derived by hand, and computed by NumPy in float64.
"""
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import sparse_disent  # noqa: F401
from sparse_disent.ops import categorical
from sparse_disent.ops import dip
from sparse_disent.ops import gaussian
from sparse_disent.ops import masks
from sparse_disent.ops.hard_concrete import HardConcrete

# Latents that have collapsed, saturated, or only the variance of the floor.
MEAN = np.array([[0.0, 3e4, -3e4, 0.0]])
LOGVAR = np.array([[0.0, -46.05, 80.0, -80.0]])
# Far outside of what training allows, too.
LOCATIONS = np.array([-1e4, -np.log(100), 0.0, np.log(100), 1e4])
ENDS = np.array([1e-6, 0.5, 1 - 1e-6])[:, np.newaxis]
CERTAIN = np.array([[0.0, 1e4, -1e4], [-1e4, -1e4, -1e4]])
KERNEL = np.zeros([2, 2, 3, 2])
KERNEL[:, :, 1, 0] = [[3.0, 0.0], [0.0, 4.0]]
KERNEL[0, 0, 2, 1] = 1e-25  # Its square is 0.
SEED = tf.constant([1, 2])


def of_sample(temperature):
  """1.2 s (1 - s) / temperature where the clip leaves the gate as it is."""
  noise = np.log(ENDS / (1 - ENDS))
  s = stats.logistic.cdf((noise + LOCATIONS) / temperature)
  inside = (1.2 * s > 0.1) & (1.2 * s < 1.1)
  slope = 1.2 * stats.logistic.pdf((noise + LOCATIONS) / temperature)
  return np.sum(inside * slope / temperature, axis=0)


def of_mean_gate():
  """The integral of the density over thresholds, at temperature 2/3."""
  t = (np.arange(10_000) + 0.5) / 10_000
  return stats.logistic.pdf(LOCATIONS[:, np.newaxis] - 2 / 3 * np.log(
      (t + 0.1) / (1.1 - t))).mean(axis=1)


def of_louizos():
  s = stats.logistic.cdf(LOCATIONS)
  return 1.2 * stats.logistic.pdf(LOCATIONS) * (np.abs(s - 0.5) < 1 / 2.4)


TABLE = {
    "slice norms": (
        lambda k: masks.slice_norms(k, "connection"), KERNEL,
        KERNEL / 5.0 * (np.arange(3)[:, np.newaxis] == 1)),
    "channel norms": (
        lambda k: masks.slice_norms(k, "channel"), KERNEL,
        KERNEL / 5.0 * (np.arange(2) == 0)),
    "transposed slice norms": (
        lambda k: masks.slice_norms(k, "channel", transposed=True),
        0.0 * KERNEL, 0.0 * KERNEL),
    "norm of nothing": (masks.norm, np.zeros([3]), np.zeros([3])),
    "masked kernel": (
        lambda m: masks.apply(tf.constant(KERNEL, tf.float32), m),
        np.zeros([3, 2]), KERNEL.sum(axis=(0, 1))),
    "KL, mean": (
        lambda x: gaussian.kl_per_latent(x, tf.constant(LOGVAR, tf.float32)),
        MEAN, MEAN),
    "KL, log variance": (
        lambda x: gaussian.kl_per_latent(tf.constant(MEAN, tf.float32), x),
        LOGVAR, (np.exp(LOGVAR) - 1) / 2),
    "gated mean": (
        lambda m: gaussian.gate_posterior(
            tf.constant(MEAN, tf.float32), tf.constant(LOGVAR, tf.float32),
            m)[0],
        np.array([0.0, 0.0, 1.0, 1e-30]), MEAN[0]),
    # 1 / m, and nothing at the floor.
    "gated log variance": (
        lambda m: gaussian.gate_posterior(
            tf.constant(MEAN, tf.float32), tf.constant(LOGVAR, tf.float32),
            m)[1],
        np.array([0.0, 1e-30, 1e-8, 1.0]), np.array([0.0, 1e30, 1e8, 1.0])),
    "sample": (
        lambda x: gaussian.sample(tf.constant(MEAN, tf.float32), x, 2.0),
        LOGVAR, np.exp(LOGVAR / 2)),
    "gates, temperature 2/3": (
        lambda x: HardConcrete(temperature=2 / 3).sample(
            x, tf.constant(ENDS, tf.float32)),
        LOCATIONS, of_sample(2 / 3)),
    "gates, temperature .05": (
        lambda x: HardConcrete(temperature=0.05).sample(
            x, tf.constant(ENDS, tf.float32)),
        LOCATIONS, of_sample(0.05)),
    "P(m > 0)": (
        HardConcrete(temperature=2 / 3).probability_positive,
        LOCATIONS, stats.logistic.pdf(LOCATIONS - 2 / 3 * np.log(1 / 11))),
    "Louizos' gate": (
        HardConcrete(temperature=2 / 3).louizos_gate, LOCATIONS, of_louizos()),
    "mean gate": (
        HardConcrete(temperature=2 / 3).mean, LOCATIONS, of_mean_gate()),
    # A class that is certain, and none that is.
    "categorical KL": (
        categorical.kl_from_uniform, CERTAIN, np.zeros([2, 3])),
    # Of rows that sum to 1.
    "classes": (
        lambda x: categorical.sample(x, SEED, temperature=0.05), CERTAIN,
        np.zeros([2, 3])),
    "DIP, equal codes": (
        lambda x: dip.active_diagonal(dip.variances(x), tf.ones([4])),
        np.tile(np.float32(MEAN), [3, 1]), np.zeros([3, 4])),
    "DIP-VAE-II": (
        lambda x: dip.active_diagonal(
            dip.variances(tf.zeros([1, 3]), x), tf.constant([1.0, 1.0, 0.0])),
        np.array([[-46.05, 0.0, 20.0]]), np.zeros([1, 3])),
}


@pytest.mark.parametrize("name", TABLE)
def test_gradients_are_finite_and_right(name):
  function, point, expected = TABLE[name]
  argument = tf.constant(point, tf.float32)
  with tf.GradientTape() as tape:
    tape.watch(argument)
    total = tf.reduce_sum(function(argument))
  gradient = tape.gradient(total, argument).numpy()
  assert np.isfinite(gradient).all()
  scale = np.maximum(np.abs(expected), 1.0)
  np.testing.assert_allclose(gradient / scale, expected / scale, atol=2e-5)
