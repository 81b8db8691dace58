"""Scores along a training, which `evaluate --checkpoint` writes.

They are in `RUN/checkpoints/STEP/metrics`, laid out like `RUN/metrics`.
"""
import collections
import math
import os
import pathlib

from sparse_disent.results import contents
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
    scores, such as {("mean", "MIG"): {1000: 0.02, 2000: 0.1}}. Scores are means
    over the seeds of a metric; a label that several metrics share names the
    metric. Undefined scores are left out.
  """
  found: dict[tuple[str, str, str], dict[int, float]] = {}
  steps = sorted(int(path.name) for path in pathlib.Path(
      run.path, FOLDER).glob("*") if path.name.isdecimal())
  for step in steps:
    for metric in repeats.of_run(_at(run, step)):
      results = metric.results
      for name, label in headlines.labels(
          metric.function or metric.name, results).items():
        value = results.get(name)
        if contents.is_number(value) and math.isfinite(value):
          key = metric.representation, label, metric.name
          found.setdefault(key, {})[step] = float(value)
  shared = collections.Counter(key[:2] for key in found)
  return {(representation, label if shared[representation, label] == 1
           else f"{label}, {metric}"): values
          for (representation, label, metric), values in found.items()}


def _at(run, step):
  """The evaluations of one checkpoint, as those of a run."""
  evaluations = []
  for place, path in runs_lib.result_files(
      folder(run.path, step), "evaluation"):
    with damage.leaving_out(run.left_out):
      evaluations.append(runs_lib.Evaluation(
          place.parent.name, place.name, json_files.read(path),
          runs_lib.read_config(place, "evaluation")))
  return runs_lib.Run(run.path, evaluations=evaluations)
