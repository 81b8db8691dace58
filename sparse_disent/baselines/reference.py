"""Our own reference runs, in a compact file of results without models.

The file holds

  {"provenance": {...}, "config": {...}, "metrics": [...], "runs": [...]}

"config" holds the gin parameters, as text, that all runs share. An entry of
"metrics" has "representation", "metric" (the name of a folder), "config" and
"postprocessing". A run has the rest of its "config", the results of its
"training", and "evaluations": results of metrics by their place in "metrics".
A score of null is undefined, and "<name>_undefined" says why.
"""
import dataclasses
import importlib.metadata
import os
import pathlib
from collections.abc import Sequence
from typing import Any

from sparse_disent.baselines import own
from sparse_disent.baselines import record as record_lib
from sparse_disent.baselines import results
from sparse_disent.data import origin
from sparse_disent.results import identity
from sparse_disent.results import json_files
from sparse_disent.results import models as models_lib
from sparse_disent.results import runs as runs_lib

SOURCE = "reference_runs"
PATH = pathlib.Path(__file__).parent / "data" / "reference_runs.json"
LARGEST = 64 * 2**20
_DIGITS = 6  # Of a result.
_LABELS = {record_lib.ORIGINAL: "original data",
           record_lib.RE_RENDERED: "re-rendered dSprites",
           record_lib.UNKNOWN: "dSprites of unknown origin"}
# Names of upstream's models by their gin functions, for upstream's networks.
_TITLES = {"vae": "beta-VAE", "annealed_vae": "AnnealedVAE",
           "factor_vae": "FactorVAE", "beta_tc_vae": "beta-TC-VAE",
           "dip_vae": "DIP-VAE"}
_NETWORKS = ("conv_encoder", "fc_encoder", "deconv_decoder", "fc_decoder")
_PACKAGES = ("sparse_disent", "disentanglement-lib", "tensorflow", "numpy",
             "scikit-learn")


def compact(directories: Sequence[str | os.PathLike], *, command: str = "",
            earlier: str | os.PathLike | None = None) -> dict[str, Any]:
  """Makes the compact form of the runs below some folders.

  Args:
    directories: Paths; see `results.runs.find`.
    command: Command that made the runs.
    earlier: Path of a file in the compact form, whose runs are kept, except
      those that have the settings and the seed of a newer one.

  Returns:
    Dictionary for `json.dump`.

  Raises:
    FileNotFoundError: There are no results.
    ValueError: The runs are on data of several origins.
  """
  found = runs_lib.find(list(directories))
  origins = {_LABELS[origin.at_hand(str(run.bound("dataset.name")))]
             for run in found}
  kept = {}
  if earlier is not None:
    about, before = read_runs(earlier)
    origins.add(about.get("data", ""))
    kept = {_key(run): run for run in before}
  if len(origins) > 1:
    raise ValueError(f"The runs are on data of {len(origins)} origins, but the "
                     "file states one: compact them one by one.")
  data, = origins
  everything = list((kept | {_key(run): run for run in found}).values())
  provenance = {
      "data": data, "command": command,
      "steps": _all(everything, "model.training_steps"),
      "batch_size": _all(everything, "model.batch_size"), **_versions()}
  return {"provenance": provenance, **_compact(everything)}


def _key(run):
  return identity.key(run.config), run.seed


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
          or name in ("model.name", "evaluation.name")}


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
    return {name: _rounded(each) for name, each in value.items()
            if name not in runs_lib.BOOKKEEPING}
  if isinstance(value, list):
    return [_rounded(each) for each in value]
  return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def read_runs(path: str | os.PathLike
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
  content = json_files.read(path, largest=LARGEST)
  try:
    about = {name: str(text) for name, text in content["provenance"].items()}
    metrics = content.get("metrics", [])
    return about, [runs_lib.Run(
        pathlib.Path(f"run_{number}"),
        config={**content.get("config", {}), **run["config"]},
        training=dict(run["training"]),
        evaluations=[
            runs_lib.Evaluation(results=dict(found), **metrics[int(place)])
            for place, found in run["evaluations"].items()])
                   for number, run in enumerate(content["runs"])]
  except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
    raise ValueError(
        f"'{path}' is not in the form of reference runs: "
        f"{type(error).__name__} {error}. Make it again from the runs.") from (
            error)


def read(
    path: str | os.PathLike | None = None
) -> tuple[dict[str, str], list[record_lib.Record]]:
  """Reads a file in the compact form as records.

  Args:
    path: Path, which is also the source in the records. None for the runs that
      come with the package, whose source is `SOURCE`.

  Returns:
    (about, records): Dictionary of texts on provenance, and list of `Record`.

  Raises:
    ValueError: The file is not in the compact form.
  """
  source = SOURCE if path is None else str(path)
  path = PATH if path is None else pathlib.Path(path)
  about, runs = read_runs(path)
  data = next((origin for origin, label in _LABELS.items()
               if label == about.get("data")), record_lib.UNKNOWN)
  try:
    return about, _records(runs, source, data)
  except (AttributeError, TypeError, ValueError) as error:
    raise ValueError(f"'{path}' is not in the form of reference runs: {error} "
                     "Make it again from the runs.") from error


def _records(runs, source, data):
  pairs = [(model, run) for model in models_lib.group(runs)
           for run in model.runs]
  titles = [_title(model, run) for model, run in pairs]
  settings = results.settings([run.config for _, run in pairs], titles)
  return [dataclasses.replace(
      record, source=source, implementation="sparse_disent", method=title,
      settings=tuple(sorted(dict(told).items())), provenance="reference run")
          for (model, run), title, told in zip(
              pairs, titles, settings, strict=True)
          for record in own.run_records(model, run, data)]


def _title(model, run):
  """Name of an upstream model, or else the name in the configuration."""
  networks = (run.config.get("encoder.encoder_fn", "@conv_encoder"),
              run.config.get("decoder.decoder_fn", "@deconv_decoder"))
  if all(results.function_name(name) in _NETWORKS for name in networks):
    function = results.function_name(run.config.get("model.model", ""))
    return _TITLES.get(function, model.name)
  return model.name


def is_compact(content: dict) -> bool:
  """Tells whether a JSON object is in the compact form."""
  return {"provenance", "runs"} <= set(content)


def _all(runs, parameter):
  values = {run.bound(parameter) for run in runs} - {None}
  return ", ".join(map(str, sorted(values, key=str)))


def _versions():
  found = {}
  for name in _PACKAGES:
    try:
      found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
      continue
  return found
