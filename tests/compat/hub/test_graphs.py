import pytest
import tensorflow as tf

from sparse_disent.compat.hub import graphs

tf1 = tf.compat.v1


def meta_graph_of(build):
  with tf.Graph().as_default() as graph:
    build()
    return tf1.train.export_meta_graph(graph=graph)


def test_state_is_what_holds_values():
  def build():
    tf1.get_variable("new", [2], use_resource=True)
    tf1.get_variable("old", [2], use_resource=False)
    tf.raw_ops.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64,
                           name="table")
    # None of these is state, though TensorFlow calls all of them stateful.
    tf.random.normal([2], name="normal")
    tf1.random_uniform([2], name="uniform")
    tf.timestamp(name="clock")

  assert sorted(graphs.state_names(meta_graph_of(build))) == [
      "new:0", "old:0", "table:0"]


def test_variable_specs():
  def build():
    tf1.get_variable("a/new", [2, 3], tf.int64, use_resource=True)
    tf1.get_variable("old", [4], use_resource=False)

  assert graphs.variable_specs(meta_graph_of(build)) == {
      "a/new": tf.TensorSpec([2, 3], tf.int64, "a/new"),
      "old": tf.TensorSpec([4], tf.float32, "old")}


def test_change_variable_defs_reaches_all_collections():
  def freeze(variable):
    variable.trainable = False

  meta_graph = meta_graph_of(lambda: tf1.get_variable("v", []))
  graphs.change_variable_defs(meta_graph, freeze)
  for collection in ("variables", "trainable_variables"):
    variable, = graphs.variable_defs(meta_graph, collection)
    assert not variable.trainable


def chain():
  """Builds x -> y -> z, where z waits for w, and two parts from x."""
  x = tf1.placeholder(tf.float32, [2], name="x")
  w = tf1.placeholder(tf.float32, [], name="w")
  y = tf.negative(x, name="y")
  with tf.control_dependencies([w]):
    tf.negative(y, name="z")
  tf.unstack(x, name="parts")


@pytest.mark.parametrize(("targets", "fed", "nodes", "used", "waited_for"), [
    (["y"], [], {"x", "y"}, set(), set()),
    (["z:0"], [], {"w", "x", "y", "z"}, set(), set()),
    (["z:0"], ["w:0"], {"x", "y", "z"}, set(), {"w:0"}),
    (["z"], ["y:0", "w:0"], {"z"}, {"y:0"}, {"w:0"}),
    (["z:0"], ["z:0"], set(), {"z:0"}, set()),
    (["parts:1"], ["parts:0"], {"x", "parts"}, set(), set()),
    (["parts:0", "parts:1"], ["parts:0"], {"x", "parts"}, {"parts:0"}, set()),
])
def test_needed_nodes(targets, fed, nodes, used, waited_for):
  graph_def = meta_graph_of(chain).graph_def
  assert graphs.needed_nodes(graph_def, targets, fed) == (
      nodes, used, waited_for)


def test_effects_belong_to_the_inputs_they_read():
  def build():
    update = lambda *tensors, name: tf1.add_to_collection(
        "update_ops", tf.add_n(tensors, name=name))
    x = tf1.placeholder(tf.float32, [], name="x")
    y = tf1.placeholder(tf.float32, [], name="y")
    free = tf.constant(1., name="free")
    update(free, name="on_state")
    update(free, x, name="on_x")
    update(y, name="on_y")
    update(x, y, name="on_both")
    with tf.control_dependencies([x]):
      update(free, name="after_x")

  meta_graph = meta_graph_of(build)
  expected = [((), ["on_state:0"]), (("x:0",), ["on_x:0", "after_x:0"]),
              (("y:0",), ["on_y:0"]),
              (("x:0", "y:0"), ["on_x:0", "on_y:0", "on_both:0",
                                "after_x:0"])]
  for given, names in expected:
    assert graphs.effects(meta_graph, given, given) == {
        "update_ops": names, "regularization_losses": []}


def test_prune_keeps_signatures_and_state():
  def build():
    chain()
    tf1.get_variable("v", initializer=tf.constant(1., name="start"))

  meta_graph = meta_graph_of(build)
  meta_graph.signature_def["s"].outputs["default"].name = "y:0"
  graphs.prune(meta_graph)
  kept = {node.name for node in meta_graph.graph_def.node}
  assert {"x", "y", "v", "start", "v/Assign"} <= kept
  assert kept.isdisjoint({"w", "z", "parts"})
