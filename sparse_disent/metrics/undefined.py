"""Scores that have no value: JSON null and the reason, never NaN."""


def report(name, reason, value=None):
  """How a metric reports a score that is undefined, or partly so.

  Args:
    name: What the score is called among the results.
    reason: String.
    value: None; or the nested lists of a score with many entries, with None for
      each that is undefined.

  Returns:
    results: Dictionary with `name` and `name`_undefined, to be merged into the
      results of a metric.
  """
  return {name: value, f"{name}_undefined": reason}
