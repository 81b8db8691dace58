import types

import numpy as np
import pytest

from sparse_disent.compat import undefined
from sparse_disent.compat.corrections import tools


def test_a_wrapper_gets_the_original():
  module = types.SimpleNamespace(double=lambda x, times=2: times * x)

  @tools.wrap(module, "double")
  def double_and_add(original, x, **kwargs):
    return original(x, **kwargs) + 1

  assert module.double(3) == 7
  assert module.double(3, times=3) == 10


def test_a_module_gets_a_numpy_of_its_own():
  module = types.SimpleNamespace(np=np)
  tools.replace_numpy(module, mean=lambda values: "mine")
  assert module.np.mean([1, 2]) == "mine"
  assert module.np.sum([1, 2]) == 3
  assert np.mean([1, 2]) == 1.5


def test_rounding_does_not_make_a_constant_vary():
  values = np.array([[0.1] * 7, [0.0] * 7, [1] * 6 + [1 + 1e-6]], np.float32)
  assert np.var(values, axis=1)[0] > 0
  np.testing.assert_array_equal(
      tools.is_constant(values), [True, True, False])


@pytest.mark.parametrize("note, expected", [
    (lambda: tools.note_constant(
        np.array([[1, 1], [1, 2], [3, 3]]), "b", "a pity"),
     "these factors have one value only in the sample, a pity: [0, 2]"),
    (lambda: tools.note_constant(np.array([[1, 2]]), "b", "a pity"), None),
    (lambda: tools.note_single_factor(np.array([[1, 2]]), "b"),
     "the data set has one factor, and there are no others to compare it with"),
    (lambda: tools.note_single_factor(np.array([[1], [2]]), "b"), None)])
def test_reasons_are_noted_where_they_hold(note, expected):

  def metric(representation_function):
    note()
    return {"b": np.nan}

  scores = undefined.resolved(metric)(lambda x: x)
  assert scores["b_undefined"] == (expected or "the computation gave nan")
