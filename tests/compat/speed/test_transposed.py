"""Against TensorFlow's own transposed convolution and its gradients."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.compat.speed import transposed

X = np.random.RandomState(0).normal(size=[2, 3, 5, 6])


def types(graph):
  return [op.type for op in graph.get_operations()]


def layer(x, outputs, size=4, strides=2, padding="same", **arguments):
  return tf.layers.conv2d_transpose(
      x, outputs, size, strides, padding, name="layer", **arguments)


@pytest.mark.parametrize("outputs", [1, 3])
def test_values_and_gradients(outputs):
  random = np.random.RandomState(1)
  kernel = random.normal(size=[4, 4, outputs, 6])
  bias = random.normal(size=[outputs])
  weights = random.normal(size=[2, 6, 10, outputs])
  with tf.Graph().as_default() as graph, tf.Session() as session:
    x = tf.constant(X)
    with transposed.quick_images():
      y = layer(x, outputs)
    assert "Conv2DBackpropInput" not in types(graph)
    assert y.shape == [2, 6, 10, outputs]
    variables = tf.trainable_variables()
    theirs = tf.nn.bias_add(tf.nn.conv2d_transpose(
        x, variables[0], [2, 6, 10, outputs], 2), variables[1])
    actual, expected = ([one, *tf.gradients(one, [x, *variables], weights)]
                        for one in (y, theirs))
    for variable, value in zip(variables, (kernel, bias), strict=True):
      variable.load(value, session)
    actual, expected = session.run([actual, expected])
  for one, other in zip(actual, expected, strict=True):
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
  # The first weights of the first pixel, by hand.
  np.testing.assert_allclose(
      actual[0][0, 0, 0], kernel[1, 1] @ X[0, 0, 0] + bias, rtol=1e-9)


@pytest.mark.parametrize("arguments", [
    {"outputs": 5}, {"size": 3}, {"strides": 1}, {"padding": "valid"},
    {"size": (4, 2)}])
def test_all_others_stay_what_they_are(arguments):
  with tf.Graph().as_default() as graph:
    with transposed.quick_images():
      layer(tf.constant(X), **{"outputs": 1, **arguments})
  assert "Conv2DBackpropInput" in types(graph)
  assert "DepthToSpace" not in types(graph)


def test_other_layers_stay_what_they_are():
  with tf.Graph().as_default() as graph:
    with pytest.raises(RuntimeError), transposed.quick_images():
      raise RuntimeError
    layer(tf.constant(X), 1)
  assert "Conv2DBackpropInput" in types(graph)


def test_a_gpu_keeps_its_own(monkeypatch):
  monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
  with tf.Graph().as_default() as graph:
    with transposed.quick_images():
      layer(tf.constant(X), 1)
  assert "Conv2DBackpropInput" in types(graph)
