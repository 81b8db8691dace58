"""Grouped-VAE: a reconstruction loss for each prefix of the latents' groups.

Source: Halevi, "Important Groups First: Encouraging Disentanglement in
Variational Autoencoders", section 4. Prefix i holds the groups 1 to i. Groups
of one latent each give a nested VAE: its latents are ordered by importance, as
principal components are.
"""

import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.shared import losses
from disentanglement_lib.methods.unsupervised import vae

from sparse_disent.common import checks
from sparse_disent.ops import prefixes


def check(groups: list[int] | None, weights: list[float] | None) -> None:
  """Raises a ValueError unless groups and weights make a grouped model.

  Args:
    groups: Sizes of the groups, or None for a model without groups.
    weights: Weight of each prefix, or None.

  Raises:
    ValueError: If a size or a weight is not what it should be.
  """
  if groups is None:
    if weights is not None:
      raise ValueError(
          f"sparse_vae.group_weights is {weights!r}, but there are no groups. "
          "Set sparse_vae.groups, or leave the weights out.")
    return
  if not are_sizes(groups):
    raise ValueError(
        "sparse_vae.groups must be a list of positive integers, but is "
        f"{groups!r}. Give the size of each group, e.g. [3, 3].")
  if weights is not None and not (
      _all_are(weights, lambda x: checks.is_number(x) and x >= 0)
      and len(weights) == len(groups)):
    raise ValueError(
        "sparse_vae.group_weights must be a list of numbers of 0 or greater, "
        f"one for each of the {len(groups)} groups, but is {weights!r}. Leave "
        "it out to weigh all prefixes alike, as the paper does.")
  if weights is not None and not any(weights):
    raise ValueError(
        "sparse_vae.group_weights must have a weight above 0, or nothing would "
        f"be reconstructed, but is {weights!r}. Leave it out to weigh all "
        "prefixes alike, as the paper does.")


def are_sizes(groups: list[int]) -> bool:
  """Tells whether the argument is a list of positive integers."""
  return _all_are(groups, lambda size: checks.is_integer(size, 1))


def check_size(
    groups: list[int], num_latent: int, num_classes: int = 0) -> None:
  """Raises a ValueError unless the groups are a partition of the latents.

  Args:
    groups: Sizes of the groups.
    num_latent: Integer, number of outputs of the encoder, with the classes.
    num_classes: Integer, how many of the last latents are classes.

  Raises:
    ValueError: If the sizes have another sum, or if classes are split.
  """
  if sum(groups) != num_latent:
    raise ValueError(
        "sparse_vae.groups must sum to encoder.num_latent, but "
        f"{list(groups)} sums to {sum(groups)} and encoder.num_latent is "
        f"{num_latent}. Change one of the two.")
  first_class = num_latent - num_classes
  if any(first_class < end < num_latent for _, end in prefixes.bounds(groups)):
    raise ValueError(
        f"sparse_vae.groups must leave the {num_classes} classes, the last "
        f"entries of the code, in one group, but {list(groups)} splits them. "
        f"The first {first_class} entries can be grouped at will.")


def reconstruction_losses(
    objective: vae.BaseVAE, features: tf.Tensor, code: tf.Tensor,
    groups: list[int], is_training: bool) -> tf.Tensor:
  """Reconstruction loss of each prefix (eq. 9), by one call of the decoder.

  Args:
    objective: One of upstream's models; its decoder is used.
    features: Observations, [batch_size] + observation shape.
    code: Input of the decoder, [batch_size, num_latent].
    groups: Sizes of the groups; [num_latent] for a model without groups.
    is_training: Boolean, passed on to the decoder.

  Returns:
    losses: [num_groups], nats, means over the batch; the last one is that of
      the whole code. Each has a gradient for the whole decoder. In `code` it
      has a gradient only for the entries of its own group.
  """
  shape = features.get_shape().as_list()[1:]
  reconstructions = objective.decode(
      prefixes.stack(code, groups), shape, is_training)
  targets = tf.tile(features, [len(groups)] + [1] * len(shape))
  return prefixes.mean_per_prefix(
      losses.make_reconstruction_loss(targets, reconstructions), len(groups))


def _all_are(values, holds):
  return isinstance(values, (list, tuple)) and len(values) > 0 and all(
      map(holds, values))
