"""Representations without the latents that hold nothing."""
import json
import os

import gin
import numpy as np
import tensorflow.compat.v1 as tf
from disentanglement_lib.postprocessing import methods

from sparse_disent.common import writing
from sparse_disent.metrics import codes as codes_lib
from sparse_disent.ops import statistics

# The arguments that every function gets from upstream's `postprocess`.
GIVEN = ["ground_truth_data", "gaussian_encoder", "random_state", "save_path"]

# Observations that decide which latents are active: the variance of a Gaussian
# is then known within 1.4 %.
NUM_POINTS = 10000
BATCH_SIZE = 64

# Scores such as MIG compare latents; upstream by itself fails on a single one.
MIN_LATENTS = 2


@gin.configurable("active_mean_representation", denylist=GIVEN)
def active_mean_representation(
    ground_truth_data, gaussian_encoder, random_state, save_path, *,
    variance_threshold=statistics.ACTIVE_VARIANCE):
  """Extracts the means of the active latents.

    latent i is active if Var_x(E[z_i | x]) > variance_threshold

  That leaves out latents that a gate has pruned, whose means are exactly 0, and
  latents that have collapsed to the prior. The threshold 0 leaves out constant
  latents alone.

  Modularity, DCI completeness and the mutual information of latents change with
  the number of constant latents alone; here they are those of the active ones.

  Two latents are kept at least, those of the largest variance, active or not,
  as upstream's scores compare latents. A constant one that is kept so counts as
  0 in modularity and is left out of the Gaussian total correlation; the results
  of the representation say which latents are active.

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
    ground_truth_data, gaussian_encoder, random_state, save_path, *,
    variance_threshold=statistics.ACTIVE_VARIANCE):
  """Extracts samples of the latents of `active_mean_representation`.

  Args:
    ground_truth_data: As in `active_mean_representation`.
    gaussian_encoder: As in `active_mean_representation`.
    random_state: NumPy random state.
    save_path: Directory of the representation.
    variance_threshold: Of the means, not of the samples; 0 or greater.

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


def sample_means(ground_truth_data, gaussian_encoder, random_state):
  """Means of random observations.

  Args:
    ground_truth_data: As in `active_mean_representation`.
    gaussian_encoder: As in `active_mean_representation`.
    random_state: NumPy random state.

  Returns:
    means: float64, [NUM_POINTS, num_latent].

  Raises:
    ValueError: If a mean is not finite.
  """
  means, _ = codes_lib.sample(
      ground_truth_data, lambda images: gaussian_encoder(images)["mean"],
      NUM_POINTS, random_state, BATCH_SIZE)
  return means


def select(transform_fn, latents):
  """Function that returns some columns of what `transform_fn` returns.

  Args:
    transform_fn: Function of the tensors `mean` and `logvar`.
    latents: List of indices of columns, in the order wanted.

  Returns:
    transform_fn: Function of the tensors `mean` and `logvar`.
  """
  return lambda mean, logvar: tf.gather(
      transform_fn(mean=mean, logvar=logvar), latents, axis=1)


def record(save_path, **facts):
  """Writes down what a representation was made of.

  Upstream's steps copy and aggregate all files of this folder.

  Args:
    save_path: Directory of the representation.
    **facts: What JSON can hold.
  """
  path = os.path.join(
      save_path, "results", "json", "representation_results.json")
  with writing.new_file(path, replace=True) as file:
    file.write(json.dumps(facts, indent=2).encode())


def _kept(ground_truth_data, gaussian_encoder, random_state, save_path,
          variance_threshold):
  """Indices of the latents to keep, ascending; records them."""
  means = sample_means(ground_truth_data, gaussian_encoder, random_state)
  variances = statistics.variances(means)
  active = np.flatnonzero(statistics.active(means, variance_threshold)).tolist()
  largest_first = np.argsort(-variances, kind="stable").tolist()
  latents = sorted(largest_first[:max(len(active), MIN_LATENTS)])
  record(save_path, latents=latents, active_latents=active,
         variance_of_mean=variances.tolist(),
         variance_threshold=float(variance_threshold))
  return latents
