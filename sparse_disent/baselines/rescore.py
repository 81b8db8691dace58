"""Scores the modules of pretrained models anew, with our own evaluation.

Only the module's files of an archive are written, to a temporary folder and
under checked names. Its configuration is rebuilt from the settings that were
read. Loading a module runs no Python code of its authors. It runs their
TensorFlow graph, unless that holds operations that reach beyond it; see
`compat.hub.safety`.
"""
import hashlib
import json
import os
import pathlib
import re
import tempfile

import sparse_disent
from sparse_disent.baselines import archives
from sparse_disent.baselines import pretrained
from sparse_disent.baselines import results
from sparse_disent.baselines import sources
from sparse_disent.data import origin
from sparse_disent.results import identity
from sparse_disent.results import repeats
from sparse_disent.results import runs as runs_lib

SOURCE = "rescored"
PROTOCOL = "unsupervised_study_v1"
_FILES = re.compile(r"(?:saved_model\.pb|tfhub_module\.pb|"
                    r"variables/variables\.(?:index|data-\d{5}-of-\d{5}))")
_NEEDED = ("saved_model.pb", "tfhub_module.pb")
_LARGEST_FILE = 2**28
_DATASET = re.compile(r"[a-z0-9_]+")


def source(found: list[sources.Source], directory: str | os.PathLike,
           protocol: str = PROTOCOL) -> sources.Source:
  """Scores all pretrained models among some baselines.

  Scores that are already in the folder are not computed again.

  Args:
    found: List of `sources.Source`.
    directory: Folder for results, with one folder for each model as in
      dlib_reproduce.
    protocol: Name or folder of a protocol.

  Returns:
    A `sources.Source` with the new scores.

  Raises:
    FileNotFoundError: A model or its data set is missing.
    ValueError: There are no pretrained models, or an archive is damaged.
  """
  models = [model for entry in found for model in entry.models]
  if not models:
    raise ValueError(
        "--rescore needs pretrained models, but there are none among the "
        "baselines. Give --baselines=<n>.zip.")
  sparse_disent.register()
  from sparse_disent.evaluation import metric_tasks
  from sparse_disent.evaluation import runner
  records, failures = [], []
  settings = pretrained.settings(models)
  for model, pairs in zip(models, settings, strict=True):
    output = pathlib.Path(directory) / model.name
    with tempfile.TemporaryDirectory() as folder:
      write_model(model, folder)
      failed = runner.evaluate(protocol, folder, output_dir=str(output))
    failures += [f"{model.name}, {label}: {metric_tasks.reason(error)}"
                 for label, error in failed.items()]
    records += _records(model, pairs, output)
  about = f"Modules of pretrained models, scored anew by {protocol}."
  if failures:
    about += " Failed: " + "; ".join(failures)
  return sources.Source(
      SOURCE, "Scored anew", about, records, failures=failures)


def write_model(model: pretrained.Pretrained, folder: str) -> None:
  """Writes the files of a model that evaluation needs.

  Args:
    model: A `pretrained.Pretrained`.
    folder: Path of an empty folder, which becomes a model_dir.

  Raises:
    FileNotFoundError: The module is missing or incomplete.
    ValueError: Its data set has no name, or the archive is damaged.
  """
  dataset = identity.bound(model.config, "dataset.name")
  if not isinstance(dataset, str) or not _DATASET.fullmatch(dataset):
    raise ValueError(f"'{model.path}' names its data set {dataset!r}, which is "
                     "no name of upstream's. Get it again.")
  files = _module(model)
  digest = hashlib.sha256()
  for name, data in sorted(files.items()):
    _write(folder, f"tfhub/{name}", data)
    digest.update(data)
  config = {**model.config, "dataset.name": repr(dataset)}
  _write(folder, "results/json/train_config.json", json.dumps(config).encode())
  _write(folder, "results/json/train_results.json",
         json.dumps({"uuid": digest.hexdigest()}).encode())
  # Evaluation parses this file as gin, so nothing but the checked name of the
  # data set is written to it.
  _write(folder, "results/gin/train.gin",
         f"dataset.name = {dataset!r}\n".encode())


def _module(model):
  """The module's files, by their names in its folder."""
  prefix = "/".join(filter(None, (model.root, "model/tfhub/")))
  with archives.opened(model.path) as tree:
    files = {name.removeprefix(prefix): tree.read(name, _LARGEST_FILE)
             for name in tree.names() if name.startswith(prefix)
             and _FILES.fullmatch(name.removeprefix(prefix))}
  for name in _NEEDED:
    if name not in files:
      raise FileNotFoundError(
          f"'{model.path}' has no module to score: {prefix}{name} is missing.")
  return files


def _write(folder, name, data):
  path = os.path.join(folder, name)
  os.makedirs(os.path.dirname(path), exist_ok=True)
  with open(path, "xb") as file:
    file.write(data)


def _records(model, settings, output):
  dataset = identity.bound(model.config, "dataset.name")
  made = []
  if not list(runs_lib.result_files(output, "evaluation")):
    return made  # Every metric failed.
  for run in runs_lib.find([output]):
    for metric in repeats.of_run(run):
      made += results.records(
          training=model.config, trained={}, evaluated=metric.results,
          config=metric.config, postprocessing=metric.postprocessing,
          folder=metric.representation, source=SOURCE,
          implementation="trained by disentanglement_lib, scored here",
          dataset=dataset, data=origin.at_hand(dataset),
          method=results.method(model.config),
          settings=settings, provenance="scored anew")
  return made
