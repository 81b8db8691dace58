"""Layers with a kernel: dense, convolution, transposed convolution."""
from __future__ import annotations

import typing
from collections.abc import Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.export import nodes

if typing.TYPE_CHECKING:
  from sparse_disent.export import writing

DENSE = "MatMul"
CONV = "Conv2D"
TRANSPOSED = "Conv2DBackpropInput"

# Differences below this count as rounding of float64; float32 cannot show them.
_ROUNDING = 1e-9


class Linear(nodes.Node):
  """A layer x K + b, where x K may be a convolution of x with K.

  An output channel whose kernel is 0 is the constant b. Constant input channels
  are removed, and their effect is added to the bias:

    b' = b + sum over constants c of value_c K[c]

  In a convolution this holds if the effect is the same at every position. It
  differs at borders, where the padding is 0, and between positions if a
  transposed convolution has a stride. In that case the effect is computed in
  one of two ways. Constants with a single value each are replaced by one plane
  of ones, convolved with sum value_c K[c]. The effect of other constants is
  stored as a map that is added to the output.
  """

  def __init__(self, name: str, node: nodes.Node, shape: Sequence[int],
               kind: str, kernel: np.ndarray, bias: np.ndarray,
               **arguments: object) -> None:
    """Creates a layer.

    Args:
      name: Scope of its variables.
      node: Its input.
      shape: Shape of its output without the batch.
      kind: `DENSE`, `CONV` or `TRANSPOSED`.
      kernel: [in, out] or [height, width, in, out], in this order for all three
        kinds. It is float64, so that factors multiplied into it are rounded
        once.
      bias: [out].
      **arguments: Further arguments of TensorFlow's convolutions.
    """
    super().__init__(name, shape, [node])
    self._kind = kind
    self._kernel = kernel
    self._bias = bias
    self._arguments = arguments

  @property
  def num_inputs(self) -> int:
    """Number of input channels."""
    return self._kernel.shape[-2]

  def affine(self, scale: np.ndarray, shift: np.ndarray) -> Linear:
    """Returns a layer with the output of this one * scale + shift."""
    return Linear(
        self.name, self.inputs[0], self.shape, self._kind, self._kernel * scale,
        self._bias * scale + shift, **self._arguments)

  def select(self, indices: np.ndarray) -> Linear:
    """Returns a layer with some of the outputs of this one."""
    return Linear(
        self.name, self.inputs[0], (*self.shape[:-1], len(indices)), self._kind,
        self._kernel[..., indices], self._bias[indices], **self._arguments)

  def constants(self, source: nodes.Constants) -> nodes.Constants:
    """See `Node`."""
    mask = ~np.any(self._kernel[..., ~source.mask, :] != 0.0,
                   axis=tuple(range(self._kernel.ndim - 1)))
    values = np.zeros(self.shape)
    values[..., mask] = self._bias[mask]
    if mask.any():
      values[..., mask] += self._convolved(source, source.mask, mask)
    return nodes.Constants(mask, values)

  def reads(self, needed: np.ndarray,
            source: nodes.Constants) -> list[np.ndarray]:
    """See `Node`."""
    axes = (*range(self._kernel.ndim - 2), -1)
    reads = np.any(self._kernel[..., needed] != 0.0, axis=axes)
    return [reads & ~source.mask]

  def emit(self, application: writing.Application, needed: np.ndarray,
           source: nodes.Flow) -> tuple[np.ndarray, tf.Tensor]:
    """See `Node`."""
    def variable(name, value):
      return application.variable(self, name, value)

    kernel = self._kernel[..., source.present, :][..., needed]
    outputs = self._apply(
        source.tensor, variable("kernel", self._stored(kernel)))
    bias = self._bias[needed]
    absent = source.constants.mask & ~source.present
    effect = self._convolved(source.constants, absent, needed)
    effect = effect.reshape([-1, len(bias)])
    if np.all(np.ptp(effect, axis=0) < _ROUNDING):
      bias = bias + effect[0]
    else:
      outputs += self._uneven_effect(
          source.constants, absent, needed, variable)
    if bias.any():
      outputs = tf.nn.bias_add(outputs, variable("bias", bias))
    application.report(self, source.present, needed)
    return needed, outputs

  def _uneven_effect(self, constants, absent, needed, variable):
    """Effect of constants on a convolution, [1, ..., out]."""
    values = constants.values
    even = absent & np.all(values == values[:1, :1], axis=(0, 1))
    kernel = np.einsum("i,hwio->hwo", values[0, 0, even],
                       self._kernel[..., even, :][..., needed])
    effect = 0.0
    if kernel.any():
      effect += self._apply(
          tf.ones([1, *values.shape[:-1], 1]),
          variable("constant_kernel", self._stored(kernel[:, :, None])))
    uneven = self._convolved(constants, absent & ~even, needed)
    if uneven.any():
      effect += variable("constant_map", uneven)
    return effect

  def _convolved(self, constants, inputs, outputs):
    """Output of the layer for some constants, without the bias; an array."""
    kernel = self._kernel[..., inputs, :][..., outputs]
    values = constants.values[..., inputs]
    if not (kernel.any() and values.any()):
      return np.zeros(kernel.shape[-1])
    if self._kind == DENSE:
      return values @ kernel
    with tf.Graph().as_default(), tf.Session() as session:
      return session.run(self._apply(
          tf.constant(values[None]), tf.constant(self._stored(kernel))))[0]

  def _apply(self, tensor, kernel):
    if self._kind == DENSE:
      return tf.matmul(tensor, kernel)
    if self._kind == CONV:
      return tf.nn.conv2d(tensor, kernel, **self._arguments)
    channels = kernel.get_shape().as_list()[-2]
    shape = [tf.shape(tensor)[0], *self.shape[:-1], channels]
    return tf.nn.conv2d_transpose(tensor, kernel, shape, **self._arguments)

  def _stored(self, kernel):
    """The kernel in TensorFlow's order of axes."""
    return kernel.swapaxes(-1, -2) if self._kind == TRANSPOSED else kernel
