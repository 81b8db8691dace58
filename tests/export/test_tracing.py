"""From tensors to nodes: each once, in order, with what they are worth."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.export import linear
from sparse_disent.export import nodes
from sparse_disent.export import recognition
from sparse_disent.export import tracing


@pytest.fixture(name="session")
def open_session():
  with tf.Graph().as_default(), tf.Session() as session:
    yield session


@pytest.fixture(name="source")
def input_tensor(session):
  with session.graph.as_default():
    return tf.placeholder(tf.float32, [None, 4])


def test_a_shared_trunk_is_one_node(session, source):
  trunk = tf.nn.relu(tf.matmul(source, tf.ones([4, 3])))
  heads = {name: tf.matmul(trunk, tf.ones([3, 2])) for name in ("a", "b")}
  network = tracing.Tracer(session, source, "encoder").network(heads)
  assert network.unknown == []
  assert network.source.name == "encoder"
  assert network.source.shape == (4,)
  first, second = network.outputs["a"], network.outputs["b"]
  assert first.inputs == second.inputs
  assert [type(node) for node in network.order].count(linear.Linear) == 3
  assert network.order[0] is network.source
  for number, node in enumerate(network.order):
    for other in node.inputs:
      assert network.order.index(other) < number


def test_an_input_that_no_output_depends_on_is_a_node(session, source):
  output = tf.fill([tf.shape(source)[0], 2], 3.0)
  network = tracing.Tracer(session, source, "encoder").network({"a": output})
  assert network.order == [network.source, network.outputs["a"]]


def test_a_layer_without_a_variable_has_the_name_of_its_operation(
    session, source):
  output = tf.matmul(source, tf.ones([4, 3]), name="some/product")
  network = tracing.Tracer(session, source, "encoder").network({"a": output})
  assert network.outputs["a"].name == "some/product"


def test_of_unknown_operations_the_last_ones_count(session, source):
  inner = tf.nn.elu(source)
  outer = {"a": tf.nn.selu(inner, name="a"), "b": tf.nn.selu(inner, name="b")}
  network = tracing.Tracer(session, source, "encoder").network(outer)
  assert network.unknown == ["a (Selu)", "b (Selu)"]


def test_values(session, source):
  dependent = 2.0 * source
  double = tf.constant([1.0, 2.0]) * 2.0
  tracer = tracing.Tracer(session, source, "encoder")
  assert not tracer.depends(double)
  np.testing.assert_array_equal(tracer.value(double), [2.0, 4.0])
  assert tracer.depends(dependent)
  with pytest.raises(recognition.Unknown):
    tracer.value(dependent)


@pytest.mark.parametrize("value, expected", [
    (3.0, [3, 3]), ([3.0], [3, 3]), ([1.0, 2.0], [1, 2]),
    ([[1.0, 2.0]], [1, 2])])
def test_vectors(session, source, value, expected):
  tracer = tracing.Tracer(session, source, "encoder")
  np.testing.assert_array_equal(
      tracer.vector(tf.constant(value), 2), expected)


@pytest.mark.parametrize("shape", [[2, 2], [2, 1], [3], [0]])
def test_no_vector(session, source, shape):
  tracer = tracing.Tracer(session, source, "encoder")
  with pytest.raises(recognition.Unknown):
    tracer.vector(tf.ones(shape), 2)


def test_one_channel_that_becomes_several(session, source):
  """As of grey images that are tinted."""
  output = tf.multiply(source[:, :1], [1.0, 2.0, 3.0], name="tint")
  network = tracing.Tracer(session, source, "encoder").network({"a": output})
  assert network.unknown == ["tint (Mul)"]


def test_shapes(session, source):
  tracer = tracing.Tracer(session, source, "encoder")
  # Whatever TensorFlow knows before it runs.
  assert tracer.shape(tf.reshape(source, tf.stack(
      [tf.shape(source)[0], 2, -1]))) == [2, 2]
  for tensor in (tf.transpose(source), source[:, 0], tf.reduce_sum(source)):
    with pytest.raises(recognition.Unknown):
      tracer.shape(tensor)


def test_the_input_itself(session, source):
  network = tracing.Tracer(session, source, "encoder").network({"a": source})
  assert network.order == [network.source]
  assert isinstance(network.source, nodes.Input)
