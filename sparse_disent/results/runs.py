"""Finds runs on disk and reads the results that upstream's steps wrote."""
import dataclasses
import itertools
import os
import pathlib
from collections.abc import Iterator
from typing import Any

from sparse_disent.common import absent
from sparse_disent.common import natural
from sparse_disent.results import contents
from sparse_disent.results import damage
from sparse_disent.results import identity
from sparse_disent.results import ids
from sparse_disent.results import json_files

# Entries of result files that are not scores.
BOOKKEEPING = ("elapsed_time", "uuid", "global_step")
_METRICS = "metrics"
_STEPS = ("train", "evaluation")
# Upstream's JSON holds this in place of a value that gin broke into lines.
_BROKEN = "\\"
# Setting of scores of a compacted model. It has the configuration of the model
# that it was made from, of whose training it is no second run.
_COMPACTED = "model.compacted"
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
    left_out: List of messages on files that could not be read, for all runs
      that were found together; None to raise them as errors.
  """

  path: pathlib.Path
  model_dir: pathlib.Path | None = None
  config: dict = dataclasses.field(default_factory=dict)
  training: dict = dataclasses.field(default_factory=dict)
  evaluations: list = dataclasses.field(default_factory=list)
  left_out: list[str] | None = dataclasses.field(
      default=None, compare=False, repr=False)

  @property
  def name(self) -> str:
    """The path; relative if it is below the working directory."""
    relative = os.path.relpath(self.path)
    return as_text(
        str(self.path) if relative.startswith("..") else relative)

  @property
  def seed(self) -> int | None:
    """The seed of the training, an integer; None if it is not known."""
    return self.bound("model.random_seed")

  def bound(self, parameter: str, default: Any = None) -> Any:
    """The value that the training bound to a gin parameter, in any scope."""
    return identity.bound(self.config, parameter, default)

  def artifacts(self, name: str) -> list[pathlib.Path]:
    """Paths of all artifacts of metrics with this file name, sorted.

    Those of an earlier training are left out, as its scores are.
    """
    return sorted(
        path for folder in _REPRESENTATIONS
        for path in self.path.glob(f"{folder}/*/artifacts/*/*")
        if path.name == name and not is_hidden(path, self.path)
        and not ids.is_outdated(path.parents[2], self.training.get("uuid")))


def as_text(path: str) -> str:
  """A path for pages and tables, with "\\xe9" for a byte that is no UTF-8."""
  return os.fsencode(path).decode(errors="backslashreplace")


def is_hidden(path: pathlib.Path, directory: str | os.PathLike) -> bool:
  """Tells whether a path below a folder is unfinished, as of a killed process.

  Unfinished files and folders have hidden names.
  """
  return any(part.startswith(".") for part in path.relative_to(directory).parts)


def result_files(directory: str | os.PathLike, step: str
                 ) -> Iterator[tuple[pathlib.Path, pathlib.Path]]:
  """Finds the results of a step in the folders that the step itself made.

  Args:
    directory: Path to look below, at any depth.
    step: Name of a step, such as "train" or "evaluation".

  Yields:
    (place, path): The step's own folder, and its results file.
  """
  yield from _of_step(_paths(directory), step)


def _paths(directory):
  """Paths of all results below a folder, but for those of checkpoints."""
  paths = (pathlib.Path(path) for path in walk(directory)
           if path.endswith("_results.json"))
  return [path for path in sorted(paths, key=natural.key)
          if not _is_of_checkpoint(path, directory)]


def walk(directory: str | os.PathLike) -> Iterator[str]:
  """Yields the paths of all below a folder, each place once.

  Links to folders are followed, after all that is in the folder itself. Broken
  links are among the paths. What is hidden is left out, and not entered: what a
  link shows of a hidden folder would count as seen there.
  """
  seen, waiting = set(), [os.fspath(directory)]
  while waiting:
    top = waiting.pop(0)
    real = os.path.realpath(top)
    for place, folders, names in os.walk(top):
      found = os.path.normpath(
          os.path.join(real, os.path.relpath(place, top)))
      if found in seen:
        folders.clear()
        continue
      seen.add(found)
      folders[:] = (name for name in folders if not name.startswith("."))
      yield from (os.path.join(place, name) for name in (*folders, *names)
                  if not name.startswith("."))
      waiting += [path for name in sorted(folders) if os.path.islink(
          path := os.path.join(place, name))]


def _of_step(paths, step):
  """Yields the folders and the files of the results that a step itself made."""
  for path in paths:
    if path.name != f"{step}_results.json" or _is_stray(path):
      continue
    # Later steps copy the results of earlier ones. The original results of a
    # training have no results of a later step beside them.
    if step == "train" and len(list(path.parent.glob("*_results.json"))) > 1:
      continue
    yield path.parent.parent.parent, path


def _is_stray(path):
  """Tells whether a file is not in `results/json`, where steps write."""
  return path.parts[-3:-1] != ("results", "json")


def _is_of_checkpoint(path, directory):
  """Tells whether it is in checkpoints/STEP: `along_training` reads these."""
  parts = path.relative_to(directory).parts
  return any(name == "checkpoints" and step.isdecimal()
             for name, step in itertools.pairwise(parts))


def find(directories: list[str | os.PathLike],
         left_out: list[str] | None = None) -> list[Run]:
  """Finds all runs below some folders.

  A run is a folder that holds `model`, `metrics` or both. A model in a folder
  of another name is a run of its own.

  Args:
    directories: Paths; a run that is below several of them is found once.
    left_out: List to which a message is added for each damaged or stray file,
      and for each copy of a run, which is then left out; None to raise an
      error.

  Returns:
    runs: List of `Run` in the order of the directories and their paths.

  Raises:
    FileNotFoundError: There is no result below one of the directories.
    ValueError: A file is damaged and `left_out` is None, no file is whole, or
      two runs are copies of one training.
  """
  runs = {}
  for directory in directories:
    folder = pathlib.Path(directory).resolve()
    paths = _paths(folder)
    places = [(step, place, path) for step in _STEPS
              for place, path in _of_step(paths, step)]
    if not places:
      raise no_results(directory)
    for path in filter(_is_stray, paths):
      with damage.leaving_out(left_out):
        raise ValueError(
            f"'{path}' is not in a folder results/json, where steps write "
            "their results. Move it away.")
    for step, place, path in places:
      with damage.leaving_out(left_out):
        _add(runs, step, place, _read_results(path))
  result = _without_copies(runs.values(), left_out)
  if not result and left_out:
    raise ValueError("No result can be read: " + " ".join(left_out))
  for run in result:
    run.left_out = left_out
    run.evaluations.sort(key=lambda e: (e.representation, e.metric))
  return result


def no_results(directory: str | os.PathLike) -> FileNotFoundError:
  """Returns the error of a folder without results."""
  return FileNotFoundError(absent.explain(
      directory, f"No results below '{directory}': there is no folder "
      "results/json that dlib_train or dlib_evaluate wrote.",
      "Give the directory of a run."))


def _read_results(path):
  results = json_files.read(path)
  contents.check(results, path)
  return results


def _add(runs, step, place, results):
  """Adds the results in `place` to the run that they belong to.

  Runs are known by their real paths: a link below another directory shows the
  same run.
  """
  if step == "train":
    root = place.parent if place.name == "model" else place
    config = read_config(place, "train")
    if not config and not any(map(contents.is_number, results.values())):
      raise ValueError(
          f"'{place}' has no scores of a training and no configuration. Move "
          "it away, or train again.")
    run = runs.setdefault(os.path.realpath(root), Run(root))
    run.model_dir, run.training, run.config = place, results, config
    return
  root, representation = _measured(place)
  real = os.path.realpath(root)
  model = runs.get(real)
  if model and ids.is_outdated(place, model.training.get("uuid")):
    raise ValueError(
        f"'{place}' was made from another training than that of "
        f"'{model.model_dir}'. sparse-disent evaluate --overwrite makes it "
        "again.")
  is_compacted = ids.result_id(place, "compact") is not None
  if model and is_compacted:  # A run's own model never is.
    raise ValueError(
        f"'{place}' was made from a compacted model, and not from "
        f"'{model.model_dir}'. sparse-disent evaluate --overwrite makes it "
        "again; give scores of a compacted model another --output_dir.")
  evaluation = Evaluation(
      representation, place.name, results, read_config(place, "evaluation"),
      read_config(place, "postprocess"))
  # If the model is missing, use the copy of its configuration in the metric's
  # folder.
  known = model.config if model else {}
  config = known or read_config(place, "train")
  if is_compacted:
    config = {**config, _COMPACTED: "True"}
  run = runs.setdefault(real, Run(root))
  run.config = config
  if evaluation not in run.evaluations:
    run.evaluations.append(evaluation)


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
      Macros are replaced by their values.
  """
  path = pathlib.Path(directory, "results", "json", f"{step}_config.json")
  if not os.path.lexists(path):
    return {}
  config = json_files.read(path)
  contents.check_config(config, path)
  if _BROKEN in config.values():
    from sparse_disent.results import gin_files  # Takes long to import.
    whole = gin_files.recorded(directory, step)
    config.update((name, repr(whole[name])) for name, text in config.items()
                  if (text == _BROKEN or "%" in text) and name in whole)
  if any("." not in name for name in config):  # Macros, which gin records.
    from sparse_disent.results import gin_files
    try:
      config = gin_files.without_macros(config)
    except ValueError as error:
      raise ValueError(f"'{path}': {error} Delete it, or make it again."
                       ) from None
  return config


def _without_copies(runs, left_out):
  """Returns the first of each training; a second seed it is not."""
  seen, kept = {}, []
  for run in runs:
    uuid = run.training.get("uuid")
    with damage.leaving_out(left_out):
      if uuid in seen:
        raise ValueError(
            f"'{run.name}' is a copy of '{seen[uuid]}': both hold the training "
            f"{uuid}, which would count as two. Give one of them.")
      kept.append(run)
      if uuid is not None:
        seen[uuid] = run.name
  return kept
