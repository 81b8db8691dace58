"""Base class of all gates for channel masks.

Within one graph each layer's mask is made once for training and once for
testing, however often its network is applied. So there is one random draw a
step, one penalty and one summary. The registry of `layers.graph_masks` keeps
the masks of a graph. Only in saved modules are masks found by their names,
which begin with `{layer}/{gate}/`; see `layers.saved_masks`.

A graph is a training graph only if it has a global step. The graph of a hub
module with the tag "train" has none. Like evaluation, it gets the test-time
mask, without noise and without penalty.
"""
import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.common import checks
from sparse_disent.layers import closed_gates
from sparse_disent.layers import graph_masks
from sparse_disent.layers import watching
from sparse_disent.ops import masks
from sparse_disent.ops import noise


@dataclasses.dataclass(frozen=True)
class Layer:
  """A layer as a gate sees it.

  Attributes:
    name: Scope of its variables, e.g. "encoder/e2".
    kernel: Its kernel, as a tensor that was read once.
    mask_shape: [in, out] or [out].
    transposed: Whether its kernel is that of a transposed convolution.
  """

  name: str
  kernel: tf.Tensor
  mask_shape: list[int]
  transposed: bool


class Gate:
  """Makes the masks of layers; has no state of its own.

  A gate's variables live in the scopes of the layers it is applied to. Two
  gates with the same configuration can therefore replace each other.

  A subclass sets `kind`, its name in gin files, and defines `test_mask`. It
  overrides `training_mask`, `current_penalty` and `cure` if the defaults do not
  fit.
  """

  kind: str | None = None

  def __init__(self, granularity: str):
    """Creates the gate.

    Args:
      granularity: "connection" for a mask entry for each pair of an input and
        an output channel; "channel" for an entry for each output channel. A
        mask of channels also multiplies the bias. A closed channel is then
        exactly 0 after relu or tanh, and can be removed from the network.

    Raises:
      ValueError: If it is neither.
    """
    self._check(granularity in masks.GRANULARITIES, "granularity",
                f"be one of {', '.join(masks.GRANULARITIES)}", granularity,
                'Use "channel" for masks that can be removed physically.')
    self.granularity = granularity

  def training_mask(self, layer: Layer) -> tuple[tf.Tensor, tf.Tensor]:
    """Mask of a training step; by default the test-time mask.

    Args:
      layer: A `Layer`.

    Returns:
      mask: `layer.mask_shape`.
      kernel: `layer.kernel`, with a penalty attached to it if there is one.
    """
    return self.test_mask(layer), layer.kernel

  def test_mask(self, layer: Layer) -> tf.Tensor:
    """Mask of evaluation and export: a function of variables alone.

    Args:
      layer: A `Layer`.

    Returns:
      mask: `layer.mask_shape`.
    """
    raise NotImplementedError

  def current_penalty(self, layer: Layer) -> tf.Tensor | None:
    """Penalty that training would add for the present state of a layer.

    Args:
      layer: A `Layer`.

    Returns:
      penalty: Scalar, nats; None for a gate without a penalty.
    """
    del layer
    return None

  @property
  def cure(self) -> str:
    """Sentence that says what keeps a mask from closing whole."""
    return f"Choose other settings of {self.kind}."

  def apply(
      self, kernel: tf.Variable, bias: tf.Tensor, *, transposed: bool = False,
      can_mask_outputs: bool = False,
      is_training: bool) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor | None]:
    """Masks a layer's weights, within the variable scope of the layer.

    Args:
      kernel: Variable named "kernel"; shapes are those of `ops.masks`.
      bias: [out].
      transposed: Whether the kernel is that of a transposed convolution.
      can_mask_outputs: Whether the layer can multiply its outputs instead of
        its weights with a mask of channels: x (K * M) + b * M = (x K + b) * M.
      is_training: Boolean.

    Returns:
      kernel: The shape of `kernel`.
      bias: [out]; masked too if the granularity is "channel".
      output_mask: [out] or None. If it is a tensor, kernel and bias are not
        masked, and the layer multiplies its outputs with it before the
        activation. This is done only in training; exported weights are masked.
    """
    # Outside any branch of a tf.cond that the network is applied in: other
    # applications use the same mask.
    with tf.init_scope():
      training = is_training and tf.train.get_global_step() is not None
      is_channel = self.granularity == "channel"
      mask_outputs = can_mask_outputs and training and is_channel
      mask, kernel = self._masked(kernel, transposed, training, mask_outputs)
    if mask_outputs:
      return kernel, bias, mask
    return kernel, bias * mask if is_channel else bias, None

  def variable(
      self, name: str, shape: list[int], dtype: tf.DType,
      initial_value: np.ndarray | tf.Tensor | Callable) -> tf.Variable:
    """Gets a variable that no optimizer trains, or creates it.

    Args:
      name: String.
      shape: List of integers.
      dtype: Type.
      initial_value: Array or tensor, or function without arguments that
        returns one; called only when the variable is created.

    Returns:
      variable: A resource variable in the scope of the layer and the gate.
    """
    def initializer(shape, dtype):
      del shape
      value = initial_value() if callable(initial_value) else initial_value
      return tf.cast(value, dtype)

    with self.variable_scope():
      return tf.get_variable(name, shape, dtype, initializer, trainable=False,
                             use_resource=True)

  def variable_scope(self) -> tf.variable_scope:
    """Scope of the gate's variables within the scope of the layer."""
    return tf.variable_scope(self.kind, reuse=tf.AUTO_REUSE)

  def _masked(self, kernel, transposed, training, mask_outputs):
    """Mask and kernel to compute with, made once per graph."""
    name = kernel.name.rpartition("/")[0]
    mode = graph_masks.TRAINING if training else graph_masks.TEST
    made = graph_masks.of_graph().layer(name, self.kind)
    if mode not in made.kernels:
      shape = masks.shape(
          kernel.shape.as_list(), self.granularity, transposed=transposed)
      with tf.name_scope(f"{name}/{self.kind}/"):
        layer = Layer(name, tf.convert_to_tensor(kernel), shape, transposed)
        kernel = self._make_mask(layer, made, mode)
        if not mask_outputs:
          kernel = masks.apply(
              kernel, made.masks[mode], transposed=transposed)
        made.kernels[mode] = tf.identity(kernel, f"{mode}_kernel")
    return made.masks[mode], made.kernels[mode]

  def _make_mask(self, layer, made, mode):
    """Adds the mask to the registry entry `made`; returns the kernel."""
    test = graph_masks.TEST
    if test not in made.masks:
      made.masks[test] = tf.identity(self.test_mask(layer), f"{test}_mask")
    if mode == test:
      made.penalty = self._reported_penalty(layer)
      return layer.kernel
    mask, kernel = self.training_mask(layer)
    made.masks[mode] = tf.identity(mask, f"{mode}_mask")
    watching.summarize_mask(layer.name, made.masks[mode])
    closed_gates.watch(
        f"layer {layer.name}", made.masks[test], self.cure)
    return kernel

  def _reported_penalty(self, layer):
    """Penalty if the graph is for evaluation; None if it is for export."""
    if tf.train.get_global_step() is None:
      return None
    value = self.current_penalty(layer)
    return None if value is None else tf.identity(value, "current_penalty")

  def _check(self, holds, argument, rule, value, cure):
    checks.check(holds, f"{self.kind}.{argument}", rule, value, cure)


def training_draw() -> tf.Tensor:
  """Number of this step's random draw, read once per graph.

  See `ops.noise.training_draw`.
  """
  known = graph_masks.of_graph()
  if known.draw is None:
    with tf.name_scope("channel_mask/"):
      known.draw = tf.identity(noise.training_draw(), name="draw")
  return known.draw
