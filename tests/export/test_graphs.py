"""A small graph, walked through in both directions."""
import tensorflow.compat.v1 as tf

from sparse_disent.export import graphs


def names(ops):
  return [op.name for op in ops]


def test_walks():
  with tf.Graph().as_default():
    a, b = (tf.placeholder(tf.float32, [], name=name) for name in "ab")
    total = tf.raw_ops.Add(x=a, y=b, name="total")
    square = tf.raw_ops.Mul(x=total, y=total, name="square")
    tf.identity(b, name="other")
    end = tf.raw_ops.Sub(x=square, y=a, name="end")
  assert names(graphs.ancestors(end.op)) == ["end", "square", "a", "total", "b"]
  assert names(graphs.ancestors(a.op)) == ["a"]
  assert names(graphs.consumers(end.op)) == ["end"]
  assert names(graphs.consumers(a.op)) == ["a", "total", "end", "square"]
  assert set(names(graphs.consumers(b.op))) == {
      "b", "total", "other", "square", "end"}
