"""Inputs, constants, factors and choices of channels."""
import numpy as np
import pytest
from support.known_nodes import SOURCE
from support.known_nodes import check
from support.known_nodes import check_computed

from sparse_disent.export import nodes


def test_input():
  check(nodes.Input("name", [3]), [0, 0, 0], [], [1, 1, 1], [], [])


def test_constant():
  check(nodes.Constant("fill", np.array([3.0, 4.0])), [1, 1], [3, 4], [0, 0],
        [], [])


def test_constant_map():
  check(nodes.Constant("zeros", np.zeros([4, 3, 2])), [1, 1], np.zeros(24),
        [0, 0], [], [])


def test_affine():
  node = SOURCE.affine(np.array([2.0, 3.0, 0.0]), np.array([0.0, 1.0, 5.0]))
  check(node, [0, 1, 1], [-5, 5], [1, 0, 0], [[1, 0, 0]])


def test_select():
  node = SOURCE.select(np.array([2, 1]))
  assert node.shape == (2,)
  check(node, [0, 1], [-2], [1, 0], [[0, 0, 1]])


@pytest.mark.parametrize("wanted", [[1, 1, 1], [0, 1, 1], [0, 1, 0]])
@pytest.mark.parametrize("scale, shift", [
    ([2.0, 1.0, 0.5], [0.0, 1.0, -1.0]), ([1.0, 3.0, 1.0], [0.0, 0.0, 0.0]),
    ([0.0, 0.0, 4.0], [0.0, 0.0, 0.0])])
def test_affine_computed(scale, shift, wanted):
  check_computed(SOURCE.affine(np.array(scale), np.array(shift)),
                 lambda array: array * scale + shift, wanted)


@pytest.mark.parametrize("wanted", [[1, 1, 1], [0, 1, 1], [0, 1, 0]])
def test_select_computed(wanted):
  check_computed(SOURCE.select(np.array([2, 1, 0])),
                 lambda array: array[:, ::-1], wanted)
