"""Reports scores that have no value as JSON null and the reason, never NaN."""
from collections.abc import Callable


def report(name: str, reason: str, value: list | None = None) -> dict:
  """Results for a score that is undefined, or that has undefined entries.

  Args:
    name: Name of the score in the results.
    reason: Why it is undefined.
    value: None; for a score with many entries its nested lists, with None for
      each undefined entry.

  Returns:
    results: Dictionary with `name` and `name`_undefined, to be merged into the
      results of a metric.
  """
  return {name: value, f"{name}_undefined": reason}


def unless(reason: str | None, name: str, compute: Callable[[], float]) -> dict:
  """Results for a score that is computed unless there is a reason not to.

  Args:
    reason: Why the score is undefined; None if it has a value.
    name: Name of the score in the results.
    compute: Function that returns the score.

  Returns:
    results: Dictionary, see `report`.
  """
  return report(name, reason) if reason else {name: float(compute())}
