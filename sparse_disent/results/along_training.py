"""Scores along a training, which `evaluate --checkpoint` writes.

They are in `RUN/checkpoints/STEP/metrics`, laid out like `RUN/metrics`.
"""
import collections
import os
import pathlib

from sparse_disent.common import checks
from sparse_disent.results import damage
from sparse_disent.results import headlines
from sparse_disent.results import identity
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
        if checks.is_number(value):
          key = metric.representation, label, metric.name
          found.setdefault(key, {})[step] = float(value)
  shared = collections.Counter(key[:2] for key in found)
  return {(representation, label if shared[representation, label] == 1
           else f"{label}, {metric}"): values
          for (representation, label, metric), values in found.items()}


def _check_training(run, place, checkpoint):
  """Raises ValueError if scores are of a training with other settings.

  A model that is trained again is in the same place, and so are the scores of
  the checkpoints of before. Only the number of steps may have grown.
  """
  before = runs_lib.read_config(place, "train")
  for name, text in run.config.items():
    if (name != identity.STEPS and name in before
        and (identity.is_seed(name) or not identity.is_free(name))
        and _value(before[name]) != _value(text)):
      raise ValueError(
          f"'{place}' was made from another training than that of "
          f"'{run.model_dir}': {name} was {before[name]}, and is {text}. "
          f"Delete '{checkpoint}'.")


def _value(text):
  """A setting; the modules of a function may be told or not."""
  return repeats.function_name(text) if text.startswith(
      "@") else identity.value(text)


def _at(run, step):
  """The evaluations of one checkpoint, as those of a run."""
  evaluations = []
  for place, path in runs_lib.result_files(
      folder(run.path, step), "evaluation"):
    with damage.leaving_out(run.left_out):
      _check_training(run, place, folder(run.path, step))
      evaluations.append(runs_lib.Evaluation(
          place.parent.name, place.name, json_files.read(path),
          runs_lib.read_config(place, "evaluation")))
  return runs_lib.Run(run.path, evaluations=evaluations)
