"""The layers of our networks, and the masks they carry."""
import itertools

import gin

from sparse_disent.compat.training import estimator
from sparse_disent.compat.training import preflight
from sparse_disent.layers import channel_mask
from sparse_disent.layers import layer_names
from sparse_disent.layers import masked
from sparse_disent.layers import watching


def check_configuration():
  """Raises what a gin configuration of `channel_mask` would raise in training.

  Raises:
    ValueError: If the gate cannot be made, if no network of the configuration
      has masks, or if `channel_mask.layers` holds a name that none of them has.
  """
  try:
    gin.query_parameter("channel_mask.gate")
  except ValueError:
    return  # No masks.
  config = gin.config_str()
  known = {**layer_names.ENCODERS, **layer_names.DECODERS}
  networks = [layers for name, layers in known.items() if f"@{name}" in config]
  if not networks:
    raise ValueError(
        "channel_mask.gate is set, but no network has masks. Choose one, e.g. "
        "encoder.encoder_fn = @masked_conv_encoder, or leave the gate out.")
  layers = dict.fromkeys(itertools.chain(*networks))
  channel_mask.ChannelMask().gates(list(layers), (), ())


# Before upstream deletes an older model to make place for one that fails.
preflight.CHECKS.append(check_configuration)
# Upstream's own models have a fixed list of what they report.
estimator.EVALUATION_SCALARS.append(watching.evaluation_scalars)


class MaskedNetwork:
  """Makes the layers of one application of a network."""

  def __init__(self, name, is_training):
    """Creates the gates that `channel_mask` says.

    Args:
      name: A key of `layer_names.ENCODERS` or `layer_names.DECODERS`.
      is_training: Boolean.

    Raises:
      ValueError: If `channel_mask.layers` holds a name that neither this
        network nor one on the other side of the code has.
    """
    if name in layer_names.ENCODERS:
      layers, others = layer_names.ENCODERS[name], layer_names.DECODERS
      default = layers[1:]
    else:
      layers, others = layer_names.DECODERS[name], layer_names.ENCODERS
      default = layers[:-1]
    self._gates = channel_mask.ChannelMask().gates(
        layers, default, set(itertools.chain(*others.values())),
        layer_names.HEADS)
    self._is_training = is_training

  def dense(self, inputs, units, *, name, activation=None):
    """See `layers.masked`."""
    return masked.dense(
        inputs, units, name=name, activation=activation,
        gate=self._gates[name], is_training=self._is_training)

  def conv2d(self, inputs, filters, kernel_size, *, name, activation=None):
    """See `layers.masked`; with stride 2."""
    return masked.conv2d(
        inputs, filters, kernel_size, strides=2, name=name,
        activation=activation, gate=self._gates[name],
        is_training=self._is_training)

  def conv2d_transpose(self, inputs, filters, kernel_size, *, name,
                       activation=None):
    """See `layers.masked`; with stride 2."""
    return masked.conv2d_transpose(
        inputs, filters, kernel_size, strides=2, name=name,
        activation=activation, gate=self._gates[name],
        is_training=self._is_training)
