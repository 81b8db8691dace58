"""Channel masks: K' = K * M, one mask entry for a connection or a channel.

A mask of granularity "connection" is a matrix [in, out] with one entry for
each pair of an input and an output channel; an entry multiplies all weights of
its pair. A mask of granularity "channel" is a vector [out].

Shapes of kernels:

  dense                     [in, out]
  convolutional             [height, width, in, out]
  transposed convolutional  [height, width, out, in]

In the last one the two channel axes are swapped.

Sources: Rakowski, "Learning Disentangled Deep Latent Space Representations";
Zhu and Gupta, "To prune, or not to prune: exploring the efficacy of pruning for
model compression" (2017).
"""
import hashlib

import numpy as np
import tensorflow.compat.v1 as tf

GRANULARITIES = ("connection", "channel")


def shape(
    kernel_shape: list[int], granularity: str, *,
    transposed: bool = False) -> list[int]:
  """Shape of the mask for a kernel.

  Args:
    kernel_shape: List of integers.
    granularity: "connection" or "channel".
    transposed: Whether the kernel is that of a transposed convolution.

  Returns:
    shape: [in, out] or [out].
  """
  channels = kernel_shape[-2:]
  if transposed:
    channels = channels[::-1]
  return list(channels if granularity == "connection" else channels[1:])


def apply(
    kernel: tf.Tensor, mask: tf.Tensor, *,
    transposed: bool = False) -> tf.Tensor:
  """Multiplies a kernel with a mask.

    K'[..., i, o] = K[..., i, o] * M[i, o]    or    K[..., i, o] * M[o]

  Args:
    kernel: [in, out], [height, width, in, out] or, if transposed,
      [height, width, out, in].
    mask: [in, out] or [out].
    transposed: Whether the kernel is that of a transposed convolution.

  Returns:
    masked_kernel: The shape of `kernel`.
  """
  if transposed:
    rank = len(mask.shape)
    mask = _transpose(mask) if rank == 2 else tf.expand_dims(mask, 1)
  return kernel * mask


def _transpose(mask):
  """Transpose of a small matrix, as a product with the identity.

  For a mask of 64 x 64 the product takes a quarter of the time of tf.transpose,
  forward and backward: oneDNN prepares a transpose anew on each call.
  """
  identity = tf.eye(mask.shape.as_list()[0], dtype=mask.dtype)
  return tf.matmul(mask, identity, transpose_a=True)


def slice_norms(
    kernel: tf.Tensor, granularity: str, *,
    transposed: bool = False) -> tf.Tensor:
  """Euclidean norm of the weights that each mask entry multiplies.

  Args:
    kernel: As in `apply`.
    granularity: "connection" or "channel".
    transposed: As in `apply`.

  Returns:
    norms: [in, out] or [out].
  """
  rank = len(kernel.shape)
  squares = tf.reduce_sum(tf.square(kernel), axis=list(range(rank - 2)))
  if transposed:
    squares = tf.transpose(squares)
  if granularity == "channel":
    squares = tf.reduce_sum(squares, axis=0)
  return norm(squares)


def norm(squares: tf.Tensor) -> tf.Tensor:
  """Euclidean norms from sums of squares.

  Args:
    squares: A tensor of any shape, 0 or greater.

  Returns:
    norms: The shape of `squares`. Where the squared values are 0, their
      gradient is 0, the subgradient of least norm. With tf.sqrt alone it would
      be NaN.
  """
  is_zero = tf.equal(squares, 0.0)
  roots = tf.sqrt(tf.where(is_zero, tf.ones_like(squares), squares))
  return tf.where(is_zero, tf.zeros_like(squares), roots)


def random(
    mask_shape: list[int], *, sparsity: float, seed: int,
    name: str) -> np.ndarray:
  """A fixed random mask; the same on every machine and in every run.

  Args:
    mask_shape: List of integers.
    sparsity: Fraction of entries that are 0, in [0, 1); rounded to whole
      entries, of which at least one stays 1.
    seed: Integer.
    name: String that tells this mask from all others of the seed.

  Returns:
    mask: NumPy array of shape `mask_shape`; Booleans, False where closed.
  """
  size = int(np.prod(mask_shape))
  digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
  # NumPy has frozen the stream of RandomState, unlike that of Generator.
  state = np.random.RandomState(np.frombuffer(digest, "<u4"))
  mask = np.ones(size, bool)
  mask[state.permutation(size)[:min(round(sparsity * size), size - 1)]] = False
  return mask.reshape(mask_shape)


def polynomial_sparsity(
    step: tf.Tensor, *, initial_sparsity: float, sparsity: float,
    begin_step: int, end_step: int, frequency: int) -> tf.Tensor:
  """Target sparsity of gradual pruning (Zhu and Gupta, eq. 1).

    s_t = s_f + (s_i - s_f) * (1 - (t - t_0) / (t_f - t_0))^3

  The sparsity changes at t = t_0, t_0 + frequency, ..., t_f and is constant in
  between. It is 0 before t_0 and s_f from t_f on.

  Args:
    step: t, integer scalar.
    initial_sparsity: s_i, at t_0.
    sparsity: s_f, at t_f.
    begin_step: t_0.
    end_step: t_f, above t_0.
    frequency: Steps between two values.

  Returns:
    sparsity: float64 scalar, a fraction.
  """
  step = tf.cast(step, tf.float64)
  done = tf.floor((step - begin_step) / frequency) * frequency
  progress = tf.where(
      step < end_step, done / (end_step - begin_step), tf.ones_like(step))
  target = sparsity + (initial_sparsity - sparsity) * (1.0 - progress)**3
  return tf.where(step < begin_step, tf.zeros_like(step), target)


def num_closed(sparsity: tf.Tensor, size: int) -> tf.Tensor:
  """Number of zeros in a mask, at most all entries but one.

  Args:
    sparsity: float64 scalar, a fraction.
    size: Integer, the number of entries.

  Returns:
    num_closed: int32 scalar.
  """
  closed = tf.cast(tf.round(sparsity * size), tf.int32)
  return tf.minimum(closed, size - 1)


def keep_largest(norms: tf.Tensor, closed: tf.Tensor) -> tf.Tensor:
  """A mask that is 0 at the smallest norms.

  Among equal norms it is 0 at the first ones.

  Args:
    norms: A tensor of any shape.
    closed: int32 scalar, the number of zeros.

  Returns:
    mask: The shape and type of `norms`; 0 or 1.
  """
  # By selection in linear time, as sorting a million norms takes a second.
  flat = tf.reshape(norms, [-1])
  largest_closed = tf.raw_ops.NthElement(
      input=flat, n=tf.maximum(closed - 1, 0))
  is_smaller = flat < largest_closed
  is_equal = tf.cast(tf.equal(flat, largest_closed), tf.int32)
  num_equal = closed - tf.reduce_sum(tf.cast(is_smaller, tf.int32))
  is_kept = tf.where(
      is_smaller, tf.zeros_like(is_equal),
      1 - is_equal * tf.cast(tf.cumsum(is_equal) <= num_equal, tf.int32))
  return tf.reshape(tf.cast(is_kept, norms.dtype), tf.shape(norms))


def count_closed(mask: tf.Tensor) -> tf.Tensor:
  """Number of zeros of a mask.

  Args:
    mask: [..., n] of zeros and ones. n is below 2^24: above it float32 does not
      count exactly.

  Returns:
    closed: int32 scalar.
  """
  # A sum of floats in each row: comparing or casting the entries first would
  # write a whole matrix of Booleans or integers.
  kept = tf.cast(tf.reduce_sum(mask, axis=-1), tf.int32)
  return tf.size(mask) - tf.reduce_sum(kept)


def density(mask: tf.Tensor) -> tf.Tensor:
  """Fraction of a mask's entries that are not 0.

  Args:
    mask: A tensor of any shape.

  Returns:
    density: Scalar, a fraction.
  """
  return tf.reduce_mean(tf.cast(tf.not_equal(mask, 0.0), tf.float32))
