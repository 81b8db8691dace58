import functools
import types

import numpy as np
import pytest

from sparse_disent.compat.metrics import undefined
from sparse_disent.compat.metrics.corrections import tools


def test_a_wrapper_stands_between_gin_and_the_metric():
  def metric(x, times=2):
    return times * x

  module = types.SimpleNamespace(metric=functools.wraps(metric)(lambda: None))

  @tools.wrap_metric(module, "metric")
  def compute(original, *args, **kwargs):
    return original(*args, **kwargs) + 1

  assert module.metric.__wrapped__(3, times=3) == 10
  assert module.metric.__wrapped__.__wrapped__ is metric
  tools.wrap_metric(module, "a_fork_has_none")(compute)


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
