"""Prefixes of a code whose latents come in groups.

Prefix i holds the groups 1 to i; all later groups are 0.

Source: Halevi, "Important Groups First: Encouraging Disentanglement in
Variational Autoencoders" (Grouped-VAE), section 4.
"""
import itertools

import tensorflow.compat.v1 as tf


def bounds(groups: list[int]) -> list[tuple[int, int]]:
  """Start and end of each group within a code.

  Args:
    groups: Sizes of the groups, positive integers.

  Returns:
    bounds: List of (start, end), one for each group.
  """
  ends = list(itertools.accumulate(groups))
  return list(zip([0, *ends], ends, strict=False))


def check(
    groups: list[int], width: int,
    parameter: str = "sparse_vae.groups") -> None:
  """Raises a ValueError unless the groups are a partition of a code.

  Args:
    groups: Sizes of the groups; 0 for one that compaction has removed.
    width: Integer, the number of latents in the code.
    parameter: Name of the groups in gin files.

  Raises:
    ValueError: If the sizes have another sum.
  """
  if sum(groups) != width:
    raise ValueError(
        f"{parameter} must sum to the width of the code, {width}, but is "
        f"{list(groups)}. Correct it in the configuration that was saved with "
        "the model; if that is a compacted one, compact its original again.")


def stack(code: tf.Tensor, groups: list[int]) -> tf.Tensor:
  """All prefixes of a code, stacked along the batch axis (eq. 8).

    prefix_i = [stop_gradient(z_1 ... z_(i-1)), z_i, 0 ... 0]

  A loss of prefix i therefore trains z_i alone.

  Args:
    code: z, [batch_size, num_latent].
    groups: Sizes of the groups, integers that sum to `num_latent`.

  Returns:
    prefixes: [num_groups * batch_size, num_latent]. The first `batch_size` rows
      hold prefix 1, and so on; the last `batch_size` rows hold the whole code.

  Raises:
    ValueError: If the groups are not a partition of the code.
  """
  check(groups, code.get_shape().as_list()[1])
  fixed = tf.stop_gradient(code)
  zeros = tf.zeros_like(code)
  return tf.concat([
      tf.concat([fixed[:, :start], code[:, start:end], zeros[:, end:]], axis=1)
      for start, end in bounds(groups)], axis=0)


def mean_per_prefix(losses: tf.Tensor, num_groups: int) -> tf.Tensor:
  """Averages losses of stacked prefixes over the batch.

    L_rec,i = mean over the batch of -log p(x | prefix_i)     (eq. 9)

  Args:
    losses: [num_groups * batch_size], in the order of `stack`.
    num_groups: Integer.

  Returns:
    means: [num_groups], in the unit of `losses`.
  """
  return tf.reduce_mean(tf.reshape(losses, [num_groups, -1]), axis=1)
