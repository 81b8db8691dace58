"""One table of all results of a study."""
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sparse_disent.common import writing
from sparse_disent.results import runs
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
      reports, and "REPRESENTATION/METRIC/NAME" for each score.
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
  scores = {}
  for run in found:
    _add(scores, "train", run.training)
    for evaluation in run.evaluations:
      _add(scores, f"{evaluation.representation}/{evaluation.metric}",
           evaluation.results.get("evaluation_results", {}))
  return scores


def _add(scores: dict[str, Any], prefix: str, results: Mapping[str, Any]):
  """Adds the numbers of nested results; lists, such as matrices, stay out."""
  for name, value in results.items():
    if isinstance(value, Mapping):
      _add(scores, f"{prefix}/{name}", value)
    elif isinstance(value, (int, float)) and name not in runs.BOOKKEEPING:
      scores[f"{prefix}/{name}"] = value


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
