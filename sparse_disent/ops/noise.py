"""Noise as a function of (seed, name, draw), without hidden state.

A resumed run therefore draws the same noise as an uninterrupted one. Adding
something to a graph does not change the noise of the rest.
"""
import zlib

import tensorflow.compat.v1 as tf

_SEEDS = 2**31
# The graph collection with the global step that our estimator has read before
# the batch.
_STEP_OF_BATCH = "step_of_batch"


def training_draw() -> tf.Tensor:
  """Number of the draw of this training step: the global step.

  This package's estimator reads the step before it hands the batch to the
  model, and that value is returned. With another estimator, call this function
  once per graph and use the result for all noise of the step: a train op could
  advance the global step between two reads.

  Returns:
    draw: int64 scalar; 0 in a graph without a global step.
  """
  before_batch = tf.get_collection(_STEP_OF_BATCH)
  step = before_batch[0] if before_batch else tf.train.get_global_step()
  return tf.cast(0 if step is None else step, tf.int64)


def evaluation_draw(features: tf.Tensor) -> tf.Tensor:
  """Number of the draw for an evaluation batch: the step and the content.

  The global step does not change during an evaluation. With the step alone all
  batches would get the same sample of the noise, and averages over batches
  would keep the error of that one sample.

  Args:
    features: The batch, a tensor of any shape and type.

  Returns:
    draw: int64 scalar, the same whenever the same batch is evaluated at the
      same global step.
  """
  content = tf.strings.to_hash_bucket_fast(
      tf.io.serialize_tensor(features), _SEEDS)
  return training_draw() * _SEEDS + content


def uniform(
    shape: list[int] | tf.Tensor, *, name: str, draw: tf.Tensor,
    dtype: tf.DType = tf.float32, epsilon: float = 1e-6) -> tf.Tensor:
  """Uniform noise that stays off 0 and 1.

    u ~ U(epsilon, 1 - epsilon)

  Args:
    shape: Shape of the noise.
    name: String that tells this noise from all other noise of the model.
    draw: int64 scalar, the number of the draw.
    dtype: Floating point type of the noise.
    epsilon: Distance kept from 0 and 1, so that logarithms are finite.

  Returns:
    noise: A tensor of shape `shape`.
  """
  return tf.random.stateless_uniform(
      shape, _seed(name, draw), epsilon, 1.0 - epsilon, dtype)


def normal(
    shape: list[int] | tf.Tensor, *, name: str, draw: tf.Tensor,
    dtype: tf.DType = tf.float32) -> tf.Tensor:
  """Standard normal noise.

  Args:
    shape: Shape of the noise.
    name: As in `uniform`.
    draw: As in `uniform`.
    dtype: As in `uniform`.

  Returns:
    noise: A tensor of shape `shape`.
  """
  return tf.random.stateless_normal(shape, _seed(name, draw), dtype=dtype)


def permuted(values: tf.Tensor, *, name: str, draw: tf.Tensor) -> tf.Tensor:
  """Permutes each column of a matrix independently of the others.

  Args:
    values: [batch_size, num_columns].
    name: As in `uniform`.
    draw: As in `uniform`.

  Returns:
    permuted: [batch_size, num_columns].
  """
  columns = tf.transpose(values)
  order = tf.argsort(uniform(tf.shape(columns), name=name, draw=draw))
  return tf.transpose(tf.gather(columns, order, batch_dims=1))


def seed(*, name: str, draw: tf.Tensor) -> tf.Tensor:
  """Seed for samplers of other libraries, such as TensorFlow Probability's.

  Args:
    name: As in `uniform`.
    draw: As in `uniform`.

  Returns:
    seed: int32 [2].
  """
  return tf.random.stateless_uniform(
      [2], _seed(name, draw), minval=None, maxval=None, dtype=tf.int32)


def _seed(name, draw):
  """Pair of integers that seeds TensorFlow's counter-based generators.

  The seed is that of the graph (`tf.set_random_seed`), or in eager code that of
  the process. If none is set, TensorFlow's default for seeded operations is
  used, which is the same in every run.
  """
  graph_seed, name_seed = tf.get_seed(zlib.crc32(name.encode()))
  return tf.stack([
      tf.constant(graph_seed * _SEEDS + name_seed, tf.int64),
      tf.cast(draw, tf.int64)
  ])
