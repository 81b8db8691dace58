"""Helpers of the corrections: wrapping a metric, noting reasons."""
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from sparse_disent.compat.metrics import undefined


def wrap_metric(module: Any, name: str) -> Callable[..., None]:
  """Returns a decorator that puts a wrapper around a metric.

  The wrapper gets the original metric as its first argument. gin calls it in
  place of the metric once `compat.metrics.patches` has registered it.

  Args:
    module: Module of upstream's.
    name: String, the metric's name in it.
  """
  def put(wrapper):
    configurable = getattr(module, name, None)
    if hasattr(configurable, "__wrapped__"):
      configurable.__wrapped__ = _around(wrapper, configurable.__wrapped__)

  return put


def _around(wrapper, original):

  @functools.wraps(original)
  def function(*args, **kwargs):
    return wrapper(original, *args, **kwargs)

  return function


def is_constant(values: np.ndarray) -> np.ndarray:
  """Finds the rows that have one value only.

  Their variance is no criterion: rounding may make it differ from 0.

  Args:
    values: Array `[num_variables, num_points]`.

  Returns:
    Boolean array `[num_variables]`.
  """
  return np.ptp(values, axis=1) == 0


def note_constant(factors: np.ndarray, pattern: str, reason: str) -> None:
  """Notes a reason for scores that need all factors to vary in the sample.

  Args:
    factors: Array `[num_factors, num_points]`.
    pattern: Regular expression for the names of the scores.
    reason: String, follows "these factors have one value only in the sample".
  """
  constant = np.flatnonzero(is_constant(factors)).tolist()
  if constant:
    undefined.note(pattern, "these factors have one value only in the sample, "
                   f"{reason}: {constant}")


def note_single_factor(factors: np.ndarray, pattern: str) -> None:
  """Notes a reason for scores that need several factors.

  Args:
    factors: Array `[num_factors, ...]`.
    pattern: Regular expression for the names of the scores.
  """
  if len(factors) == 1:
    undefined.note(pattern, "the data set has one factor, and there are no "
                   "others to compare it with")
