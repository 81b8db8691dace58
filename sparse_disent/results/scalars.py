"""The numbers in a result file, and the numbers of several seeds as one."""
import math
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np

from sparse_disent.results import runs as runs_lib

_REASON = "_undefined"


def scalars(results: dict[str, Any]
            ) -> Iterator[tuple[str, float | None, str | None]]:
  """Yields the numbers in a result file, and its undefined scores.

  Args:
    results: Dictionary. An undefined score is None, and "<name>_undefined"
      holds the reason.

  Yields:
    (name, value, reason): The value is a finite number and the reason None, or
      the value is None and the reason a text.
  """
  for name, value in results.items():
    if name in runs_lib.BOOKKEEPING or isinstance(value, bool):
      continue
    if value is None:
      yield name, None, str(results.get(name + _REASON, "no reason given"))
    elif isinstance(value, (int, float)):
      if math.isfinite(value):
        yield name, value, None
      else:
        yield name, None, f"the metric returned {value}"


def mean(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
  """Returns the results of several seeds of one metric as those of one.

  Args:
    results: List of dictionaries, at least one.

  Returns:
    Dictionary like each of them. A number is the mean over the seeds in which
    it is defined; if it is undefined in all of them, it is None, with the
    reason of the first. All that is no number is that of the first seed.
  """
  if len(results) == 1:
    return results[0]
  merged, found = dict(results[0]), {}
  for one in results:
    for name, value, reason in scalars(one):
      found.setdefault(name, []).append((value, reason))
  for name, pairs in found.items():
    values = [value for value, _ in pairs if value is not None]
    merged[name] = float(np.mean(values)) if values else None
    merged.pop(name + _REASON, None)
    if not values:
      merged[name + _REASON] = pairs[0][1]
  return merged


def with_mic(results: dict[str, Any],
             factors: Sequence[str]) -> dict[str, Any]:
  """Adds the entries of a matrix of MIC to results, as numbers with names.

  Args:
    results: Dictionary, which may hold "mic", [num_factors, num_groups].
    factors: Names of the factors.

  Returns:
    Dictionary with "mic:FACTOR:group_1" and so on, and "mic:FACTOR:largest".
  """
  rows = results.get("mic")
  if not (isinstance(rows, list) and len(rows) == len(factors)
          and all(isinstance(row, list) and row for row in rows)):
    return results
  named = {}
  for factor, row in zip(factors, rows, strict=True):
    known = [value for value in row if value is not None]
    entries = {"largest": max(known, default=None),
               **{f"group_{i}": value for i, value in enumerate(row, 1)}}
    for key, value in entries.items():
      named[f"mic:{factor}:{key}"] = value
      if value is None:
        named[f"mic:{factor}:{key}{_REASON}"] = results.get(f"mic{_REASON}")
  return {**results, **named}
