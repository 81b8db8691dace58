import numpy as np
import pytest
import tensorflow as tf

from sparse_disent.compat.hub import portability

tf1 = tf.compat.v1


def portable(build):
  with tf.Graph().as_default() as graph:
    build()
    meta_graph = tf1.train.export_meta_graph(graph=graph)
  portability.make_portable(meta_graph)
  return meta_graph


def run(meta_graph, name):
  with tf.Graph().as_default(), tf1.Session() as session:
    return session.run(tf.import_graph_def(
        meta_graph.graph_def, return_elements=[name])[0])


def test_new_attributes_and_colocation_go():
  def build():
    v = tf1.get_variable("v", [2, 2], use_resource=True)
    with tf1.colocate_with(v.op):
      tf.linalg.matmul(v, v, name="product")
    tf.raw_ops.MatMul(a=v, b=v, grad_a=True)
    tf.raw_ops.AssignVariableOp(resource=v.handle, value=tf.zeros([2, 2]),
                                validate_shape=True)

  attributes = {name for node in portable(build).graph_def.node
                for name in node.attr}
  assert attributes.isdisjoint({
      "_class", "debug_name", "allowed_devices", "validate_shape", "grad_a"})
  assert {"shared_name", "transpose_a", "dtype"} <= attributes


# StatelessRandomNormal and the like are TensorFlow 1.15's, with seeds.
@pytest.mark.parametrize(("build", "old_op"), [
    (lambda: tf.random.stateless_normal([5], SEED, name="x"),
     "StatelessRandomNormal"),
    (lambda: tf.random.stateless_uniform([5], SEED, name="x"),
     "StatelessRandomUniform"),
    (lambda: tf.random.stateless_truncated_normal([5], SEED, name="x"),
     "StatelessTruncatedNormal"),
    (lambda: tf.random.stateless_uniform(
        [5], SEED, 0, 1000, tf.int32, name="x"),
     "StatelessRandomUniformInt"),
])
def test_stateless_random_ops_are_old_and_draw_the_same(build, old_op):
  meta_graph = portable(build)
  ops = {op.name for op in meta_graph.meta_info_def.stripped_op_list.op}
  nodes = {node.op for node in meta_graph.graph_def.node}
  assert old_op in nodes & ops
  assert not [op for op in nodes if op.endswith("V2") and "Random" in op]
  np.testing.assert_array_equal(run(meta_graph, "x:0"), build())


SEED = (3, 7)


def test_key_that_comes_from_no_seed_stays():
  def build():
    tf.raw_ops.StatelessRandomNormalV2(
        shape=[5], key=tf.constant([1], tf.uint64),
        counter=tf.constant([0, 0], tf.uint64), alg=1, name="x")

  assert "StatelessRandomNormalV2" in {
      node.op for node in portable(build).graph_def.node}


def conditional(value):
  return portable(lambda: tf.identity(tf.cond(
      tf.constant(True), lambda: tf.constant(value),
      lambda: tf.constant(0.)), name="x"))


def test_functions_of_two_processes_do_not_clash():
  meta_graphs = [conditional(1.), conditional(2.)]
  for meta_graph in meta_graphs:
    # Names as two processes would give them.
    functions = meta_graph.graph_def.library.function
    names = {function.signature.name: f"f_{index}"
             for index, function in enumerate(functions)}
    for function in functions:
      function.signature.name = names[function.signature.name]
    for node in meta_graph.graph_def.node:
      for attribute in node.attr.values():
        if attribute.func.name:
          attribute.func.name = names[attribute.func.name]
    portability.name_functions_by_content(meta_graph.graph_def)
  with tf.Graph().as_default(), tf1.Session() as session:
    outputs = [tf.import_graph_def(
        meta_graph.graph_def, return_elements=["x:0"])[0]
               for meta_graph in meta_graphs]
    assert session.run(outputs) == [1., 2.]


@pytest.mark.parametrize("use_resource", [False, True])
def test_initial_values_become_placeholders(use_resource):
  def build():
    start = tf.random.normal([2], name="start")
    tf1.get_variable("v", initializer=start, use_resource=use_resource)

  meta_graph = portable(build)
  result = portability.without_initial_values(meta_graph)
  nodes = {node.name: node for node in result.graph_def.node}
  assert not [name for name in nodes if name.startswith("start")]
  value = nodes["v/Assign"].input[1]
  assert (nodes[value].op, nodes[value].attr["dtype"].type) == (
      "Placeholder", tf.float32.as_datatype_enum)
  assert "RandomStandardNormal" not in {
      op.name for op in result.meta_info_def.stripped_op_list.op}
  # What is in memory still has to be initialised.
  assert "start/RandomStandardNormal" in {
      node.name for node in meta_graph.graph_def.node}


def test_initial_values_go_once():
  meta_graph = portable(lambda: tf1.get_variable("v", []))
  once = portability.without_initial_values(meta_graph)
  assert portability.without_initial_values(once) == once
