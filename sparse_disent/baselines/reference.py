"""Our own reference runs, in a compact file of scores without models.

The file holds `{"provenance": {...}, "runs": [...]}`. A run has "model",
"title", "settings", "seed", "steps", "dataset", "training" and "scores"; a
score has "representation", "metric", "name", "value" and "config". A value of
null is an undefined score, and "undefined" says why.
"""
import importlib.metadata
import os
import pathlib

from sparse_disent.baselines import conditions
from sparse_disent.baselines import own
from sparse_disent.baselines import record as record_lib
from sparse_disent.baselines import results
from sparse_disent.data import origin
from sparse_disent.results import json_files
from sparse_disent.results import models as models_lib
from sparse_disent.results import runs as runs_lib

SOURCE = "reference_runs"
PATH = pathlib.Path(__file__).parent / "data" / "reference_runs.json"
LARGEST = 64 * 2**20
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


def compact(directories: list[str | os.PathLike], *, command: str = "") -> dict:
  """Makes the compact form of the runs below some folders.

  Args:
    directories: Paths; see `results.runs.find`.
    command: Command that made the runs.

  Returns:
    Dictionary for `json.dump`.

  Raises:
    FileNotFoundError: There are no results.
    ValueError: The runs are on data of several origins.
  """
  runs = runs_lib.find(directories)
  models = models_lib.group(runs)
  origins = {origin.at_hand(str(run.bound("dataset.name"))) for run in runs}
  if len(origins) > 1:
    raise ValueError(f"The runs are on data of {len(origins)} origins, but the "
                     "file states one: compact them one by one.")
  data, = origins
  provenance = {
      "data": _LABELS[data], "command": command,
      "steps": _all(runs, "model.training_steps"),
      "batch_size": _all(runs, "model.batch_size"), **_versions()}
  titles = {str(run.path): _title(model, run) for model in models
            for run in model.runs}
  settings = results.settings([run.config for run in runs],
                              [titles[str(run.path)] for run in runs])
  told = {str(run.path): dict(pairs)
          for run, pairs in zip(runs, settings, strict=True)}
  return {"provenance": provenance,
          "runs": [_compact(model, run, titles[str(run.path)],
                            told[str(run.path)])
                   for model in models for run in model.runs]}


def _compact(model, run, title, settings):
  made = own.run_records(model, run)
  function = results.function_name(run.config.get("model.model", ""))
  return {
      "model": function or model.name, "name": model.name,
      "title": title,
      "settings": settings,
      "seed": run.seed, "steps": run.bound("model.training_steps"),
      "dataset": run.bound("dataset.name"),
      "training": {record.score: record.value for record in made
                   if record.metric == record_lib.TRAINING},
      "scores": [
          {"representation": record.representation, "metric": record.metric,
           "name": record.score, "value": record.value,
           **({"undefined": record.undefined} if record.undefined else {}),
           "config": dict(conditions.relevant(record.config))}
          for record in made
          if record.metric != record_lib.TRAINING]}


def _title(model, run):
  """Name of an upstream model, or else the name in the configuration."""
  networks = (run.config.get("encoder.encoder_fn", "@conv_encoder"),
              run.config.get("decoder.decoder_fn", "@deconv_decoder"))
  if all(results.function_name(name) in _NETWORKS for name in networks):
    function = results.function_name(run.config.get("model.model", ""))
    return _TITLES.get(function, model.name)
  return model.name


def read(
    path: str | os.PathLike | None = None
) -> tuple[dict[str, str], list[record_lib.Record]]:
  """Reads a file in the compact form.

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
  content = json_files.parse(path.read_bytes(), path, largest=LARGEST)
  try:
    about = {name: str(text) for name, text in content["provenance"].items()}
    data = next((origin for origin, label in _LABELS.items()
                 if label == about.get("data")), record_lib.UNKNOWN)
    return about, [record for run in content["runs"]
                   for record in _records(run, data, source)]
  except (AttributeError, KeyError, TypeError, ValueError) as error:
    raise ValueError(
        f"'{path}' is not in the form of reference runs: "
        f"{type(error).__name__} {error}. Make it again from the runs.") from (
            error)


def is_compact(content: dict) -> bool:
  """Tells whether a JSON object is in the compact form."""
  return {"provenance", "runs"} <= set(content)


def _records(run, data, source):
  dataset = run.get("dataset", "dsprites_full")
  common = {
      "source": source, "implementation": "sparse_disent", "dataset": dataset,
      "data": record_lib.origin_of(dataset, data), "method": run["title"],
      "settings": tuple(sorted(run["settings"].items())), "seed": run["seed"],
      "steps": run["steps"], "provenance": "reference run"}
  made = [record_lib.Record(
      representation="", metric=record_lib.TRAINING, score=name, config=(),
      value=value, undefined="" if value is not None else "not finite",
      **common) for name, value in run["training"].items()]
  for score in run["scores"]:
    made.append(record_lib.Record(
        representation=score["representation"], metric=score["metric"],
        score=score["name"], value=score["value"],
        undefined=score.get("undefined", ""),
        config=conditions.relevant(score["config"]), **common))
  return made


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
