"""The registry of masks belongs to a graph and stays in it."""
import tensorflow.compat.v1 as tf

from sparse_disent.layers import RandomGate
from sparse_disent.layers import graph_masks
from sparse_disent.layers import masked
from sparse_disent.layers import watching


def build(name):
  masked.dense(tf.ones([2, 5]), 4, name=name, gate=RandomGate(),
               is_training=False)


def test_each_graph_has_its_own():
  with tf.Graph().as_default() as first:
    build("one")
    build("two")
  with tf.Graph().as_default():
    assert not graph_masks.of_graph().layers
    assert list(watching.test_masks(first)) == ["one", "two"]
    assert list(graph_masks.of_graph(first).layers) == [
        ("one", "random_gate"), ("two", "random_gate")]


def test_names_of_other_operations_are_no_masks():
  with tf.Graph().as_default():
    build("one")
    tf.ones([5, 4], name="other/random_gate/test_mask")
    assert list(watching.test_masks()) == ["one"]


def test_it_is_not_exported(caplog):
  with tf.Graph().as_default() as graph:
    build("one")
    exported = tf.train.export_meta_graph()
    assert graph.get_collection_ref(graph_masks.GraphMasks)
  # Hub modules allow known collections alone.
  assert set(exported.collection_def) == {"trainable_variables", "variables"}
  assert not caplog.records
