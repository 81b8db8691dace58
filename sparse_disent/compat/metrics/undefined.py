"""Scores that have no value: null in the results, with the reason beside it.

NaN would hide in averages, and is not JSON.
"""
import contextlib
import functools
import inspect
import math
import numbers
import re
import warnings
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import numpy as np

from sparse_disent.compat.metrics import tolerant_classifier

_SUFFIX = "_undefined"
# First words of the reason if no metric noted one.
UNEXPLAINED = "the computation gave"
# Lists of (pattern, reason), one for each running metric, innermost last.
_notes = []


def note(pattern: str, reason: str) -> None:
  """Notes why some scores of the running metric have no value.

  Args:
    pattern: Regular expression for the names of these scores.
    reason: String.
  """
  if _notes:
    _notes[-1].append((pattern, reason))


@contextlib.contextmanager
def _noted():
  """Yields a list that collects the calls of `note`."""
  _notes.append([])
  try:
    yield _notes[-1]
  finally:
    _notes.pop()


def resolve(results: dict[Any, Any],
            notes: Iterable[tuple[str, str]] = ()) -> dict[Any, Any]:
  """Replaces NaN and infinities in a dictionary of results, in place.

  Args:
    results: Dictionary of scores: numbers, or nested lists and dictionaries of
      them.
    notes: Pairs of a pattern and a reason, see `note`. A score gets the reason
      of the first pattern that is found in its name.

  Returns:
    `results`, with None in place of NaN and infinities. The reason for the None
    of a score NAME is under the key "NAME_undefined".
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
  """Returns a value with None for NaN and infinities, at any depth.

  A value that is finite throughout is returned itself, not a copy.
  """
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


def warn(results: Mapping[str, Any]) -> None:
  """Warns of the scores that have no value, once for each reason."""
  reasons = {}
  for name, value in results.items():
    if name.endswith(_SUFFIX):
      reasons.setdefault(value, []).append(name.removesuffix(_SUFFIX))
  for reason, names in reasons.items():
    warnings.warn(f"No value for {', '.join(names)}: {reason}.", stacklevel=3)


def resolved(
    compute: Callable[..., dict[Any, Any]]) -> Callable[..., dict[Any, Any]]:
  """Returns a metric like `compute` without NaN in its results.

  Args:
    compute: Function with a parameter `representation_function` that returns a
      dictionary of scores.

  Returns:
    A function with the same signature. It raises a ValueError if a
    representation is not finite, and takes a representation without latents for
    a constant latent. NumPy does not warn of divisions by zero in it, as the
    results state the reasons.
  """
  signature = inspect.signature(compute)

  @functools.wraps(compute)
  def compute_resolved(*args, **kwargs):
    call = signature.bind(*args, **kwargs)
    call.arguments["representation_function"] = _usable(
        call.arguments["representation_function"])
    return explained(compute, *call.args, **call.kwargs)

  # gin reads the signature here.
  compute_resolved.__signature__ = signature  # type: ignore[attr-defined]
  return compute_resolved


def explained(compute: Callable[..., dict[Any, Any]], *args: Any,
              **kwargs: Any) -> dict[Any, Any]:
  """Computes a metric; NaN in its results becomes None, beside the reason."""
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
