"""What each kind of node knows of constants and of what it reads."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.export import liveness
from sparse_disent.export import nodes
from sparse_disent.export import writing


def known(mask, values):
  return nodes.Constants(np.array(mask, bool), np.array(values, float))


def booleans(*numbers):
  return np.array(numbers, bool)


SOURCE = nodes.Input("input", [3])
# The second channel is the constant -2.
CONSTANTS = known([0, 1, 0], [9, -2, 9])


def check(node, expected_mask, expected_values, needed, reads,
          constants=(CONSTANTS,)):
  result = node.constants(*constants)
  np.testing.assert_array_equal(result.mask, booleans(*expected_mask))
  np.testing.assert_allclose(
      result.values[..., result.mask].reshape(-1), expected_values)
  actual = node.reads(booleans(*needed), *constants)
  assert len(actual) == len(reads)
  for mask, expected in zip(actual, reads, strict=True):
    np.testing.assert_array_equal(mask, booleans(*expected))


def test_input():
  check(SOURCE, [0, 0, 0], [], [1, 1, 1], [], [])


def test_constant():
  check(nodes.Constant("fill", np.array([3.0, 4.0])), [1, 1], [3, 4], [0, 0],
        [], [])


def test_affine():
  node = SOURCE.affine(np.array([2.0, 3.0, 0.0]), np.array([0.0, 1.0, 5.0]))
  check(node, [0, 1, 1], [-5, 5], [1, 0, 0], [[1, 0, 0]])


@pytest.mark.parametrize("kind, expected", [
    ("Relu", 0.0), ("Tanh", -0.96402758)])
def test_activation(kind, expected):
  check(nodes.Activation("name", SOURCE, kind), [0, 1, 0], [expected],
        [0, 0, 1], [[0, 0, 1]])


def test_softmax_reads_everything_that_is_not_constant():
  node = nodes.Softmax("name", SOURCE)
  check(node, [0, 0, 0], [], [0, 0, 1], [[1, 0, 1]])
  check(node, [0, 0, 0], [], [0, 0, 0], [[0, 0, 0]])


def test_concat():
  other = nodes.Input("other", [2])
  node = nodes.Concat("name", [SOURCE, other])
  assert node.shape == (5,)
  check(node, [0, 1, 0, 1, 0], [-2, 7], [0, 0, 1, 0, 1],
        [[0, 0, 1], [0, 1]], [CONSTANTS, known([1, 0], [7, 9])])


def test_affine_of_a_concat_is_that_of_its_parts():
  node = nodes.Concat("name", [SOURCE, nodes.Input("other", [2])]).affine(
      np.arange(5.0), np.arange(5.0))
  first, second = node.inputs
  check(first, [1, 1, 0], [0, -1], [0, 0, 1], [[0, 0, 1]])
  check(second, [0, 0], [], [1, 0], [[1, 0]], [known([0, 0], [9, 9])])


def test_select():
  node = SOURCE.select(np.array([2, 1]))
  assert node.shape == (2,)
  check(node, [0, 1], [-2], [1, 0], [[0, 0, 1]])


MAP = nodes.Input("input", [2, 2, 2])
MAP_CONSTANTS = known([0, 1], np.arange(8).reshape([2, 2, 2]))


def test_flatten():
  node = nodes.Flatten("name", MAP)
  assert node.shape == (8,)
  # One place of the first channel is enough to need it.
  check(node, [0, 1] * 4, [1, 3, 5, 7], [0, 0, 1, 0, 0, 0, 0, 0], [[1, 0]],
        [MAP_CONSTANTS])


def test_unflatten():
  node = nodes.Unflatten("name", nodes.Input("input", [8]), (2, 2, 2))
  assert node.shape == (2, 2, 2)
  # A channel is constant if all of its units are.
  check(node, [0, 1], [1, 3, 5, 7], [1, 0],
        [[1, 0, 1, 0, 0, 0, 1, 0]],
        [known([0, 1, 0, 1, 1, 1, 0, 1], np.arange(8))])


def computed(node, source, array, wanted, constants):
  """A node's wanted channels; of the input its constants are left out."""
  network = nodes.Network(source, {"output": node}, [source, node], [])
  plan = liveness.plan(network, wanted)
  plan.constants[source] = constants
  with tf.Graph().as_default(), tf.Session() as session:
    tensor = tf.constant(array[..., ~constants.mask], tf.float32)
    variables = writing.Variables()
    output = writing.Application(
        plan, variables, tensor, ~constants.mask).output("output", wanted)
    for variable in tf.global_variables():
      session.run(variable.assign(variables.values[variable.op.name]))
    return session.run(output)


@pytest.mark.parametrize("wanted", [[1, 1, 1], [0, 1, 1], [0, 1, 0]])
@pytest.mark.parametrize("make, expected", [
    (lambda source: nodes.Activation("name", source, "Relu"),
     lambda array: np.maximum(array, 0.0)),
    (lambda source: source.affine(
        np.array([2.0, 1.0, 0.5]), np.array([0.0, 1.0, -1.0])),
     lambda array: array * [2.0, 1.0, 0.5] + [0.0, 1.0, -1.0]),
    (lambda source: nodes.Softmax("name", source),
     lambda array: np.exp(array) / np.exp(array).sum(axis=1, keepdims=True)),
    (lambda source: source.select(np.array([2, 1, 0])),
     lambda array: array[:, ::-1]),
    (lambda source: nodes.Concat("name", [source]), lambda array: array)])
def test_emitted(make, expected, wanted):
  array = np.random.RandomState(0).normal(size=[4, 3])
  array[:, 1] = -2.0
  wanted = booleans(*wanted)
  actual = computed(make(SOURCE), SOURCE, array, wanted, CONSTANTS)
  np.testing.assert_allclose(
      actual, expected(array)[:, wanted], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("wanted", [[1] * 8, [1, 0, 0, 1, 0, 0, 0, 0]])
def test_flatten_emitted(wanted):
  array = np.random.RandomState(0).normal(size=[4, 2, 2, 2])
  array[..., 1] = MAP_CONSTANTS.values[..., 1]
  wanted = booleans(*wanted)
  actual = computed(
      nodes.Flatten("name", MAP), MAP, array, wanted, MAP_CONSTANTS)
  np.testing.assert_allclose(
      actual, array.reshape([4, 8])[:, wanted], rtol=1e-6)


def test_unflatten_emitted():
  source = nodes.Input("input", [8])
  array = np.random.RandomState(0).normal(size=[4, 8])
  constants = known([0, 1, 0, 0, 1, 1, 0, 1], np.arange(8))
  array[:, constants.mask] = np.arange(8)[constants.mask]
  actual = computed(nodes.Unflatten("name", source, (2, 2, 2)), source, array,
                    booleans(1, 1), constants)
  np.testing.assert_allclose(actual, array.reshape([4, 2, 2, 2]), rtol=1e-6)
