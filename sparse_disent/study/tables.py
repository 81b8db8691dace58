"""One table of all results of a study."""
import os
from collections.abc import Sequence
from typing import Any

from sparse_disent.common import writing
from sparse_disent.results import runs
from sparse_disent.results import scalars
from sparse_disent.study import definition
from sparse_disent.study import tasks

NAME = "results"


def rows(study: definition.Study, planned: Sequence[tasks.Task]
         ) -> list[dict[str, Any]]:
  """Collects the settings and scores of all models that have any.

  Args:
    study: The study.
    planned: Its tasks.

  Returns:
    rows: For each model a dictionary: "model", its number; "folder"; "state";
      a column for each setting that varies; "train/NAME" for what training
      reports, and "REPRESENTATION/METRIC/NAME" for each score, None if it is
      undefined.
  """
  varied = study.varied()
  result = []
  for task in planned:
    record = tasks.read(task)
    if record.state is tasks.State.WAITING:
      continue
    row: dict[str, Any] = {
        "model": task.number, "folder": os.path.basename(task.directory),
        "state": record.state.value}
    settings = study.settings(task.number)
    row.update((name, _cell(settings[name])) for name in varied
               if name in settings)
    result.append({**row, **_scores(task.directory)})
  return result


def _cell(value):
  """A value that a column of a table can hold: lists become text."""
  return value if isinstance(value, (bool, int, float, str)) else str(value)


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


def write(study: definition.Study, planned: Sequence[tasks.Task], output: str
          ) -> list[str]:
  """Writes `results.csv` and `results.parquet`.

  Args:
    study: The study.
    planned: Its tasks.
    output: Folder for the files.

  Returns:
    paths: Paths of the files; empty if there are no results yet.
  """
  import pandas as pd
  table = pd.DataFrame(rows(study, planned))
  if table.empty:
    return []
  paths = {os.path.join(output, f"{NAME}.parquet"):
           table.to_parquet(None, index=False),
           os.path.join(output, f"{NAME}.csv"):
           table.to_csv(index=False).encode()}
  writing.replace_files(paths)
  return list(paths)
