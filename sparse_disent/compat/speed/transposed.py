"""Transposed convolutions that output images, computed as convolutions.

With a kernel of 4 by 4 and a stride of 2, the pixels of the output

  y[2 i + r - 1, 2 j + s - 1, o] =
      sum over a, b, c of x[i - a, j - b, c] K[2 a + r, 2 b + s, o, c]

with a, b, r, s in {0, 1}, are those of a convolution with kernels of 2 by 2. It
has one output channel for each (r, s, o), and its channels are interleaved.

oneDNN vectorizes a transposed convolution over its output channels o. An image
has only one or three of them, and so the convolution takes a third of the time.
Without oneDNN both take the same time. The gradients are computed as those of
the transposed convolution, which vectorize over its input channels c.
"""
import contextlib
import functools
from collections.abc import Iterator

import tensorflow.compat.v1 as tf
from tf_keras.src import backend

_GRADIENT = "SparseDisentTransposed"
# Largest number of output channels for which the convolution is faster.
_MAX_OUTPUTS = 4


@contextlib.contextmanager
def quick_images() -> Iterator[None]:
  """Makes layers called in this context compute images as convolutions.

  It affects transposed convolutions of Keras 2, which upstream's networks are
  made of, if they run on a CPU and have few output channels.

  Yields:
    None.
  """
  original = backend.conv2d_transpose
  backend.conv2d_transpose = functools.partial(_conv2d_transpose, original)
  try:
    yield
  finally:
    backend.conv2d_transpose = original


def _conv2d_transpose(original, x, kernel, output_shape, strides=(1, 1),
                      padding="valid", data_format=None, dilation_rate=(1, 1)):
  if (kernel.shape[:2] == (4, 4) and kernel.shape[2] <= _MAX_OUTPUTS
      and (strides, padding, data_format, dilation_rate)
      == ((2, 2), "same", "channels_last", (1, 1))
      and not tf.config.list_physical_devices("GPU")):
    return _images(x, tf.convert_to_tensor(kernel))
  return original(x, kernel, output_shape, strides, padding, data_format,
                  dilation_rate)


def _images(x, kernel):
  """Computes images `[batch_size, 2 height, 2 width, num_outputs]`."""
  num_outputs, num_inputs = kernel.shape[2:]
  # [a, r, b, s, o, c] to [1 - a, 1 - b, c, (r, s, o)].
  kernels = tf.reverse(tf.transpose(
      tf.reshape(kernel, [2, 2, 2, 2, num_outputs, num_inputs]),
      [0, 2, 5, 1, 3, 4]), [0, 1])
  pixels = tf.nn.conv2d(
      x, tf.reshape(kernels, [2, 2, num_inputs, 4 * num_outputs]),
      padding=[[0, 0], [1, 1], [1, 1], [0, 0]])
  images = tf.nn.depth_to_space(pixels, 2)[:, 1:-1, 1:-1]
  with tf.get_default_graph().gradient_override_map({"IdentityN": _GRADIENT}):
    return tf.identity_n([images, x, kernel])[0]


# tf.custom_gradient would keep each graph alive for good, see layers.penalty.
@tf.RegisterGradient(_GRADIENT)
def _gradients(op, gradient, *unused_gradients):
  _, x, kernel = op.inputs
  return (
      None, tf.nn.conv2d(gradient, kernel, strides=2, padding="SAME"),
      tf.nn.conv2d_backprop_filter(
          gradient, tf.shape(kernel), x, strides=[1, 2, 2, 1], padding="SAME"))
