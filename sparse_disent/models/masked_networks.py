"""The layers of our networks, and the masks they carry."""
import itertools

import gin

from sparse_disent.compat import estimator
from sparse_disent.compat import upstream
from sparse_disent.layers import channel_mask
from sparse_disent.layers import masked
from sparse_disent.layers import watching

# Layers in the order of the data, by network.
ENCODERS = {
    "masked_conv_encoder": ("e1", "e2", "e3", "e4", "e5", "means", "log_var"),
    "masked_fc_encoder": ("e1", "e2", "means", "log_var"),
}
# Of the encoders; what they return are latents.
HEADS = ("means", "log_var")
DECODERS = {
    "masked_deconv_decoder": ("d1", "d2", "d3", "d4", "d5", "d6"),
    "masked_fc_decoder": ("d1", "d2", "d3", "d4"),
}


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
  networks = [layers for name, layers in {**ENCODERS, **DECODERS}.items()
              if f"@{name}" in config]
  if not networks:
    raise ValueError(
        "channel_mask.gate is set, but no network has masks. Choose one, e.g. "
        "encoder.encoder_fn = @masked_conv_encoder, or leave the gate out.")
  layers = dict.fromkeys(itertools.chain(*networks))
  channel_mask.ChannelMask().gates(list(layers), (), ())


# Before upstream deletes an older model to make place for one that fails.
upstream.CHECKS_BEFORE_TRAINING.append(check_configuration)
# Upstream's own models have a fixed list of what they report.
estimator.EVALUATION_SCALARS.append(watching.evaluation_scalars)


class MaskedNetwork:
  """Makes the layers of one application of a network."""

  def __init__(self, name, is_training):
    """Creates the gates that `channel_mask` says.

    Args:
      name: A key of `ENCODERS` or `DECODERS`.
      is_training: Boolean.

    Raises:
      ValueError: If `channel_mask.layers` holds a name that neither this
        network nor one on the other side of the code has.
    """
    if name in ENCODERS:
      layers, others = ENCODERS[name], DECODERS
      default = layers[1:]
    else:
      layers, others = DECODERS[name], ENCODERS
      default = layers[:-1]
    self._gates = channel_mask.ChannelMask().gates(
        layers, default, set(itertools.chain(*others.values())), HEADS)
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
