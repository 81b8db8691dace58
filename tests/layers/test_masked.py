"""Masked layers against TensorFlow's own, and against brute force."""
import itertools
import random

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.layers import RandomGate
from sparse_disent.layers import masked

IMAGES = np.random.RandomState(0).normal(size=[2, 6, 6, 3])
VECTORS = np.random.RandomState(0).normal(size=[2, 3])
LAYERS = {
    "dense": (VECTORS, lambda x, **kw: masked.dense(x, 4, **kw),
              lambda x: tf.layers.dense(x, 4, tf.nn.relu, name="layer")),
    "conv2d": (
        IMAGES, lambda x, **kw: masked.conv2d(x, 4, 3, strides=2, **kw),
        lambda x: tf.layers.conv2d(
            x, 4, 3, 2, "same", activation=tf.nn.relu, name="layer")),
    "conv2d_transpose": (
        IMAGES,
        lambda x, **kw: masked.conv2d_transpose(x, 4, 3, strides=2, **kw),
        lambda x: tf.layers.conv2d_transpose(
            x, 4, 3, 2, "same", activation=tf.nn.relu, name="layer")),
}
layers = pytest.mark.parametrize("kind", sorted(LAYERS))


def run(build, mask=None):
  """Outputs and variables of a layer in a graph of its own."""
  # Keras draws the seeds of initial weights from Python's own generator.
  random.seed(0)
  with tf.Graph().as_default(), tf.Session() as session:
    tf.set_random_seed(0)
    outputs = build()
    session.run(tf.global_variables_initializer())
    variables = {
        variable.name: variable for variable in tf.global_variables()}
    if mask is not None:
      session.run(variables["layer/random_gate/mask:0"].assign(mask))
    return session.run([outputs, variables])


@layers
@pytest.mark.parametrize("gate", [None, RandomGate(sparsity=0.0)],
                         ids=["no gate", "open gate"])
def test_open_layers_are_tensorflows_with_the_same_initial_weights(kind, gate):
  inputs, ours, theirs = LAYERS[kind]
  actual, variables = run(lambda: ours(
      tf.constant(inputs), name="layer", gate=gate, is_training=True,
      activation=tf.nn.relu))
  expected, expected_variables = run(lambda: theirs(tf.constant(inputs)))
  variables.pop("layer/random_gate/mask:0", None)
  assert list(variables) == list(expected_variables) == [
      "layer/kernel:0", "layer/bias:0"]
  for name, value in expected_variables.items():
    np.testing.assert_array_equal(variables[name], value)
  np.testing.assert_array_equal(actual, expected)


@layers
def test_a_closed_pair_is_the_only_connection_that_vanishes(kind):
  inputs, build, _ = LAYERS[kind]
  mask = np.ones([3, 4])
  mask[2, 1] = 0.0
  for i in range(3):
    one_channel = np.zeros_like(inputs)
    one_channel[..., i] = inputs[..., i]
    open_, closed = (run(lambda x=one_channel: build(
        tf.constant(x), name="layer", gate=RandomGate(), is_training=True),
                         values)[0] for values in (np.ones([3, 4]), mask))
    for o in range(4):
      assert np.abs(open_[..., o]).max() > 1e-3
      expected = 0.0 if (i, o) == (2, 1) else open_[..., o]
      np.testing.assert_array_equal(closed[..., o], expected)


@layers
def test_a_closed_channel_is_zero_with_its_bias(kind):
  inputs, build, _ = LAYERS[kind]

  def build_with_gradient():
    outputs = build(tf.constant(inputs), name="layer", is_training=False,
                    gate=RandomGate(granularity="channel"))
    bias, = (variable for variable in tf.trainable_variables()
             if variable.name == "layer/bias:0")
    return outputs, tf.gradients(outputs, bias)[0]

  (outputs, gradient), _ = run(build_with_gradient, [1.0, 0.0, 1.0, 1.0])
  assert np.all(outputs[..., 1] == 0.0)
  assert np.all(np.abs(outputs[..., [0, 2, 3]]).max(
      axis=tuple(range(outputs.ndim - 1))) > 0)
  positions = outputs[..., 0].size
  np.testing.assert_array_equal(
      gradient, positions * np.array([1.0, 0.0, 1.0, 1.0]))


@pytest.mark.parametrize("activation, function", [
    (tf.nn.relu, lambda x: np.maximum(x, 0.0)), (tf.nn.tanh, np.tanh)])
def test_in_training_channels_of_a_dense_layer_mask_what_it_computes(
    activation, function):
  mask = np.array([-2.0, 0.5, 1.0, 0.0])
  shapes = []

  def build():
    tf.train.get_or_create_global_step()
    outputs = masked.dense(
        tf.constant(VECTORS), 4, name="layer", is_training=True,
        activation=activation, gate=RandomGate(granularity="channel"))
    shapes.extend(op.outputs[0].shape.as_list() for op in
                  tf.get_default_graph().get_operations() if op.type == "Mul"
                  and "Initializer" not in op.name)
    return outputs

  outputs, variables = run(build, mask)
  expected = function(VECTORS @ (variables["layer/kernel:0"] * mask))
  np.testing.assert_allclose(outputs, expected, rtol=1e-6, atol=1e-9)
  # Before the activation, and not a kernel [3, 4], which costs far more.
  assert [2, 4] in shapes
  assert [3, 4] not in shapes


def test_transposed_convolution_by_brute_force():
  mask = np.random.RandomState(3).uniform(size=[3, 4])
  outputs, variables = run(lambda: masked.conv2d_transpose(
      tf.constant(IMAGES), 4, 2, strides=2, name="layer", gate=RandomGate(),
      is_training=False), mask)
  kernel = variables["layer/kernel:0"]
  assert kernel.shape == (2, 2, 4, 3)
  # With kernel and stride of the same size each pixel makes a block of its own.
  expected = np.zeros([2, 12, 12, 4])
  for n, y, x, i, o in itertools.product(
      range(2), range(6), range(6), range(3), range(4)):
    expected[n, 2 * y:2 * y + 2, 2 * x:2 * x + 2, o] += (
        IMAGES[n, y, x, i] * mask[i, o] * kernel[:, :, o, i])
  np.testing.assert_allclose(outputs, expected, rtol=1e-6, atol=1e-9)


def test_without_reuse_a_name_serves_once():
  with tf.Graph().as_default():
    build = lambda: masked.dense(tf.ones([1, 2]), 3, name="layer",
                                 gate=RandomGate(), is_training=True)
    build()
    with pytest.raises(ValueError, match="layer/kernel already exists"):
      build()
