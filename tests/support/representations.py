"""Data with known means, and representations of them evaluated."""
import json

import numpy as np
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import ground_truth_data


class Normal(ground_truth_data.GroundTruthData):
  """Observations of standard normal values, which are also the factors."""

  def __init__(self, size):
    self._size = size

  def sample_factors(self, num, random_state):
    return random_state.normal(size=[num, self._size])

  def sample_observations_from_factors(self, factors, random_state):
    del random_state
    return factors


def encoder(deviations, offsets=0.0):
  """A Gaussian encoder whose means have these standard deviations."""

  def gaussian_encoder(observations):
    means = np.float32(observations * deviations + offsets)
    return {"mean": means, "logvar": np.zeros_like(means)}

  return gaussian_encoder


def apply(transform_fn, mean, logvar):
  """Evaluates a transformation of arrays."""
  with tf.Graph().as_default(), tf.Session() as session:
    return session.run(transform_fn(
        mean=tf.constant(mean, tf.float32),
        logvar=tf.constant(logvar, tf.float32)))


def recorded(save_path):
  return json.loads(
      (save_path / "results/json/representation_results.json").read_text())
