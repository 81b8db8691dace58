"""Finds runs on disk and reads the results that upstream's steps wrote."""
import ast
import dataclasses
import os
import pathlib
from collections.abc import Iterator
from typing import Any

from sparse_disent.results import json_files

# Entries of result files that are not scores.
BOOKKEEPING = ("elapsed_time", "uuid", "global_step")
_METRICS = "metrics"
# Upstream's JSON holds this in place of a value that gin broke into lines.
_BROKEN = "\\"
_REPRESENTATIONS = ("postprocessed", "representation")


@dataclasses.dataclass(frozen=True)
class Evaluation:
  """Results of one metric on one representation of a run.

  Attributes:
    representation: Name of the representation, such as "mean"; may be empty.
    metric: Name of the metric's folder, such as "mig".
    results: Dictionary, the metric's evaluation_results.json.
    config: Dictionary from gin parameters to text, the metric's configuration.
    postprocessing: Dictionary from gin parameters to text, the configuration
      of the representation; may be empty.
  """

  representation: str
  metric: str
  results: dict
  config: dict
  postprocessing: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Run:
  """One training and the evaluations of its model.

  Attributes:
    path: Path of the folder that holds all results of the run.
    model_dir: Path of the trained model, or None if there are only scores.
    config: Dictionary from gin parameters to text, the training's
      configuration.
    training: Dictionary, the model's train_results.json; may be empty.
    evaluations: List of `Evaluation`, sorted by their names.
  """

  path: pathlib.Path
  model_dir: pathlib.Path | None = None
  config: dict = dataclasses.field(default_factory=dict)
  training: dict = dataclasses.field(default_factory=dict)
  evaluations: list = dataclasses.field(default_factory=list)

  @property
  def name(self) -> str:
    """The path; relative if it is below the working directory."""
    relative = os.path.relpath(self.path)
    return str(self.path) if relative.startswith("..") else relative

  @property
  def seed(self) -> int | None:
    """The seed of the training, an integer; None if it is not known."""
    return self.bound("model.random_seed")

  def bound(self, parameter: str, default: Any = None) -> Any:
    """The value that the training bound to a gin parameter, in any scope."""
    for key, value in self.config.items():
      if key.split("/")[-1] == parameter:
        try:
          return ast.literal_eval(value)
        except (SyntaxError, ValueError):
          return value
    return default

  def artifacts(self, name: str) -> list[pathlib.Path]:
    """Paths of all artifacts of metrics with this file name, sorted."""
    return sorted(path for folder in _REPRESENTATIONS
                  for path in self.path.glob(f"{folder}/*/artifacts/*/{name}"))


def result_files(directory: str | os.PathLike, step: str
                 ) -> Iterator[tuple[pathlib.Path, pathlib.Path]]:
  """Finds the results of a step in the folders that the step itself made.

  Args:
    directory: Path to look below, at any depth.
    step: "train" or "evaluation".

  Yields:
    (place, path): The step's own folder, and its results file.
  """
  for path in sorted(pathlib.Path(directory).rglob(f"{step}_results.json")):
    # Unfinished results, also those of a killed evaluation, are hidden.
    if any(part.startswith(".") for part in path.relative_to(directory).parts):
      continue
    # Later steps copy the results of earlier ones. The original results of a
    # training have no results of a later step beside them.
    if step == "train" and len(list(path.parent.glob("*_results.json"))) > 1:
      continue
    yield path.parent.parent.parent, path


def find(directories: list[str | os.PathLike]) -> list[Run]:
  """Finds all runs below some folders.

  A run is a folder that holds `model`, `metrics` or both. A model in a folder
  of another name is a run of its own.

  Args:
    directories: Paths; a run that is below several of them is found once.

  Returns:
    runs: List of `Run` in the order of the directories and their paths.

  Raises:
    FileNotFoundError: There is no result below one of the directories.
    ValueError: A file is not JSON, or two runs are copies of one training.
  """
  runs = {}
  for directory in directories:
    folder = pathlib.Path(directory).resolve()
    places = [(step, place, path) for step in ("train", "evaluation")
              for place, path in result_files(folder, step)]
    if not places:
      raise no_results(directory)
    for step, place, path in places:
      _add(runs, step, place, json_files.read(path))
  result = list(runs.values())
  for run in result:
    run.evaluations.sort(key=lambda e: (e.representation, e.metric))
  _refuse_copies(result)
  return result


def no_results(directory: str | os.PathLike) -> FileNotFoundError:
  """Returns the error of a folder without results."""
  return FileNotFoundError(
      f"No results below '{directory}': there is no folder results/json that "
      "dlib_train or dlib_evaluate wrote. Give the directory of a run.")


def _add(runs, step, place, results):
  """Adds the results in `place` to the run that they belong to."""
  if step == "train":
    root = place.parent if place.name == "model" else place
    run = runs.setdefault(root, Run(root))
    run.model_dir, run.training = place, results
    run.config = read_config(place, "train")
    return
  root, representation = _measured(place)
  run = runs.setdefault(root, Run(root))
  evaluation = Evaluation(
      representation, place.name, results, read_config(place, "evaluation"),
      read_config(place, "postprocess"))
  if evaluation not in run.evaluations:
    run.evaluations.append(evaluation)
  # If the model is missing, use the copy of its configuration in the metric's
  # folder.
  run.config = run.config or read_config(place, "train")


def _measured(place):
  """Returns the run and the representation that a metric belongs to.

  The layout is RUN/metrics/REPRESENTATION/METRIC, or RUN/metrics/METRIC. A
  metric in another place counts as a run of its own.
  """
  for folder in list(place.parents)[:2]:
    if folder.name == _METRICS:
      return folder.parent, "/".join(place.relative_to(folder).parts[:-1])
  return place, ""


def read_config(directory: str | os.PathLike, step: str) -> dict[str, str]:
  """Reads the configuration of a step.

  Args:
    directory: Folder of this or a later step.
    step: "train", "postprocess" or "evaluation".

  Returns:
    config: Dictionary from gin parameters to text; empty if it is not known.
  """
  path = pathlib.Path(directory, "results", "json", f"{step}_config.json")
  config = json_files.read(path) if path.is_file() else {}
  if _BROKEN in config.values():
    from sparse_disent.results import gin_files  # Takes long to import.
    whole = gin_files.recorded(directory, step)
    config.update((name, repr(whole[name])) for name, text in config.items()
                  if text == _BROKEN and name in whole)
  return config


def _refuse_copies(runs):
  seen = {}
  for run in runs:
    uuid = run.training.get("uuid")
    if uuid is not None and uuid in seen:
      raise ValueError(
          f"'{run.name}' is a copy of '{seen[uuid]}': both hold the training "
          f"{uuid}, which would count as two. Give one of them.")
    seen[uuid] = run.name
