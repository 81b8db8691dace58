"""Which operations are recognized, and what becomes of the others."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from support import tiny
from support.exported import assert_same

from sparse_disent.export import linear
from sparse_disent.export import nodes
from sparse_disent.export import operations

VECTOR = np.array([0.5, 0.0, -2.0], np.float32)


def encode(change):
  """An encoder of means that are changed, [batch_size, 3]."""
  def encoder(images):
    mean, logvar = tiny.default_encoder(images)
    return change(mean), logvar

  return encoder


def traced(tmp_path, change):
  """The node of the changed means, and what is unknown, checked."""
  path = tiny.write(tmp_path, encode(change))
  compacted, plan, _ = tiny.compact(path)
  assert_same(path, compacted)
  return plan.model.encoder.outputs["mean"], plan.model.encoder.unknown


@pytest.mark.parametrize("change", [
    lambda mean: mean * VECTOR,
    lambda mean: VECTOR[None] * mean,
    lambda mean: tf.math.multiply_no_nan(mean, VECTOR),
    lambda mean: 0.5 * mean,
    lambda mean: VECTOR + mean,
    lambda mean: tf.raw_ops.Add(x=mean, y=VECTOR),
    lambda mean: tf.nn.bias_add(mean, VECTOR),
    lambda mean: tf.identity(mean),
    lambda mean: tf.reshape(mean, [-1, 3]),
    lambda mean: mean[:, 1:],
    lambda mean: mean[:, ::-1],
    lambda mean: tf.gather(mean, [2, 0], axis=-1),
    lambda mean: tf.gather(mean, [2, 2, 1], axis=1)])
def test_what_is_done_to_channels_goes_into_the_layer(tmp_path, change):
  def encoder(images):
    return [change(part) for part in tiny.default_encoder(images)]

  path = tiny.write(tmp_path, encoder)
  compacted, plan, _ = tiny.compact(path)
  assert_same(path, compacted)
  for node in plan.model.encoder.outputs.values():
    assert isinstance(node, linear.Linear)
  assert plan.model.encoder.unknown == []


@pytest.mark.parametrize("kind, change", [
    (operations.Activation, tf.nn.relu),
    (operations.Activation, tf.nn.tanh),
    (operations.Softmax, tf.nn.softmax),
    (nodes.Affine, lambda mean: tf.nn.relu(mean) * VECTOR),
    (nodes.Select, lambda mean: tf.nn.relu(mean)[:, ::-1]),
    (operations.Concat, lambda mean: tf.concat([mean[:, 1:], mean[:, :1]], 1)),
    (operations.Concat, lambda mean: tf.concat([mean[:, 1:], mean[:, :1]], -1)),
    (operations.Concat, lambda mean: tf.concat(
        [mean[:, 1:], tf.fill(tf.shape(mean[:, :1]), 7.0)], 1)),
    (operations.Concat, lambda mean: tf.pad(mean[:, 1:], [[0, 0], [1, 0]])),
    (nodes.Select, lambda mean: tf.gather(
        tf.pad(mean[:, 1:], [[0, 0], [0, 1]]), [2, 0, 1], axis=-1)),
    (operations.Flatten, lambda mean: tf.reshape(tf.pad(
        tf.reshape(mean[:, :1], [-1, 1, 1, 1]),
        [[0, 0], [0, 0], [0, 0], [0, 2]]), [-1, 3])),
    (operations.Flatten, lambda mean: tf.reshape(tf.nn.relu(
        tf.reshape(mean, [-1, 1, 1, 3])), [-1, 3]))])
def test_known(tmp_path, kind, change):
  node, unknown = traced(tmp_path, change)
  assert isinstance(node, kind)
  assert unknown == []


@pytest.mark.parametrize("operation, change", [
    ("LeakyRelu", tf.nn.leaky_relu),
    # Not with itself, not with one number an example, not across channels.
    ("Mul", lambda mean: mean * mean),
    ("Mul", lambda mean: mean * mean[:, :1]),
    ("AddV2", lambda mean: mean + mean[:, ::-1]),
    # Not from a table, not of each example others.
    ("GatherV2", lambda mean: tf.gather(
        np.eye(3, dtype=np.float32), tf.cast(50.0 * mean[:, 0], tf.int32) % 3)),
    ("GatherV2", lambda mean: tf.gather(
        mean, tf.argsort(mean, axis=1), batch_dims=1, axis=1)),
    ("Sub", lambda mean: VECTOR - mean),
    ("Add", lambda mean: tf.raw_ops.Add(
        x=mean, y=tf.reduce_sum(mean, axis=0))),
    ("MatMul", lambda mean: tf.matmul(
        mean, np.ones([3, 3], np.float32), transpose_b=True)),
    ("MatMul", lambda mean: tf.matmul(mean, tf.ones([3, 1]) * mean[:1]))])
def test_unknown(tmp_path, operation, change):
  node, unknown = traced(tmp_path, change)
  assert len(unknown) == 1
  assert unknown[0].endswith(f" ({operation})")
  assert unknown[0] == node.description


@pytest.mark.parametrize("operation, change", [
    ("GatherV2", lambda maps: tf.gather(maps, [2, 0, 1], axis=1)),
    ("Pad", lambda maps: tf.pad(maps[:, 1:], [[0, 0], [1, 0], [0, 0]]))])
def test_positions_are_no_channels(tmp_path, operation, change):
  _, unknown = traced(tmp_path, lambda mean: tf.reshape(
      change(tf.reshape(mean, [-1, 3, 1])), [-1, 3]))
  assert len(unknown) == 1
  assert unknown[0].endswith(f" ({operation})")


@pytest.mark.parametrize("arguments", [
    {"dilations": 2}, {"padding": [[0, 0], [1, 1], [1, 1], [0, 0]]}])
def test_unknown_convolutions(tmp_path, arguments):
  arguments = {"strides": 1, "padding": "SAME", **arguments}

  def encoder(images):
    return tiny.default_encoder(tf.nn.conv2d(
        images, tiny.weights("a/kernel", [3, 3, 2, 2], 4), **arguments))

  path = tiny.write(tmp_path, encoder)
  compacted, plan, _ = tiny.compact(path)
  assert_same(path, compacted)
  assert len(plan.model.encoder.unknown) == 1
  # What comes after it is known.
  assert isinstance(plan.model.encoder.outputs["mean"], linear.Linear)


def test_layers_have_the_names_of_their_variables(tmp_path):
  path = tiny.write(tmp_path)
  _, plan, _ = tiny.compact(path)
  names = {key: node.name for key, node in
           plan.model.encoder.outputs.items()}
  assert names == {"mean": "encoder/means", "logvar": "encoder/log_var"}
