"""An encoder with one trunk for each group of latents.

The trunk is all of the encoder but its last layers, which make the latents.

Source: Halevi, "Important Groups First: Encouraging Disentanglement in
Variational Autoencoders", section 4: a prefix's reconstruction loss trains
"only the part of the encoder responsible for generating z_i".
"""
import itertools
from collections.abc import Callable

import gin
import tensorflow.compat.v1 as tf

from sparse_disent.common import checks
from sparse_disent.compat.training import preflight
from sparse_disent.models import grouped
from sparse_disent.models import masked_networks


@gin.configurable("grouped_encoder", denylist=[
    "input_tensor", "num_latent", "is_training"])
def grouped_encoder(
    input_tensor: tf.Tensor, num_latent: int, is_training: bool = True, *,
    groups: list[int] = gin.REQUIRED,
    encoder_fn: Callable = gin.REQUIRED) -> tuple[tf.Tensor, tf.Tensor]:
  """Applies a separate encoder for each group.

  With `encoder.encoder_fn = @conv_encoder` all groups share one trunk. The loss
  of a prefix then trains the trunk for all groups.

  With `encoder.encoder_fn = @grouped_encoder` and `grouped_encoder.encoder_fn =
  @conv_encoder` the encoders of two groups have no variable in common.

  Args:
    input_tensor: Observations, [batch_size] + observation shape.
    num_latent: Integer, number of latents of all groups together.
    is_training: Boolean, passed on to the encoders.
    groups: Sizes of the groups, usually those of `sparse_vae.groups`.
    encoder_fn: Any encoder with upstream's signature.

  Returns:
    means: [batch_size, num_latent].
    log_var: [batch_size, num_latent].

  Raises:
    ValueError: If the groups are not positive integers, or if their sum is not
      `num_latent`.
  """
  checks.check(
      grouped.are_sizes(groups), "grouped_encoder.groups",
      "be a list of positive integers", groups,
      "Use the groups of sparse_vae.groups.")
  if sum(groups) != num_latent:
    raise ValueError(
        "grouped_encoder.groups must sum to encoder.num_latent, but "
        f"{list(groups)} sums to {sum(groups)} and encoder.num_latent is "
        f"{num_latent}. Use the groups of sparse_vae.groups.")
  posteriors = []
  for number, size in enumerate(groups, start=1):
    with tf.variable_scope(f"group_{number}"):
      posteriors.append(encoder_fn(
          input_tensor=input_tensor, num_latent=size, is_training=is_training))
  means, log_vars = zip(*posteriors, strict=True)
  return tf.concat(means, axis=1), tf.concat(log_vars, axis=1)


def check_groups() -> None:
  """Checks before a training that the encoder's groups suit the model's.

  A group of `sparse_vae.groups` is one or more whole groups of the encoder.
  Otherwise a trunk would learn from the losses of two groups of the model.

  Raises:
    ValueError: If `grouped_encoder.groups` is no refinement, or if the encoder
      of each group is `grouped_encoder` again, without end.
  """
  if "grouped_encoder" not in masked_networks.bound_networks():
    return
  inner = _bound("grouped_encoder", "encoder_fn")
  if getattr(inner, "config_key", None) == (
      "", f"{__name__}.{grouped_encoder.__name__}"):
    raise ValueError(
        "grouped_encoder.encoder_fn must be another encoder, but is "
        f"{inner}. Such as @conv_encoder.")
  own, model = (_bound(name, "groups")
                for name in ("grouped_encoder", "sparse_vae"))
  if not all(map(grouped.are_sizes, (own, model))) or sum(own) != sum(model):
    return  # Other checks name these, or there are no groups in the model.
  if not set(itertools.accumulate(model)) <= set(itertools.accumulate(own)):
    raise ValueError(
        f"grouped_encoder.groups must refine sparse_vae.groups, but {own} "
        f"splits {model} elsewhere. Use {model}, or smaller groups within "
        "these.")


def _bound(name, parameter):
  """The value that is bound, by itself or by a macro; None if there is none."""
  value = gin.get_bindings(name, resolve_references=False).get(parameter)
  while getattr(value, "selector", "") == "gin.macro":
    value = gin.query_parameter(f"{value.scoped_selector}.value")
  return value


preflight.MODEL_CHECKS.append(check_groups)
