"""Scores that have no value: null in the results, beside the reason.

NaN would hide in averages, and is not JSON.
"""
import contextlib
import functools
import inspect
import math
import numbers
import re
import warnings

import numpy as np

from sparse_disent.compat.metrics import tolerant_classifier

_SUFFIX = "_undefined"
# How the reason of a score begins that no metric expected.
UNEXPLAINED = "the computation gave"
# What the metrics that run have noted, the innermost last.
_notes = []


def note(pattern, reason):
  """Says why some scores of the metric that runs have no value.

  Args:
    pattern: Regular expression for the names of these scores.
    reason: String.
  """
  if _notes:
    _notes[-1].append((pattern, reason))


@contextlib.contextmanager
def _noted():
  """Collects what is noted."""
  _notes.append([])
  try:
    yield _notes[-1]
  finally:
    _notes.pop()


def resolve(results, notes=()):
  """Replaces what is not finite in a dictionary of results, in place.

  Args:
    results: Dictionary of scores: numbers, or nested lists and dictionaries of
      them.
    notes: Pairs of a pattern and a reason, see `note`; the first pattern that
      is found in a score's name gives its reason.

  Returns:
    results: With None for NaN and infinities, and the reason for that as
      "NAME_undefined".
  """
  for name, value in list(results.items()):
    finite = _finite(value)
    if finite is not value:
      results[name] = finite
      results.setdefault(name + _SUFFIX, next(
          (reason for pattern, reason in notes if re.search(pattern, name)),
          f"{UNEXPLAINED} {_short(value)}"))
  return results


def _short(value):
  many = isinstance(value, (list, tuple, dict))
  return "values that are not finite" if many else value


def _finite(value):
  """Returns None for what is not finite; also within lists and dicts."""
  if isinstance(value, dict):
    entries = {key: _finite(entry) for key, entry in value.items()}
    return (value if all(entries[key] is value[key] for key in value)
            else entries)
  if isinstance(value, (list, tuple)):
    entries = [_finite(entry) for entry in value]
    unchanged = all(new is old for new, old in zip(entries, value, strict=True))
    return value if unchanged else entries
  is_number = isinstance(value, numbers.Real)
  return None if is_number and not math.isfinite(value) else value


def warn(results):
  """Warns of the scores that have no value, with the reasons."""
  reasons = {}
  for name, value in results.items():
    if name.endswith(_SUFFIX):
      reasons.setdefault(value, []).append(name.removesuffix(_SUFFIX))
  for reason, names in reasons.items():
    warnings.warn(f"No value for {', '.join(names)}: {reason}.", stacklevel=3)


def resolved(compute):
  """Returns a metric like `compute` without NaN in its results.

  Args:
    compute: Function with a parameter `representation_function` that returns a
      dictionary of scores.

  Returns:
    A function with the same signature. It raises a ValueError if a
    representation is not finite, takes one without latents for a constant, and
    leaves NumPy's warnings of divisions by zero to the reasons.
  """
  signature = inspect.signature(compute)

  @functools.wraps(compute)
  def compute_resolved(*args, **kwargs):
    call = signature.bind(*args, **kwargs)
    call.arguments["representation_function"] = _usable(
        call.arguments["representation_function"])
    return explained(compute, *call.args, **call.kwargs)

  # What gin looks at.
  compute_resolved.__signature__ = signature
  return compute_resolved


def explained(compute, *args, **kwargs):
  """Returns the results of a metric, null with its reason in place of NaN."""
  with tolerant_classifier.convergence_reported(), _noted() as notes, \
      np.errstate(divide="ignore", invalid="ignore"), \
      warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
    results = compute(*args, **kwargs)
  return resolve(results, notes)


def _usable(representation_function):

  def represent(observations):
    representation = representation_function(observations)
    broken = np.flatnonzero(~np.isfinite(representation).all(axis=0))
    if broken.size:
      raise ValueError(
          f"The representation is not finite: latents {broken.tolist()} have "
          "values that are NaN or infinite. The model has diverged, or its "
          "module is damaged; train or export it again.")
    if representation.shape[1] == 0:
      return np.zeros([len(representation), 1], np.float32)
    return representation

  return represent
