"""Scores along a training, which `evaluate --checkpoint` writes.

They are in `RUN/checkpoints/STEP/metrics`, laid out like `RUN/metrics`.
"""
import os
import pathlib

from sparse_disent.results import damage
from sparse_disent.results import headlines
from sparse_disent.results import json_files
from sparse_disent.results import repeats
from sparse_disent.results import runs as runs_lib

FOLDER = "checkpoints"


def folder(run: str | os.PathLike, step: int) -> str:
  """Returns the folder for the results of one checkpoint of a run."""
  return os.path.join(run, FOLDER, str(step))


def scores(run: runs_lib.Run) -> dict[tuple[str, str], dict[int, float]]:
  """Reads the main scores of all checkpoints of a run.

  Args:
    run: A `Run`.

  Returns:
    Dictionary from (representation, label) to dictionaries from steps to
    scores, such as {("mean", "MIG"): {1000: 0.02, 2000: 0.1}}.
  """
  found: dict[tuple[str, str], dict[int, float]] = {}
  steps = sorted(int(path.name) for path in pathlib.Path(
      run.path, FOLDER).glob("*") if path.name.isdecimal())
  for step in steps:
    for place, path in runs_lib.result_files(
        folder(run.path, step), "evaluation"):
      results = config = {}
      with damage.leaving_out(run.left_out):
        results = json_files.read(path)
        config = runs_lib.read_config(place, "evaluation")
      function = repeats.function_name(
          config.get("evaluation.evaluation_fn", place.name))
      for name, label in headlines.labels(function, results).items():
        value = results.get(name)
        if isinstance(value, (int, float)):
          key = place.parent.name, label
          found.setdefault(key, {})[step] = float(value)
  return found
