"""Variables with names of their own, and channels put in again."""
import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.export import liveness
from sparse_disent.export import nodes
from sparse_disent.export import writing


def test_variables():
  first, second = (nodes.Input("means", [3]) for _ in range(2))
  with tf.Graph().as_default():
    variables = writing.Variables()
    made = [variables.get(first, "kernel", np.ones([2, 3])),
            variables.get(second, "kernel", np.zeros([2, 1])),
            variables.get(first, "bias", np.full([3], 0.1)),
            variables.get(first, "kernel", np.ones([2, 3]))]
    assert made[3] is made[0]
    assert len(tf.global_variables()) == 3
    assert len(tf.trainable_variables()) == 3
  assert [variable.op.name for variable in made[:3]] == [
      "means/kernel", "means_1/kernel", "means/bias"]
  assert sorted(variables.values) == [
      "means/bias", "means/kernel", "means_1/kernel"]
  assert variables.values["means/bias"].dtype == np.float32
  np.testing.assert_array_equal(
      variables.values["means/bias"], np.float32([0.1, 0.1, 0.1]))


def widened(present, constants, wanted, shape=(4,)):
  """`widen` of the numbers 10, 11, ... in the channels that are present."""
  node = nodes.Input("node", shape)
  network = nodes.Network(node, {"node": node}, [node], [])
  present = np.array(present, bool)
  with tf.Graph().as_default(), tf.Session() as session:
    images = tf.placeholder(tf.float32, [None, 1])
    variables = writing.Variables()
    application = writing.Application(
        liveness.plan(network, np.zeros(4, bool)), variables, images,
        np.ones(4, bool))
    tensor = None
    if present.any():
      numbers = 10.0 + np.flatnonzero(present)
      tensor = tf.constant(np.broadcast_to(
          numbers, [2, *shape[:-1], len(numbers)]), tf.float32)
    flow = nodes.Flow(node, nodes.Constants(~present, np.broadcast_to(
        np.array(constants, float), shape)), present, tensor)
    result = application.widen(flow, np.array(wanted, bool))
    for variable in tf.global_variables():
      session.run(variable.assign(variables.values[variable.op.name]))
    return session.run(result, {images: np.zeros([2, 1])}), variables.values


def test_nothing_is_absent():
  result, values = widened([0, 1, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0])
  np.testing.assert_array_equal(result, [[11, 12]] * 2)
  assert values == {}
  result, values = widened([0, 1, 1, 0], [1, 0, 0, 1], [0, 0, 1, 0])
  np.testing.assert_array_equal(result, [[12]] * 2)
  assert values == {}


def test_absent_channels_are_put_in():
  result, values = widened([0, 1, 0, 1], [5, 99, 0, 99], [1, 1, 1, 1])
  np.testing.assert_array_equal(result, [[5, 11, 0, 13]] * 2)
  np.testing.assert_array_equal(values["node/constants"], [5, 0, 0, 0])


def test_absent_zeros_take_no_variable():
  result, values = widened([0, 1, 0, 1], [0, 99, 0, 99], [1, 1, 0, 1])
  np.testing.assert_array_equal(result, [[0, 11, 13]] * 2)
  assert values == {}


def test_everything_is_absent():
  result, values = widened([0, 0, 0, 0], [5, 6, 7, 8], [1, 0, 0, 1])
  np.testing.assert_array_equal(result, [[5, 8]] * 2)
  assert values["node/constants"].shape == (2,)


def test_maps():
  result, _ = widened([0, 1, 0, 0], [5, 99, 0, 7], [0, 1, 0, 1], (3, 2, 4))
  np.testing.assert_array_equal(
      result, np.broadcast_to([11.0, 7.0], [2, 3, 2, 2]))
