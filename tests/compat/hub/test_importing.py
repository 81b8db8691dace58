import contextlib

import numpy as np
import pytest
import tensorflow as tf

from sparse_disent.compat.hub import building
from sparse_disent.compat.hub import importing

tf1 = tf.compat.v1


@contextlib.contextmanager
def applied(module_fn, values, trainable=False):
  """Yields state, variables and output of a module in a graph of its own."""
  meta_graph = building.create_module_spec(module_fn).meta_graph()
  with tf.Graph().as_default():
    state, variables = importing.import_state(meta_graph, "m", trainable)
    outputs = importing.import_application(
        meta_graph, "m_apply", meta_graph.signature_def["default"],
        {"default": tf.constant(values)}, state, trainable)
    yield state, variables, outputs["default"]


def initialised_session():
  session = tf1.Session()
  session.run(tf1.global_variables_initializer())
  return session


@pytest.mark.parametrize("use_resource", [False, True])
def test_state_and_application(use_resource):
  def module_fn():
    x = tf1.placeholder(tf.float32, [])
    with tf1.variable_scope("", use_resource=use_resource):
      v = tf1.get_variable("v", initializer=tf.constant(3.))
    building.add_signature(None, x, v * x)

  with applied(module_fn, 2.) as (state, variables, output):
    assert list(state) == ["v:0"]
    assert variables["v"].name == "m/v:0"
    with initialised_session() as session:
      assert session.run(output) == 6.
      variables["v"].load(5., session)
      assert session.run(output) == 10.


def test_application_holds_only_what_it_needs():
  def module_fn():
    x = tf1.placeholder(tf.float32, [])
    v = tf1.get_variable("v", initializer=tf.constant(3.))
    tf.exp(x, name="unused")
    building.add_signature(None, x, tf.multiply(v, x, name="product"))

  with applied(module_fn, 2.):
    operations = [operation.type for operation
                  in tf1.get_default_graph().get_operations()
                  if operation.name.startswith("m_apply")]
  assert sorted(operations) == ["Mul", "ReadVariableOp"]


def test_waiting_for_an_input():
  def module_fn():
    x = tf1.placeholder(tf.float32, [])
    with tf.control_dependencies([x]):
      building.add_signature(None, x, tf.constant(4.))

  with applied(module_fn, 2.) as (_, _, output), tf1.Session() as session:
    assert output.op.control_inputs[0].type == "Const"
    assert session.run(output) == 4.


def test_table_is_shared_and_initialised():
  def module_fn():
    keys = tf1.placeholder(tf.string, [None])
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(["a", "b"], [1., 2.]), -1.)
    building.add_signature(None, keys, table.lookup(keys))

  with applied(module_fn, ["b", "x"]) as (_, _, output):
    with tf1.Session() as session:
      session.run(tf1.tables_initializer())
      np.testing.assert_array_equal(session.run(output), [2., -1.])


@pytest.fixture(name="contexts", params=[False, True])
def control_flow_contexts(request):
  """Runs a test with the conditionals of TensorFlow 2 and of TensorFlow 1."""
  if request.param:
    tf1.disable_control_flow_v2()
  yield request.param
  tf1.enable_control_flow_v2()


def test_conditionals(contexts):
  def module_fn():
    x = tf1.placeholder(tf.float32, [])
    v = tf1.get_variable("v", initializer=tf.constant(3.))
    building.add_signature(
        None, x, tf.cond(x > 0., lambda: v * x, lambda: v - x))

  for value, expected, slope in ((2., 6., 2.), (-2., 5., 1.)):
    with applied(module_fn, value, trainable=True) as (_, variables, output):
      operations = {operation.type for operation
                    in tf1.get_default_graph().get_operations()}
      assert ("Switch" in operations) == contexts
      gradient = tf.gradients(output, variables["v"])
      with initialised_session() as session:
        assert session.run([output, gradient]) == [expected, [slope]]


def test_no_saver_is_added():
  def module_fn():
    x = tf1.placeholder(tf.float32, [])
    building.add_signature(None, x, tf1.get_variable("v", []) * x)

  with applied(module_fn, 2.):
    operations = {operation.type for operation
                  in tf1.get_default_graph().get_operations()}
  assert operations.isdisjoint({"SaveV2", "RestoreV2"})
