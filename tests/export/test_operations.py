"""Activations, softmax, concatenation and reshapes."""
import numpy as np
import pytest
from support.known_nodes import CONSTANTS
from support.known_nodes import SOURCE
from support.known_nodes import Known
from support.known_nodes import booleans
from support.known_nodes import check
from support.known_nodes import check_computed
from support.known_nodes import computed
from support.known_nodes import known

from sparse_disent.export import nodes
from sparse_disent.export import operations

MAP_CONSTANTS = known([0, 1], np.arange(8).reshape([2, 2, 2]))


@pytest.mark.parametrize("kind, expected", [
    ("Relu", 0.0), ("Tanh", -0.96402758)])
def test_activation(kind, expected):
  check(operations.Activation("name", SOURCE, kind), [0, 1, 0], [expected],
        [0, 0, 1], [[0, 0, 1]])


def test_softmax_reads_everything_that_is_not_constant():
  node = operations.Softmax("name", SOURCE)
  check(node, [0, 0, 0], [], [0, 0, 1], [[1, 0, 1]])
  check(node, [0, 0, 0], [], [0, 0, 0], [[0, 0, 0]])


def test_concat():
  other = nodes.Input("other", [2])
  node = operations.Concat("name", [SOURCE, other])
  assert node.shape == (5,)
  check(node, [0, 1, 0, 1, 0], [-2, 7], [0, 0, 1, 0, 1],
        [[0, 0, 1], [0, 1]], [CONSTANTS, known([1, 0], [7, 9])])


def test_affine_of_a_concat_is_that_of_its_parts():
  node = operations.Concat("name", [SOURCE, nodes.Input("other", [2])]).affine(
      np.arange(5.0), np.arange(5.0))
  first, second = node.inputs
  check(first, [1, 1, 0], [0, -1], [0, 0, 1], [[0, 0, 1]])
  check(second, [0, 0], [], [1, 0], [[1, 0]], [known([0, 0], [9, 9])])


def test_flatten():
  node = operations.Flatten("name", Known(MAP_CONSTANTS))
  assert node.shape == (8,)
  # One place of the first channel is enough to need it.
  check(node, [0, 1] * 4, [1, 3, 5, 7], [0, 0, 1, 0, 0, 0, 0, 0], [[1, 0]],
        [MAP_CONSTANTS])


def test_unflatten():
  node = operations.Unflatten("name", nodes.Input("input", [8]), (2, 2, 2))
  assert node.shape == (2, 2, 2)
  # A channel is constant if all of its units are.
  check(node, [0, 1], [1, 3, 5, 7], [1, 0], [[1, 0, 1, 0, 0, 0, 1, 0]],
        [known([0, 1, 0, 1, 1, 1, 0, 1], np.arange(8))])


@pytest.mark.parametrize("wanted", [[1, 1, 1], [0, 1, 1], [0, 1, 0]])
@pytest.mark.parametrize("node, expected", [
    (operations.Activation("name", SOURCE, "Relu"),
     lambda array: np.maximum(array, 0.0)),
    (operations.Activation("name", SOURCE, "Tanh"), np.tanh),
    (operations.Softmax("name", SOURCE),
     lambda array: np.exp(array) / np.exp(array).sum(axis=1, keepdims=True)),
    (operations.Concat("name", [SOURCE]), lambda array: array)])
def test_computed(node, expected, wanted):
  check_computed(node, expected, wanted)


@pytest.mark.parametrize("wanted", [[1] * 8, [1, 0, 0, 1, 0, 0, 0, 0]])
def test_flatten_computed(wanted):
  array = np.random.RandomState(0).normal(size=[4, 2, 2, 2])
  array[..., 1] = MAP_CONSTANTS.values[..., 1]
  actual = computed(
      operations.Flatten("name", Known(MAP_CONSTANTS)), array, wanted)
  np.testing.assert_allclose(
      actual, array.reshape([4, 8])[:, booleans(*wanted)], rtol=1e-6)


@pytest.mark.parametrize("wanted", [[1, 1], [1, 0], [0, 1]])
def test_unflatten_computed(wanted):
  constants = known([0, 1, 0, 0, 1, 1, 0, 1], np.arange(8))
  array = np.random.RandomState(0).normal(size=[4, 8])
  array[:, constants.mask] = np.arange(8)[constants.mask]
  actual = computed(operations.Unflatten("name", Known(constants), (2, 2, 2)),
                    array, wanted)
  np.testing.assert_allclose(
      actual, array.reshape([4, 2, 2, 2])[..., booleans(*wanted)], rtol=1e-6)
