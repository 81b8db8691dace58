"""Layers of masked networks, and the masks they carry."""
import itertools
from collections.abc import Callable

import gin
import tensorflow.compat.v1 as tf

from sparse_disent.common import checks
from sparse_disent.compat.training import evaluating
from sparse_disent.compat.training import hooks
from sparse_disent.compat.training import preflight
from sparse_disent.layers import channel_mask
from sparse_disent.layers import closed_gates
from sparse_disent.layers import layer_names
from sparse_disent.layers import masked
from sparse_disent.layers import watching

# Packages whose functions are no networks of a user's own; gin has macros.
_KNOWN_PACKAGES = ("disentanglement_lib", "sparse_disent", "gin", "tensorflow")

_NO_MASKS = (
    "channel_mask.gate is set, but no network has masks. Choose one, e.g. "
    "encoder.encoder_fn = @masked_conv_encoder, or leave the gate out.")
_NO_GATE = (
    "channel_mask.gate is missing, but {0} has masks. Write "
    "channel_mask.gate = @hard_concrete_gate(), or None for dense networks.")


def check_configuration() -> None:
  """Checks the bindings of `channel_mask` before anything is trained.

  Raises:
    ValueError: If the gate is missing or cannot be made, if no network of the
      configuration has masks, or if `channel_mask.layers` holds a name that
      none of them has. A network of the user's own may have those of any of
      ours.
  """
  bound = bound_networks()
  known = {**layer_names.ENCODERS, **layer_names.DECODERS}
  networks = [layers for name, layers in known.items() if name in bound]
  if not _has_gate():
    # A network in a scope may have its gate there.
    if networks and "gate" not in _mask_bindings() and not any(
        "/" in selector for selector in _references()):
      raise ValueError(_NO_GATE.format(
          next(name for name in known if name in bound)))
    return
  if _has_own_networks():
    # A user's network may apply any of ours. A name that is right for another
    # one is found when the graph is built, and that it applies none by
    # `MaskCheck`.
    networks = list(known.values())
  if not networks:
    raise ValueError(_NO_MASKS)
  layers = dict.fromkeys(itertools.chain(*networks))
  channel_mask.ChannelMask().gates(list(layers), (), ())


def bound_networks() -> set[str]:
  """Names of all functions bound to encoder and decoder, directly or not.

  An encoder may be bound through a macro or in a scope. It may also be a
  function that has another encoder bound, such as `grouped_encoder`.
  """
  selectors = {"encoder", "decoder", *_references()}
  return {selector.split("/")[-1].split(".")[-1] for selector in selectors}


def _references():
  """Dictionary from selectors to gin's references to what is bound."""
  found, pending = {}, ["encoder", "decoder"]
  while pending:
    bindings = gin.get_bindings(pending.pop(), resolve_references=False)
    for reference in gin.config.iterate_references(bindings):
      if reference.scoped_selector not in found:
        found[reference.scoped_selector] = reference
        pending.append(reference.scoped_selector)
  return found


def _has_gate():
  """Tells whether a gate is set that is not None."""
  return _mask_bindings().get("gate") is not None


def _mask_bindings():
  return gin.get_bindings("channel_mask", resolve_references=False)


def _has_own_networks():
  """Tells whether a user's function is bound, of which we know nothing."""
  return any(
      reference.configurable.wrapped.__module__.partition(".")[0]
      not in _KNOWN_PACKAGES for reference in _references().values())


def check_width() -> None:
  """Checks before a training that a width is that of a network in use.

  Raises:
    ValueError: If `masked_network.width` is set, to anything but 1, and neither
      encoder nor decoder is a masked network, which alone have it. A network of
      the user's own may apply one.
  """
  width = gin.get_bindings("masked_network").get("width", 1)
  known = {*layer_names.ENCODERS, *layer_names.DECODERS}
  if width != 1 and not bound_networks() & known and not _has_own_networks():
    raise ValueError(
        f"masked_network.width is {width!r}, but neither encoder nor decoder "
        "has one. Choose masked networks, e.g. encoder.encoder_fn = "
        "@masked_conv_encoder, or leave the width out.")


class MaskCheck(tf.train.SessionRunHook):
  """Refuses a training whose graph has no masks although a gate is set.

  What a user's network applies is not known before.
  """

  def begin(self) -> None:
    """Looks at the graph; raises a ValueError."""
    if not watching.test_masks() and _has_own_networks() and _has_gate():
      raise ValueError(_NO_MASKS)


# These checks run before upstream deletes an older model, which a model that
# cannot be built must not replace.
preflight.MODEL_CHECKS += [check_configuration, check_width]
# Upstream's own models report a fixed list of scalars. The estimator adds
# these.
evaluating.EVALUATION_SCALARS.append(watching.evaluation_scalars)
hooks.TRAINING_HOOKS += [MaskCheck, closed_gates.ClosedGatesWarning]


@gin.configurable("masked_network", allowlist=["width"])
class MaskedNetwork:
  """Maker of the layers for one application of a network."""

  def __init__(self, name: str, is_training: bool, *, width: float = 1.):
    """Creates the gates that `channel_mask` chooses.

    Args:
      name: A key of `layer_names.ENCODERS` or `layer_names.DECODERS`.
      is_training: Boolean.
      width: Factor on the number of channels and units of all hidden layers, to
        set a smaller dense network beside a sparse one. Between hidden layers
        it leaves a share width^2 of the weights.

    Raises:
      ValueError: If `channel_mask.layers` holds an unknown name. For an
        encoder, names of its own layers and of all decoders' are known; for a
        decoder, names of its own layers and of all encoders'.
    """
    checks.check(
        lambda x: x > 0, "masked_network.width", "be above 0", width,
        "Give 1.0 for upstream's network, or less for a smaller one.")
    self._width = width
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

  def hidden(self, number: int) -> int:
    """Number of channels or units of a hidden layer, at this width."""
    return max(1, round(self._width * number))

  def dense(
      self, inputs: tf.Tensor, units: int, *, name: str,
      activation: Callable | None = None) -> tf.Tensor:
    """See `layers.masked`."""
    return masked.dense(
        inputs, units, name=name, activation=activation,
        gate=self._gates[name], is_training=self._is_training)

  def conv2d(
      self, inputs: tf.Tensor, filters: int, kernel_size: int, *, name: str,
      activation: Callable | None = None) -> tf.Tensor:
    """See `layers.masked`; with stride 2."""
    return masked.conv2d(
        inputs, filters, kernel_size, strides=2, name=name,
        activation=activation, gate=self._gates[name],
        is_training=self._is_training)

  def conv2d_transpose(
      self, inputs: tf.Tensor, filters: int, kernel_size: int, *, name: str,
      activation: Callable | None = None) -> tf.Tensor:
    """See `layers.masked`; with stride 2."""
    return masked.conv2d_transpose(
        inputs, filters, kernel_size, strides=2, name=name,
        activation=activation, gate=self._gates[name],
        is_training=self._is_training)
