"""One table of all results of a study."""
import os
import pathlib
from collections.abc import Sequence
from typing import Any

from sparse_disent.common import natural
from sparse_disent.common import writing
from sparse_disent.results import damage
from sparse_disent.results import json_files
from sparse_disent.results import models
from sparse_disent.results import runs
from sparse_disent.results import table
from sparse_disent.study import hparams
from sparse_disent.study import tasks

NAME = "results"
# Set in each job of a Slurm array: thousands of jobs do not each read what all
# others have written.
_JOB = "SLURM_ARRAY_TASK_ID"


def rows(found: Sequence[models.Model], output: str,
         left_out: list[str] | None = None) -> list[dict[str, Any]]:
  """Collects the settings and scores of all models in a study's folder.

  Args:
    found: The models below `output`.
    output: Folder of the results.
    left_out: List to which a message is added for each damaged record; None to
      raise an error.

  Returns:
    rows: Those of `results.table`, with "state", the state of the task. A model
      without results, such as one that failed, has a row with its folder alone.
  """
  root = pathlib.Path(output).resolve()
  states = _states(root, left_out)
  made = []
  for row in table.rows(found):
    place = pathlib.Path(row["run"]).resolve()
    folder = os.path.relpath(place, root)
    made.append({**row, "run": folder, "state": states.get(folder)})
  begun = {row["run"] for row in made}
  return made + [{"run": folder, "state": state}
                 for folder, state in states.items() if folder not in begun]


def _states(root, left_out):
  """Dictionary from folders of tasks to their states."""
  states = {}
  for path in sorted(root.glob(f"*/{tasks.RECORD}"), key=natural.key):
    with damage.leaving_out(left_out):
      states[path.parent.name] = str(json_files.read(path).get("state"))
  return states


def write(output: str, left_out: list[str] | None = None) -> list[str]:
  """Writes `results.csv`, `results.parquet`, and what TensorBoard shows.

  The table has all models of the folder, also of earlier sweeps.

  Args:
    output: Folder of the study's results.
    left_out: List to which a message is added for each damaged or stray file,
      which is left out; None to raise an error.

  Returns:
    paths: Paths of the table; empty if there are no results yet, and in a job
      of a Slurm array.
  """
  if _JOB in os.environ or not os.path.isdir(output):
    return []
  try:
    # Those that confirm a search are another study, in a folder within.
    found = models.group([
        run for run in runs.find([output], left_out)
        if run.path.parent == pathlib.Path(output).resolve()])
  except FileNotFoundError:
    found = []
  made = rows(found, output, left_out)
  if not made:
    return []
  files = {os.path.join(output, f"{NAME}{ending}"): data
           for ending, data in table.files(made).items()}
  writing.replace_files({**files, **hparams.files(found, output)})
  return list(files)
