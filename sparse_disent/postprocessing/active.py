"""Representations of the active latents alone."""
import json
import os
from collections.abc import Callable

import gin
import numpy as np
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import ground_truth_data as gt
from disentanglement_lib.postprocessing import methods

from sparse_disent.common import writing
from sparse_disent.metrics import codes as codes_lib
from sparse_disent.ops import statistics

# Function from a posterior's mean and log variance to a representation.
# Called as upstream does, with the keywords `mean` and `logvar`.
TransformFn = Callable[..., tf.Tensor]

# The arguments that every function gets from upstream's `postprocess`.
GIVEN = ["ground_truth_data", "gaussian_encoder", "random_state", "save_path"]

# Number of observations from which variances are estimated: one standard error
# is 1.4 % of the variance of a Gaussian.
NUM_POINTS = 10000
BATCH_SIZE = 64

# Scores such as MIG compare latents; upstream's code fails on a single one.
MIN_LATENTS = 2


@gin.configurable("active_mean_representation", denylist=GIVEN)
def active_mean_representation(
    ground_truth_data: gt.GroundTruthData, gaussian_encoder: codes_lib.Encoder,
    random_state: np.random.RandomState, save_path: str, *,
    variance_threshold: float = statistics.ACTIVE_VARIANCE
) -> tuple[TransformFn, None]:
  """Extracts the means of the active latents.

    latent i is active if Var_x(E[z_i | x]) > variance_threshold

  Inactive latents are those that a gate has pruned, whose means are exactly 0,
  and those that have collapsed to the prior. With the threshold 0 only constant
  latents are left out.

  Modularity, DCI completeness and the mutual information of latents depend on
  the number of constant latents. Without those latents they describe the active
  ones.

  At least two latents are kept, because upstream's scores compare latents:
  those of the largest variance, even if they are inactive. A constant latent
  that is kept for this reason counts as 0 in modularity and is left out of the
  Gaussian total correlation. The results of the representation say which
  latents are active.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    gaussian_encoder: Function from observations to a dictionary with arrays
      "mean" and "logvar", [batch_size, num_latent].
    random_state: NumPy random state.
    save_path: Directory of the representation.
    variance_threshold: 0 or greater.

  Returns:
    transform_fn: Function of the tensors `mean` and `logvar` that returns the
      representation, [batch_size, num_kept].
    None, as there are no variables.

  Raises:
    ValueError: If the threshold is below 0, or if a mean is not finite.
  """
  codes_lib.check_threshold(
      "active_mean_representation.variance_threshold", variance_threshold)
  latents = _kept(ground_truth_data, gaussian_encoder, random_state, save_path,
                  variance_threshold)
  transform_fn, _ = methods.mean_representation(
      ground_truth_data, gaussian_encoder, random_state, save_path)
  return select(transform_fn, latents), None


@gin.configurable("active_sampled_representation", denylist=GIVEN)
def active_sampled_representation(
    ground_truth_data: gt.GroundTruthData, gaussian_encoder: codes_lib.Encoder,
    random_state: np.random.RandomState, save_path: str, *,
    variance_threshold: float = statistics.ACTIVE_VARIANCE
) -> tuple[TransformFn, None]:
  """Extracts samples of the active latents.

  The latents are those that `active_mean_representation` keeps.

  Args:
    ground_truth_data: As in `active_mean_representation`.
    gaussian_encoder: As in `active_mean_representation`.
    random_state: NumPy random state.
    save_path: Directory of the representation.
    variance_threshold: Threshold on the variance of the means, not of the
      samples; 0 or greater.

  Returns:
    transform_fn: As in `active_mean_representation`.
    None, as there are no variables.

  Raises:
    ValueError: As in `active_mean_representation`.
  """
  codes_lib.check_threshold(
      "active_sampled_representation.variance_threshold", variance_threshold)
  latents = _kept(ground_truth_data, gaussian_encoder, random_state, save_path,
                  variance_threshold)
  transform_fn, _ = methods.sampled_representation(
      ground_truth_data, gaussian_encoder, random_state, save_path)
  return select(transform_fn, latents), None


def select(transform_fn: TransformFn, latents: list[int]) -> TransformFn:
  """Restricts a transformation to some of its columns.

  Args:
    transform_fn: Function of the tensors `mean` and `logvar`.
    latents: List of indices of columns, in the order wanted.

  Returns:
    transform_fn: Function of the tensors `mean` and `logvar` that returns those
      columns.
  """
  return lambda mean, logvar: tf.gather(
      transform_fn(mean=mean, logvar=logvar), latents, axis=1)


def record(save_path: str, **facts: object) -> None:
  """Writes how a representation was made to representation_results.json.

  Upstream's steps copy and aggregate all files of its folder.

  Args:
    save_path: Directory of the representation.
    **facts: Values that JSON can hold, by name.
  """
  path = os.path.join(
      save_path, "results", "json", "representation_results.json")
  with writing.new_file(path, replace=True) as file:
    file.write(json.dumps(facts, indent=2).encode())


def _kept(ground_truth_data, gaussian_encoder, random_state, save_path,
          variance_threshold):
  """Chooses the latents to keep, ascending, and records them."""
  means, _ = codes_lib.sample_posteriors(
      ground_truth_data, gaussian_encoder, NUM_POINTS, random_state, BATCH_SIZE)
  variances = statistics.variances(means)
  active = np.flatnonzero(statistics.active(means, variance_threshold)).tolist()
  largest_first = np.argsort(-variances, kind="stable").tolist()
  latents = sorted(largest_first[:max(len(active), MIN_LATENTS)])
  record(save_path, latents=latents, active_latents=active,
         variance_of_mean=variances.tolist(),
         variance_threshold=float(variance_threshold))
  return latents
