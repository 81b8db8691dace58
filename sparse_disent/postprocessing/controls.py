"""Control representations: the means, permuted or rotated.

Both hold the same information as the means. A metric of disentanglement must
not depend on the order of latents. It must react to a rotation: the prior of
rotated latents is the same, so that a model can entangle factors at no cost.

Source: Rakowski, "Learning Disentangled Deep Latent Space Representations",
after Locatello et al., "Challenging Common Assumptions in the Unsupervised
Learning of Disentangled Representations" (ICML 2019).
"""
import math
import numbers

import gin
import numpy as np
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import ground_truth_data as gt
from disentanglement_lib.postprocessing import methods

from sparse_disent.common import checks
from sparse_disent.metrics import codes as codes_lib
from sparse_disent.ops import statistics
from sparse_disent.postprocessing import active as active_lib


@gin.configurable("permuted_representation", denylist=active_lib.GIVEN)
def permuted_representation(
    ground_truth_data: gt.GroundTruthData, gaussian_encoder: codes_lib.Encoder,
    random_state: np.random.RandomState,
    save_path: str) -> tuple[active_lib.TransformFn, None]:
  """Extracts the means in a random order.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    gaussian_encoder: Function from observations to a dictionary with arrays
      "mean" and "logvar", [batch_size, num_latent].
    random_state: NumPy random state, of `postprocess.random_seed`.
    save_path: Directory of the representation.

  Returns:
    transform_fn: Function of the tensors `mean` and `logvar` that returns the
      representation, [batch_size, num_latent].
    None, as there are no variables.
  """
  observations = ground_truth_data.sample_observations(1, random_state)
  num_latent = gaussian_encoder(observations)["mean"].shape[1]
  latents = random_state.permutation(num_latent).tolist()
  active_lib.record(save_path, latents=latents)
  transform_fn, _ = methods.mean_representation(
      ground_truth_data, gaussian_encoder, random_state, save_path)
  return active_lib.select(transform_fn, latents), None


@gin.configurable("rotated_representation", denylist=active_lib.GIVEN)
def rotated_representation(
    ground_truth_data: gt.GroundTruthData, gaussian_encoder: codes_lib.Encoder,
    random_state: np.random.RandomState, save_path: str, *,
    angle_degrees: float = 45.0) -> tuple[active_lib.TransformFn, None]:
  """Extracts the means, rotated in planes of two random active latents each.

    z'_a = cos(angle) z_a - sin(angle) z_b
    z'_b = sin(angle) z_a + cos(angle) z_b

  Each active latent belongs to one plane; if their number is odd, one of them
  stays as it is. Inactive latents stay as they are too: rotated with a pruned
  latent, an active one would be duplicated, not entangled with anything. So do
  class probabilities, whose prior a rotation changes.

  Args:
    ground_truth_data: As in `permuted_representation`.
    gaussian_encoder: As in `permuted_representation`.
    random_state: NumPy random state, of `postprocess.random_seed`; pairs the
      latents.
    save_path: Directory of the representation.
    angle_degrees: 0 leaves the means as they are, 45 mixes pairs most, 90 only
      swaps them and turns a sign.

  Returns:
    transform_fn: As in `permuted_representation`.
    None, as there are no variables.

  Raises:
    ValueError: If the angle or a mean is not finite.
  """
  checks.check(
      isinstance(angle_degrees, numbers.Real) and math.isfinite(angle_degrees),
      "rotated_representation.angle_degrees", "be a finite number",
      angle_degrees, "45 mixes pairs of latents most, 0 not at all.")
  means, logvars = codes_lib.sample_posteriors(
      ground_truth_data, gaussian_encoder, active_lib.NUM_POINTS, random_state,
      active_lib.BATCH_SIZE)
  pairs = _random_pairs(np.flatnonzero(
      statistics.active(means) & ~statistics.without_noise(logvars)),
      random_state)
  active_lib.record(save_path, pairs=pairs, angle_degrees=float(angle_degrees))
  matrix = rotation(means.shape[1], pairs, angle_degrees)

  def transform_fn(mean, logvar):
    del logvar
    return tf.matmul(mean, tf.constant(matrix, mean.dtype))

  return transform_fn, None


def rotation(num_latent: int, pairs: list[list[int]],
             angle_degrees: float) -> np.ndarray:
  """Rotation matrix for the planes of disjoint pairs of latents.

  Args:
    num_latent: Number of latents.
    pairs: List of pairs of latents.
    angle_degrees: Angle from the first latent of each pair to the second.

  Returns:
    rotation: R, [num_latent, num_latent]; rotated codes are z R.
  """
  angle = math.radians(angle_degrees)
  matrix = np.eye(num_latent)
  for first, second in pairs:
    matrix[first, first] = matrix[second, second] = math.cos(angle)
    matrix[first, second] = math.sin(angle)
    matrix[second, first] = -math.sin(angle)
  return matrix


def _random_pairs(latents, random_state):
  shuffled = random_state.permutation(latents)
  return shuffled[:len(latents) // 2 * 2].reshape([-1, 2]).tolist()
