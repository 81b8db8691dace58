"""Layers whose kernels are masked: dense, conv2d, conv2d_transpose.

They are TensorFlow 1's own layers, with K' = K * M in place of the kernel K.
Their variables, initial weights and all else are as in upstream's networks. A
mask of channels multiplies the bias, too.
"""
from collections.abc import Callable

import tensorflow.compat.v1 as tf

from sparse_disent.layers import gate as gates


class _Masked:
  """Layer that masks its variables with a gate before it uses them."""

  _transposed = False
  _can_mask_outputs = False

  def __init__(self, *args, gate, is_training, **kwargs):
    super().__init__(*args, **kwargs)
    self._gate = gate
    self._is_training = is_training

  def build(self, input_shape):
    """Creates the variables, in the layer's scope."""
    super().build(input_shape)
    if self._gate is not None:
      self.kernel, self.bias, output_mask = self._gate.apply(
          self.kernel, self.bias, transposed=self._transposed,
          can_mask_outputs=self._can_mask_outputs,
          is_training=self._is_training)
      if output_mask is not None:
        activation = self.activation
        self.activation = lambda outputs: activation(outputs * output_mask)


class _Dense(_Masked, tf.layers.Dense):
  # (x K + b) * M equals x (K * M) + b * M and multiplies far fewer numbers.
  _can_mask_outputs = True


class _Conv2D(_Masked, tf.layers.Conv2D):
  pass


class _Conv2DTranspose(_Masked, tf.layers.Conv2DTranspose):
  _transposed = True


def dense(
    inputs: tf.Tensor, units: int, *, name: str, gate: gates.Gate | None,
    is_training: bool, activation: Callable | None = None) -> tf.Tensor:
  """A dense layer.

    activation(inputs (K * M) + b)

  Args:
    inputs: [batch_size, in].
    units: Integer, the number of outputs.
    name: Name of the layer's scope.
    gate: A `Gate`, or None for a layer without a mask.
    is_training: Boolean.
    activation: Function of a tensor, or None.

  Returns:
    outputs: [batch_size, units].
  """
  return _Dense(
      units, activation=activation, name=name, _scope=name, gate=gate,
      is_training=is_training)(inputs)


def conv2d(
    inputs: tf.Tensor, filters: int, kernel_size: int, *, name: str,
    gate: gates.Gate | None, is_training: bool, strides: int = 1,
    activation: Callable | None = None) -> tf.Tensor:
  """A convolution with padding "same".

  Args:
    inputs: [batch_size, height, width, in].
    filters: Integer, the number of output channels.
    kernel_size: Integer, height and width of the kernel.
    name: As in `dense`.
    gate: As in `dense`.
    is_training: As in `dense`.
    strides: Integer.
    activation: As in `dense`.

  Returns:
    outputs: [batch_size, height / strides, width / strides, filters]; the
      quotients are rounded up.
  """
  return _Conv2D(
      filters, kernel_size, strides=strides, padding="same",
      activation=activation, name=name, _scope=name, gate=gate,
      is_training=is_training)(inputs)


def conv2d_transpose(
    inputs: tf.Tensor, filters: int, kernel_size: int, *, name: str,
    gate: gates.Gate | None, is_training: bool, strides: int = 1,
    activation: Callable | None = None) -> tf.Tensor:
  """A transposed convolution with padding "same".

  Args:
    inputs: [batch_size, height, width, in].
    filters: Integer, the number of output channels.
    kernel_size: Integer, height and width of the kernel.
    name: As in `dense`.
    gate: As in `dense`.
    is_training: As in `dense`.
    strides: Integer.
    activation: As in `dense`.

  Returns:
    outputs: [batch_size, height * strides, width * strides, filters].
  """
  return _Conv2DTranspose(
      filters, kernel_size, strides=strides, padding="same",
      activation=activation, name=name, _scope=name, gate=gate,
      is_training=is_training)(inputs)
