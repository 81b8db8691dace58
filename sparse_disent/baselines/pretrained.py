"""Reads upstream's pretrained models: `<n>.zip`, or the folder `<n>` in it.

Each has the layout of `dlib_reproduce`. Only the results are read.
"""
import os
import pathlib
import re

from sparse_disent.baselines import aggregated
from sparse_disent.baselines import archives
from sparse_disent.baselines import record as record_lib
from sparse_disent.baselines import results
from sparse_disent.baselines import study
from sparse_disent.common import natural
from sparse_disent.common import progress
from sparse_disent.results import damage
from sparse_disent.results import identity
from sparse_disent.results import json_files

SOURCE = "pretrained"
_EVALUATION = re.compile(
    r"(?:(.+)/)?metrics/[^/]+/[^/]+/results/aggregate/evaluation\.json")
_TRAINING = re.compile(r"(?:(.+)/)?model/results/aggregate/train\.json")
_NUMBER = re.compile(r"[0-9]{1,5}")
_PARTS = ("metrics", "model")
_LARGEST = 8 * 2**20


class Pretrained:
  """The results of one of upstream's pretrained models.

  Attributes:
    path: Path of the archive or folder.
    name: Its name, without ".zip".
    root: Folder of the model inside it, "" for none.
    number: Its number in the study, or None.
    rows: List with the results of each metric, as `aggregated.sections` returns
      them.
    paths: List of their files.
    config: Dictionary, the configuration of its training.
  """

  def __init__(self, path: str | os.PathLike) -> None:
    self.path = pathlib.Path(path)
    self.name = os.path.basename(os.path.abspath(path)).removesuffix(".zip")
    with archives.opened(path) as tree:
      self._read(tree)
    self.number, self.config = self._identify()

  def records(self, settings: tuple | None = None) -> list[record_lib.Record]:
    """Returns a list of `Record`.

    An archive that is called by a number counts as one that upstream published,
    trained with TensorFlow 1 on the original data. A folder may be from a
    user's own dlib_reproduce.

    Args:
      settings: Its hyperparameters as `settings` returns them; None to take
        them from its configuration.
    """
    rows = [{**row, "train_config": self.config} for row in self.rows]
    published = self.number is not None and not self.path.is_dir()
    return aggregated.records(
        rows, self.paths, source=SOURCE,
        settings=None if settings is None else [settings] * len(rows),
        data=record_lib.ORIGINAL if published else record_lib.UNKNOWN,
        implementation="disentanglement_lib, TensorFlow 1" if published
        else "disentanglement_lib")

  def _read(self, tree):
    found = {name: match for name in tree.names()
             if (match := _EVALUATION.fullmatch(name)
                 or _TRAINING.fullmatch(name))}
    roots = {match.group(1) or "" for match in found.values()}
    self.paths = [name for name in found if _EVALUATION.fullmatch(name)]
    if not self.paths:
      raise FileNotFoundError(
          f"No results in '{self.path}': it has no file "
          "metrics/*/*/results/aggregate/evaluation.json. Give an archive or a "
          "folder that dlib_reproduce filled.")
    if len(roots) > 1:
      raise ValueError(
          f"'{self.path}' holds several models: {', '.join(sorted(roots))}. "
          "Unpack it, and give each model's folder.")
    self.root, = roots
    self.rows = [self._row(tree, name) for name in self.paths]
    self._training = [self._row(tree, name) for name in found
                      if name not in self.paths]

  def _row(self, tree, name):
    label = f"{self.path}: {name}"
    return aggregated.sections(json_files.parse(
        tree.read(name, _LARGEST), label), label)

  def _identify(self):
    """Finds its number in the study, or None, and its configuration.

    Models of other studies have numbers, too. A number that does not fit the
    configuration is therefore an error only for an archive that is called by
    its number.
    """
    stated = self._stated()
    named = next((int(name) for name in (
        pathlib.PurePosixPath(self.root).name, self.name)
                  if _NUMBER.fullmatch(name)), None)
    number = named
    if named is None:
      number = identity.bound(stated, "model.model_num")
    if isinstance(number, int):
      try:
        return number, self._swept(number, stated)
      except ValueError:
        if not stated or (named is not None and not self.path.is_dir()):
          raise
    if not stated:
      raise ValueError(
          f"Nothing says which model '{self.path}' is: it has no training "
          "configuration, and its name is no number. Call it <number>.zip.")
    return None, stated

  def _stated(self):
    """The configuration in its files; empty if there is none."""
    return next((row["train_config"] for row in [*self._training, *self.rows]
                 if row["train_config"]), {})

  def _swept(self, number, stated):
    """The study's configuration of a model, and further stated settings."""
    swept = study.config(number)
    for name, text in swept.items():
      value = identity.bound(swept, name)
      if name in stated and identity.bound(stated, name) != value:
        raise ValueError(
            f"'{self.path}' is not model {number} of {study.NAME}: its "
            f"{name} is {stated[name]}, and the study's is {text}. Rename it "
            "if the number is wrong, or get it again.")
    return {**swept, **stated}


def settings(models: list[Pretrained]) -> list[tuple]:
  """Hyperparameters of each model.

  Those of a model of the study are fixed by its number. Those of other models
  include every setting in which models of the same name differ.

  Args:
    models: List of `Pretrained`.

  Returns:
    List with a tuple of pairs for each model; see `results.settings`.
  """
  others = [model for model in models if model.number is None]
  told = iter(results.settings([model.config for model in others]))
  return [next(told) if model.number is None
          else results.settings([model.config])[0] for model in models]


def records(models: list[Pretrained]) -> list[record_lib.Record]:
  """Returns the list of `Record` of a list of `Pretrained`."""
  return [record for model, told in zip(models, settings(models), strict=True)
          for record in model.records(told)]


def models(path: str | os.PathLike) -> list[pathlib.Path]:
  """Lists the archives and folders of models at a path.

  Args:
    path: Path of an archive, of a model's folder, or of a folder of these.

  Raises:
    FileNotFoundError: There is no model.
  """
  path = pathlib.Path(path)
  if not path.is_dir() or any((path / part).is_dir() for part in _PARTS):
    return [path]
  found = [child for child in sorted(path.iterdir(), key=natural.key)
           if not child.is_symlink() and not child.name.startswith(".")
           and (child.suffix == ".zip" or any(
               os.path.isdir(child / part) for part in _PARTS))]
  if not found:
    raise FileNotFoundError(
        f"No model in '{path}': it has neither zip archives nor folders with "
        "'metrics' in them. Give what dlib_reproduce filled.")
  return found


def read(*paths: str | os.PathLike,
         left_out: list[str] | None = None) -> list[Pretrained]:
  """Reads the results of pretrained models.

  Args:
    *paths: As for `models`.
    left_out: List to which a message is added for each damaged or hostile
      archive, which is then left out; None to raise an error.

  Returns:
    List of `Pretrained`.

  Raises:
    FileNotFoundError: There are no results.
    ValueError: An archive is damaged or hostile and `left_out` is None, or the
      same model is there twice.
  """
  found = [place for path in paths for place in models(path)]
  made, numbers = [], {}
  with progress.progress(len(found), "reading models", "models") as shown:
    for place in found:
      shown.update()
      model = None
      with damage.leaving_out(left_out):
        model = Pretrained(place)
      if model is None:
        continue
      if model.number in numbers and model.number is not None:
        raise ValueError(
            f"'{place}' and '{numbers[model.number]}' are both model "
            f"{model.number}, which would count as two. Give one of them.")
      numbers[model.number] = place
      made.append(model)
  return made
