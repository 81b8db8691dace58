"""Reads the five scores of a run, and writes them as text."""
import math
import os
from collections.abc import Sequence

from sparse_disent.challenge import contract
from sparse_disent.common import text_table
from sparse_disent.results import json_files


def key(metric: str) -> str:
  """Returns the name of a metric's score in its file."""
  return f"evaluation_results.{contract.SCORES[metric]}"


def results(run_dir: str, metric: str) -> dict:
  """Reads the results of a metric on a run.

  Args:
    run_dir: Folder of the run's output.
    metric: One of `contract.SCORES`.

  Returns:
    Dictionary from names to values: the metric's results and, with other
    prefixes, those of the steps before.

  Raises:
    FileNotFoundError: If the run was not graded.
    ValueError: If the file does not hold the score.
  """
  path = os.path.join(
      run_dir, "metrics", metric, "results", "aggregate", "evaluation.json")
  try:
    found = json_files.read(path)
  except FileNotFoundError as error:
    raise FileNotFoundError(
        f"'{run_dir}' has no score of {metric}: there is no '{path}'. Run "
        "`sparse-disent challenge grade`, or give the folder that holds "
        "metrics/.") from error
  if key(metric) not in found:
    raise ValueError(
        f"'{path}' has no {key(metric)}: it is not what the challenge's metric "
        "writes. Grade the run again.")
  return found


def read(
    run_dir: str,
    metrics: Sequence[str] = tuple(contract.SCORES)) -> dict[str, float | None]:
  """Reads the scores of a run.

  Args:
    run_dir: Folder of the run's output.
    metrics: Names of metrics.

  Returns:
    scores: Dictionary from the name of a metric to a number, in the starter
      kit's order. It is None for an undefined score, which other graders may
      have written as NaN.

  Raises:
    FileNotFoundError: If the run was not graded.
    ValueError: If a file does not hold the score, or it is no number.
  """
  found = {metric: results(run_dir, metric)[key(metric)]
           for metric in contract.SCORES if metric in metrics}
  for metric, value in found.items():
    if value is None:
      continue
    if isinstance(value, bool) or not isinstance(value, (int, float)):
      raise ValueError(
          f"{key(metric)} of '{run_dir}' must be a number, but is {value!r}. "
          "Grade the run again.")
    if not math.isfinite(value):
      found[metric] = None
  return found


def text(scores: dict[str, float | None]) -> str:
  """Writes scores as lines: metric, name of the score in its file, value."""
  return "\n".join(text_table.lines(
      [(metric, key(metric), number(value))
       for metric, value in scores.items()], num_left=3))


def number(value: float | None) -> str:
  """Writes one score; None is undefined."""
  return "undefined" if value is None else f"{value:.6f}"
