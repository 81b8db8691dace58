"""The size of the images that a decoder makes, beside that of the data.

Upstream's `deconv_decoder` always makes images of 64 x 64. It reshapes a batch
of them to the shape of the data, and so to another number of images.
"""
import math
from collections.abc import Sequence

import gin

_UPSTREAMS = (64, 64)  # Height and width of images in upstream's data sets.


def check(shape: Sequence[int]) -> None:
  """Checks a decoder before it is trained on images of another size.

  TensorFlow would name two shapes of the loss, and no cure. Where `l2_loss`
  takes one image beside any number of them, training would even go on.

  Args:
    shape: Shape of an observation. Images of 64 x 64 are not checked, nor is
      what has another shape than [height, width, channels].

  Raises:
    ValueError: The decoder that gin binds makes another number of values.
  """
  if len(shape) != 3 or tuple(shape[:2]) == _UPSTREAMS:
    return
  num_latent = gin.get_bindings("encoder").get("num_latent")
  decoder = gin.get_bindings("decoder", resolve_references=False)
  if num_latent is None or not decoder:
    return  # What trains has networks of its own.
  size, made = math.prod(shape), _values(num_latent, list(shape))
  if made not in (None, size):
    raise ValueError(
        f"decoder.decoder_fn must make the {size:,} values of an image of "
        f"shape {list(shape)}, but is {decoder['decoder_fn']}, which makes "
        f"{made:,}. Use a decoder of any size, such as @fc_decoder, or images "
        "of 64 x 64.")


def _values(num_latent, shape):
  """Number of values that the decoder makes of a code; None if not known."""
  # Imported only when used: upstream may not be loaded completely before.
  import tensorflow.compat.v1 as tf
  from disentanglement_lib.methods.shared import architectures
  # The values of so many codes always make up whole images.
  num_codes = math.prod(shape)
  with tf.Graph().as_default():
    codes = tf.placeholder(tf.float32, [num_codes, num_latent])
    images = architectures.make_decoder(codes, shape, is_training=False)
  made = images.shape.num_elements()
  return None if made is None else made // num_codes
