"""Runs without their models, in one small file.

The file holds

  {"provenance": {...}, "config": {...}, "metrics": [...], "runs": [...]}

"config" holds the gin parameters, as text, that all runs share. An entry of
"metrics" has "representation", "metric" (the name of a folder), "config" and
"postprocessing". A run has the rest of its "config", the results of its
"training", and "evaluations": results of metrics by their place in "metrics".
A score of null is undefined, and "<name>_undefined" says why.
"""
import importlib.metadata
import math
import os
import pathlib
from collections.abc import Sequence
from typing import Any

from sparse_disent.baselines import record as record_lib
from sparse_disent.data import origin
from sparse_disent.results import contents
from sparse_disent.results import identity
from sparse_disent.results import json_files
from sparse_disent.results import runs as runs_lib

# Names of the origins of dSprites in a file.
LABELS = {record_lib.ORIGINAL: "original data",
          record_lib.RE_RENDERED: "re-rendered dSprites",
          record_lib.UNKNOWN: "dSprites of unknown origin"}
_DIGITS = 6  # Of a result.
_TOLD = ("model.name", "evaluation.name")
_PACKAGES = ("sparse_disent", "disentanglement-lib", "tensorflow", "numpy",
             "scikit-learn")


def make(directories: Sequence[str | os.PathLike], *, command: str = "",
         earlier: str | os.PathLike | None = None) -> dict[str, Any]:
  """Makes the compact form of the runs below some folders.

  Args:
    directories: Paths; see `results.runs.find`.
    command: Command that made the runs.
    earlier: Path of a file in the compact form, whose runs are kept. Of a run
      that is in both, the one with more evaluations is kept, or the newer one.

  Returns:
    Dictionary for `json.dump`.

  Raises:
    FileNotFoundError: There are no results.
    ValueError: The runs are on dSprites of several origins, or two of them have
      the same settings and the same seed.
  """
  found = _by_key(runs_lib.find(list(directories)))
  about, before = read(earlier) if earlier is not None else ({}, [])
  labels = {LABELS[origin.at_hand(name)] for name in _dsprites(found.values())}
  if _dsprites(before):
    labels.add(about.get("data", LABELS[record_lib.UNKNOWN]))
  if len(labels) > 1:
    raise ValueError(
        f"Runs on {' and on '.join(sorted(labels))} cannot stand in one file. "
        "The origin of new ones is that of the data in "
        "DISENTANGLEMENT_LIB_DATA: set it, or give another file.")
  merged = dict(_by_key(before))
  for key, run in found.items():
    if key not in merged or (
        len(run.evaluations) >= len(merged[key].evaluations)):
      merged[key] = run
  runs = list(merged.values())
  # Data sets that are not made from dSprites have one origin.
  stated = {"data": labels.pop() if labels else LABELS[record_lib.ORIGINAL],
            "command": _both(about, "command", command),
            "steps": _all(runs, "model.training_steps"),
            "batch_size": _all(runs, "model.batch_size")}
  versions = {name: _both(about, name, text)
              for name, text in _versions().items()}
  return {"provenance": {**stated, **versions}, **_compact(runs)}


def _dsprites(runs):
  """Names of the data sets of runs that may be original or re-rendered."""
  return {name for run in runs
          if origin.can_differ(name := str(run.bound("dataset.name")))}


def _by_key(runs):
  """Runs by their settings and seed; a run without settings by its path."""
  found: dict[Any, runs_lib.Run] = {}
  for run in runs:
    seed = identity.bound_text(run.config, "model.random_seed")
    key = (identity.key(run.config), seed) if run.config else run.path
    if key in found:
      raise ValueError(
          f"'{found[key].name}' and '{run.name}' have the same settings and the"
          f" same seed, {seed}, and would count as two. Give one of them.")
    found[key] = run
  return found


def _both(about, name, text):
  """Texts that an earlier file states and that hold now, each once."""
  stated = about.get(name, "").split(", ")
  return ", ".join(dict.fromkeys(filter(None, (*stated, text))))


def _all(runs, parameter):
  return ", ".join(sorted({
      identity.bound_text(run.config, parameter) or "" for run in runs} - {""}))


def _versions():
  found = {}
  for name in _PACKAGES:
    try:
      found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
      continue
  return found


def _compact(runs):
  configs = [_told(run.config) for run in runs]
  shared = dict(set.intersection(*(set(config.items()) for config in configs)))
  metrics: list[dict[str, Any]] = []
  return {
      "config": dict(sorted(shared.items())), "metrics": metrics,
      "runs": [{
          "config": {name: text for name, text in config.items()
                     if name not in shared},
          "training": _rounded(run.training),
          "evaluations": {
              str(_place(evaluation, metrics)): _rounded(evaluation.results)
              for evaluation in run.evaluations}}
               for run, config in zip(runs, configs, strict=True)]}


def _told(config):
  """The parameters that may be told; folders of this machine are not."""
  return {name: text for name, text in config.items()
          if not identity.is_free(name) or identity.is_seed(name)
          or name in _TOLD}


def _place(evaluation, metrics):
  """Place of a metric in the list of all metrics, to which it is added."""
  metric = {"representation": evaluation.representation,
            "metric": evaluation.metric, "config": _told(evaluation.config),
            "postprocessing": _told(evaluation.postprocessing)}
  if metric not in metrics:
    metrics.append(metric)
  return metrics.index(metric)


def _rounded(value):
  """Results with fewer digits, without the bookkeeping of their files."""
  if isinstance(value, dict):
    reasons = {f"{name}_undefined": f"the metric returned {each}"
               for name, each in value.items()
               if isinstance(each, float) and not math.isfinite(each)}
    return {name: _rounded(each) for name, each in {**value, **reasons}.items()
            if name not in runs_lib.BOOKKEEPING}
  if isinstance(value, list):
    return [_rounded(each) for each in value]
  if isinstance(value, float):
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
  return value


def is_compact(content: dict) -> bool:
  """Tells whether a JSON object is in the compact form."""
  return {"provenance", "runs"} <= set(content)


def read(path: str | os.PathLike
         ) -> tuple[dict[str, str], list[runs_lib.Run]]:
  """Reads the runs of a file in the compact form.

  Args:
    path: Path.

  Returns:
    (about, runs): Dictionary of texts on provenance, and list of `Run`, whose
      paths are no folders.

  Raises:
    ValueError: The file is not in the compact form.
  """
  content = json_files.read(path)
  try:
    about = {name: str(text) for name, text in content["provenance"].items()}
    metrics = {str(place): _metric(metric, path) for place, metric
               in enumerate(content.get("metrics", []))}
    return about, [_run(number, run, content.get("config", {}), metrics, path)
                   for number, run in enumerate(content["runs"])]
  except (AttributeError, KeyError, TypeError, ValueError) as error:
    raise broken(path, error) from error


def broken(path: str | os.PathLike, error: Exception) -> ValueError:
  """Returns the error of a file that is not in the compact form."""
  return ValueError(
      f"'{path}' is not in the form of reference runs: {type(error).__name__} "
      f"{str(error).rstrip('.')}. Make it again from the runs.")


def _metric(metric, path):
  for name in ("config", "postprocessing"):
    contents.check_config(metric.get(name, {}), path)
  return {"config": {}, **metric}


def _run(number, run, shared, metrics, path):
  config = {**shared, **run["config"]}
  contents.check_config(config, path)
  for results in (run["training"], *run["evaluations"].values()):
    if not isinstance(results, dict):
      raise TypeError(f"results must be a dictionary, but are {results!r:.60}")
    contents.check(results, path)
  return runs_lib.Run(
      pathlib.Path(f"run_{number}"), config=config, training=run["training"],
      evaluations=[runs_lib.Evaluation(results=results, **metrics[place])
                   for place, results in run["evaluations"].items()])
