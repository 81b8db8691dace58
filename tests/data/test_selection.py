"""Factors and values as gin files choose them, and the errors, word by word."""
import re

import pytest
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.data.ground_truth import shapes3d
from disentanglement_lib.data.ground_truth import util
from support import small_data
from support import small_dsprites

from sparse_disent.data import selection

FULL = small_dsprites.without_images([1, 2, 3, 4, 5])
NAMES = "shape, scale, orientation, x, y"


def test_names():
  assert list(selection.factor_names(FULL)) == NAMES.split(", ")
  data = small_dsprites.without_images([5, 0, 2])
  assert list(selection.factor_names(data)) == ["y", "color", "scale"]
  assert list(selection.factor_names(small_data.Factors([2, 3]))) == [
      "factor 0", "factor 1"]
  # Upstream's class names them itself.
  data = dummy_data.IdentityObservationsData()
  assert selection.factor_names(data) == data.factor_names
  data = shapes3d.Shapes3D.__new__(shapes3d.Shapes3D)
  data.state_space = util.SplitDiscreteStateSpace(
      [10, 10, 10, 8, 4, 15], list(range(6)))
  assert selection.factor_names(data)[:2] == ("floor color", "wall color")


def test_pairs():
  assert selection.check_pairs(
      FULL, [("x", "y"), (0, "scale"), ["x", 2]], "correlated.pairs") == [
          (3, 4), (0, 1), (3, 2)]


def message(function, *arguments):
  with pytest.raises(ValueError) as error:
    function(FULL, *arguments)
  text, = str(error.value).splitlines()
  return text


@pytest.mark.parametrize("pairs, expected", [
    ([], "p must be a list of pairs of factors, but is []. Give names or "
     "indices: [('shape', 'scale'), (3, 4)]."),
    ("x", "p must be a list of pairs of factors, but is 'x'. Give names or "
     "indices: [('shape', 'scale'), (3, 4)]."),
    ([("x", "y", "scale")], "p must be a list of pairs of factors, but is "
     "[('x', 'y', 'scale')]. ('x', 'y', 'scale') is no pair. Write "
     "[('shape', 'scale'), (3, 4)]."),
    (("x", "y"), "p must be a list of pairs of factors, but is ('x', 'y'). 'x' "
     "is no pair. Write [('shape', 'scale'), (3, 4)]."),
    ([("x", "y"), ("y", 3)], "p must have each pair of factors once, but is "
     "[('x', 'y'), ('y', 3)]. Leave one ('y', 3) out."),
    ([("x", 3)], "p must pair two different factors, but is ('x', 3). Leave "
     "this pair out."),
    ([("Shapes", "y")], f"p must name factors of the data set, which are "
     f"{NAMES}, or have indices from 0 to 4, but is 'Shapes'. The nearest name "
     "is 'shape'."),
    ([("posX", "y")], f"p must name factors of the data set, which are "
     f"{NAMES}, or have indices from 0 to 4, but is 'posX'. The nearest name "
     "is 'x'."),
    ([(5, "y")], f"p must name factors of the data set, which are {NAMES}, or "
     "have indices from 0 to 4, but is 5. Give one of these names or indices."),
    ([(True, "y")], f"p must name factors of the data set, which are {NAMES}, "
     "or have indices from 0 to 4, but is True. Give one of these names or "
     "indices."),
])
def test_wrong_pairs(pairs, expected):
  assert message(selection.check_pairs, pairs, "p") == expected


def test_boxes():
  boxes = selection.check_boxes(FULL, [
      {"shape": 2, "x": "16:"}, {1: [0, 5], "y": ":3"},
      {"orientation": "10:12"}], "constrained.left_out")
  assert [{factor: list(values) for factor, values in box.items()}
          for box in boxes] == [
              {0: [2], 3: list(range(16, 32))}, {1: [0, 5], 4: [0, 1, 2]},
              {2: [10, 11]}]


@pytest.mark.parametrize("values", [
    6, -1, [], [0, 6], "2:2", "3:7", "7:", "1", "-2:", "x", None, 1.5, True])
def test_wrong_values(values):
  assert message(selection.check_boxes, [{"scale": values}], "p") == (
      f"p must have values of 'scale' from 0 to 5, but is {values!r}. Write "
      "one, a list of them, or a range: '3:6' has the upper half.")


@pytest.mark.parametrize("boxes", [[], {}, [{}], [("x", 3)], {"x": 3}, "x"])
def test_wrong_boxes(boxes):
  assert message(selection.check_boxes, boxes, "p") == (
      f"p must be a list of dictionaries from factors to values, but is "
      f"{boxes!r}. Write [{{'shape': 2, 'x': '16:'}}].")


def test_wrong_factors_of_boxes():
  assert re.search("but is 'sape'. The nearest name is 'shape'.$", message(
      selection.check_boxes, [{"sape": 1}], "p"))
  assert message(selection.check_boxes, [{"x": 1, 3: 2}], "p") == (
      "p must name each factor once in a dictionary, but is {'x': 1, 3: 2}. "
      "Leave one 3 out.")
