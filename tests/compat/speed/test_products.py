"""Against TensorFlow's own gradients."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.compat.speed import products

RANDOM = np.random.RandomState(0)
X, W, DY = (RANDOM.normal(size=shape) for shape in ([5, 3], [3, 4], [5, 4]))


def types(graph):
  return [op.type for op in graph.get_operations()]


@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize("transpose_b", [False, True])
def test_gradients(transpose_a, transpose_b):
  with tf.Graph().as_default() as graph, tf.Session() as session:
    a = tf.constant(X.T if transpose_a else X)
    b = tf.constant(W.T if transpose_b else W)
    with products.quick_gradients():
      y = tf.matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b)
    by_a, by_b = session.run(tf.gradients(y, [a, b], DY))
  np.testing.assert_allclose(
      by_a.T if transpose_a else by_a, DY @ W.T, rtol=1e-12)
  np.testing.assert_allclose(
      by_b.T if transpose_b else by_b, X.T @ DY, rtol=1e-12)
  assert types(graph).count("BatchMatMulV2") == (
      0 if transpose_a or transpose_b else 1)


def test_they_have_gradients_themselves():
  with tf.Graph().as_default(), tf.Session() as session:
    x, w = tf.constant(X), tf.constant(W)
    with products.quick_gradients():
      y = tf.matmul(x, w)
    by_x, = tf.gradients(tf.reduce_sum(y**2) / 2.0, x)  # x W W^T
    by_w, = tf.gradients(by_x, w, DY @ W.T)
    actual = session.run(by_w)
  up = DY @ W.T
  np.testing.assert_allclose(actual, X.T @ up @ W + up.T @ X @ W, rtol=1e-9)


def test_products_of_other_graphs_keep_tensorflows():
  with tf.Graph().as_default(), products.quick_gradients():
    with tf.Graph().as_default() as other:
      x = tf.constant(X)
      tf.gradients(tf.matmul(x, tf.constant(W)), x)
  assert "BatchMatMulV2" not in types(other)
