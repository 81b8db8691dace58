"""Codes of sampled observations.

Nothing here looks into an observation: it goes from the data set to the
representation function as it is. A metric of which that is all it does with
observations is marked with `codes_alone`.
"""
import numbers

import numpy as np
from disentanglement_lib.evaluation.metrics import utils

from sparse_disent.common import checks

# The arguments that every metric gets from upstream's `evaluate`.
GIVEN = ["ground_truth_data", "representation_function", "random_state",
         "artifact_dir"]

_codes_alone = set()


def codes_alone(metric):
  """Marks a metric that hands observations to the representation function only.

  `sparse-disent evaluate` gives such a metric numbers in place of images, so
  that each image is encoded once for all metrics. A metric without this mark
  gets images, as from `dlib_evaluate`.

    @gin.configurable
    @metrics.codes_alone
    def own_metric(ground_truth_data, representation_function, random_state):

  Args:
    metric: Function.

  Returns:
    metric: The same function.
  """
  _codes_alone.add(metric)
  return metric


def is_codes_alone(configurable):
  """Tells whether a metric has been marked with `codes_alone`.

  Args:
    configurable: What gin has registered under the metric's name.
  """
  # No deeper: a function that wraps a marked one can do what it likes.
  return not _codes_alone.isdisjoint(
      (configurable, getattr(configurable, "__wrapped__", None)))


def check_sampling(metric, num_train, batch_size):
  """Raises a ValueError unless both are positive integers.

  Args:
    metric: The metric's name in gin files.
    num_train: Number of points that it samples.
    batch_size: Number of points that it encodes at a time.

  Raises:
    ValueError: If one is not.
  """
  for name, value in (("num_train", num_train), ("batch_size", batch_size)):
    checks.check(
        isinstance(value, numbers.Integral) and value > 0, f"{metric}.{name}",
        "be a positive integer", value,
        "Upstream's studies use num_train = 10000 and batch_size = 16.")


def check_threshold(parameter, value):
  """Raises a ValueError unless a threshold is a number of 0 or greater.

  Args:
    parameter: Name as in gin files.
    value: What was given.

  Raises:
    ValueError: If it is not.
  """
  checks.check(isinstance(value, numbers.Real) and value >= 0, parameter,
               "be a number of 0 or greater", value,
               "Leave it out for the default.")


def sample(ground_truth_data, representation_function, num_train, random_state,
           batch_size):
  """Codes of random observations, drawn as upstream's metrics draw them.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    representation_function: Function from observations to codes.
    num_train: Number of points.
    random_state: NumPy random state.
    batch_size: Number of points to be sampled and encoded at a time; with the
      same random state another one draws other points.

  Returns:
    codes: float64, [num_train, num_latent].
    factors: [num_train, num_factors].

  Raises:
    ValueError: If a code is not finite.
  """
  codes, factors = utils.generate_batch_factor_code(
      ground_truth_data, representation_function, num_train, random_state,
      batch_size)
  return _finite(codes.T), factors.T


def of_factors(ground_truth_data, representation_function, factors,
               random_state, batch_size):
  """Codes of observations that have given factors.

  Args:
    ground_truth_data: GroundTruthData that makes the observations.
    representation_function: Function from observations to codes.
    factors: [num_points, num_factors], at least one point.
    random_state: NumPy random state, for all else in the observations.
    batch_size: Number of points to be encoded at a time.

  Returns:
    codes: float64, [num_points, num_latent].

  Raises:
    ValueError: If a code is not finite.
  """
  return _finite(np.concatenate([
      representation_function(ground_truth_data.sample_observations_from_factors(
          factors[start:start + batch_size], random_state))
      for start in range(0, len(factors), batch_size)]))


def _finite(codes):
  # float64: upstream's discretizer fails on float32 that only rounding varies.
  codes = np.asarray(codes, dtype=np.float64)
  broken = np.flatnonzero(~np.isfinite(codes).all(axis=0))
  if broken.size:
    raise ValueError(
        f"The representation is not finite: latents {broken.tolist()} have "
        "values that are NaN or infinite. The model has diverged, or its "
        "module is damaged; train or export it again.")
  return codes
