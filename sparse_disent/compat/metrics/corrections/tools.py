"""Helpers of the corrections: wrapping a metric, noting reasons."""
import functools

import numpy as np

from sparse_disent.compat.metrics import undefined


def wrap_metric(module, name):
  """Decorates a wrapper of a metric, which gets the original first.

  It stands between gin and the metric: `compat.metrics.patches` registers it.
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


def is_constant(values):
  """Returns which rows of `[num_variables, num_points]` have one value only.

  By rounding, the variance of a constant is not always 0.
  """
  return np.ptp(values, axis=1) == 0


def note_constant(factors, pattern, reason):
  """Notes a reason for scores that need all factors to vary in the sample."""
  constant = np.flatnonzero(is_constant(factors)).tolist()
  if constant:
    undefined.note(pattern, "these factors have one value only in the sample, "
                   f"{reason}: {constant}")


def note_single_factor(factors, pattern):
  """Notes a reason for scores that need several factors."""
  if len(factors) == 1:
    undefined.note(pattern, "the data set has one factor, and there are no "
                   "others to compare it with")
