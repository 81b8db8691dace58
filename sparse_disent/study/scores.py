"""Scores of the models of a study, for a search to choose by."""
from collections.abc import Sequence
from typing import Any

from sparse_disent.results import runs
from sparse_disent.results import scalars
from sparse_disent.study import tasks


def rows(planned: Sequence[tasks.Task]) -> list[dict[str, Any]]:
  """Collects the scores of all models that are begun.

  Args:
    planned: Tasks of a study.

  Returns:
    rows: For each model a dictionary: "model", its number; "state";
      "train/NAME" for what training reports, and "REPRESENTATION/METRIC/NAME"
      for each score, None if it is undefined.
  """
  records = [(task, tasks.read(task)) for task in planned]
  return [{"model": task.number, "state": record.state.value,
           **_scores(task.directory)}
          for task, record in records
          if record.state is not tasks.State.WAITING]


def _scores(directory):
  try:
    found = runs.find([directory])
  except FileNotFoundError:
    return {}
  return {f"{prefix}/{name}": value
          for run in found for prefix, results in _results(run)
          for name, value, _ in scalars.scalars(results)}


def _results(run):
  yield "train", run.training
  for evaluation in run.evaluations:
    yield f"{evaluation.representation}/{evaluation.metric}", evaluation.results
