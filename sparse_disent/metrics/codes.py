"""Samples codes of observations, and marks metrics that look at codes alone.

A code is the representation of one observation. These functions pass
observations from the data set to the representation function and never look
into them. A metric that does the same is marked with `codes_alone`.
"""
from collections.abc import Callable
from typing import Any

import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data as gt
from disentanglement_lib.evaluation.metrics import utils

from sparse_disent.common import checks

# Function from observations to codes.
RepresentationFunction = Callable[[np.ndarray], np.ndarray]
# Function from observations to "mean" and "logvar" of the posterior.
Encoder = Callable[[np.ndarray], dict[str, np.ndarray]]

# The arguments that every metric gets from upstream's `evaluate`.
GIVEN = ["ground_truth_data", "representation_function", "random_state",
         "artifact_dir"]

_codes_alone = set()


def codes_alone(metric: Callable) -> Callable:
  """Marks a metric that uses observations only to compute their codes.

  `sparse-disent evaluate` gives such a metric the numbers of images in place of
  images, so that each image is encoded once for all metrics. A metric without
  this mark gets images, as from `dlib_evaluate`. An example:

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


def is_codes_alone(configurable: Callable) -> bool:
  """Tells whether a metric has been marked with `codes_alone`.

  Args:
    configurable: The function that gin has registered under the metric's name.
  """
  # Only gin's own wrapper is looked through: a function that wraps a marked one
  # may itself look into observations.
  return not _codes_alone.isdisjoint(
      (configurable, getattr(configurable, "__wrapped__", None)))


def check_sampling(metric: str, num_train: Any, batch_size: Any,
                   num_test: Any = 1) -> None:
  """Checks that the numbers of sampled points are positive integers.

  Args:
    metric: The metric's name in gin files.
    num_train: Number of points that it samples.
    batch_size: Number of points that it encodes at a time.
    num_test: Number of further points that it tests on.

  Raises:
    ValueError: If one of them is not a positive integer.
  """
  for name, value in (("num_train", num_train), ("batch_size", batch_size),
                      ("num_test", num_test)):
    checks.check(
        checks.is_integer(value, 1), f"{metric}.{name}",
        "be a positive integer", value,
        "Upstream's studies use num_train = 10000 and batch_size = 16.")


def check_threshold(parameter: str, value: Any) -> None:
  """Checks that a threshold is a number of 0 or greater.

  Args:
    parameter: Name as in gin files.
    value: The threshold.

  Raises:
    ValueError: If it is something else.
  """
  checks.check(lambda x: x >= 0, parameter, "be a number of 0 or greater",
               value, "Leave it out for the default.")


def sample(ground_truth_data: gt.GroundTruthData,
           representation_function: RepresentationFunction, num_train: int,
           random_state: np.random.RandomState,
           batch_size: int) -> tuple[np.ndarray, np.ndarray]:
  """Codes of random observations, drawn as upstream's metrics draw them.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    representation_function: Function from observations to codes.
    num_train: Number of points.
    random_state: NumPy random state.
    batch_size: Number of points sampled and encoded at a time. Other sizes draw
      other points from the same random state.

  Returns:
    codes: float64, [num_train, num_latent]. A representation without latents
      counts as one that is constant, as for upstream's metrics.
    factors: [num_train, num_factors].

  Raises:
    ValueError: If a code is not finite.
  """
  codes, factors = utils.generate_batch_factor_code(
      ground_truth_data, representation_function, num_train, random_state,
      batch_size)
  codes = _finite(codes.T)
  return codes if codes.shape[1] else np.zeros([len(codes), 1]), factors.T


def sample_posteriors(
    ground_truth_data: gt.GroundTruthData, gaussian_encoder: Encoder,
    num_train: int, random_state: np.random.RandomState, batch_size: int
) -> tuple[np.ndarray, np.ndarray]:
  """Posteriors of random observations, drawn as by `sample`.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    gaussian_encoder: Function from observations to a dictionary with arrays
      "mean" and "logvar", [batch_size, num_latent].
    num_train: Number of points.
    random_state: NumPy random state.
    batch_size: See `sample`.

  Returns:
    means: float64, [num_train, num_latent].
    logvars: The same of log variances.

  Raises:
    ValueError: If a mean or a log variance is not finite.
  """
  def encode(images):
    outputs = gaussian_encoder(images)
    return np.concatenate([outputs["mean"], outputs["logvar"]], axis=1)

  codes, _ = sample(
      ground_truth_data, encode, num_train, random_state, batch_size)
  means, logvars = np.split(codes, 2, axis=1)
  return means, logvars


def of_factors(ground_truth_data: gt.GroundTruthData,
               representation_function: RepresentationFunction,
               factors: np.ndarray, random_state: np.random.RandomState,
               batch_size: int) -> np.ndarray:
  """Codes of observations that have given factors.

  Args:
    ground_truth_data: GroundTruthData that makes the observations.
    representation_function: Function from observations to codes.
    factors: [num_points, num_factors], at least one point.
    random_state: NumPy random state; draws whatever else the observations
      depend on.
    batch_size: Number of points encoded at a time.

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
  # float64, because upstream's discretizer fails on float32 codes whose values
  # differ by rounding alone.
  codes = np.asarray(codes, dtype=np.float64)
  broken = np.flatnonzero(~np.isfinite(codes).all(axis=0))
  if broken.size:
    raise ValueError(
        f"The representation is not finite: latents {broken.tolist()} have "
        "values that are NaN or infinite. The model has diverged, or its "
        "module is damaged; train or export it again.")
  return codes
