"""Folders of trained models, and the folders for what is computed of them."""
import os
from collections.abc import Sequence

from sparse_disent.common import absent
from sparse_disent.results import runs

_MODEL = "model"


def find(paths: Sequence[str | os.PathLike]) -> list[str]:
  """Finds the models at some paths.

  Args:
    paths: Folders of models, or folders that hold models at any depth. Of the
      latter, models count whose training has ended.

  Returns:
    Paths of the models, each once.

  Raises:
    FileNotFoundError: There is no model at one of the paths.
  """
  found: dict[str, str] = {}
  for path in paths:
    for model_dir in _below(os.fspath(path)):
      found.setdefault(os.path.realpath(model_dir), model_dir)
  return list(found.values())


def output_dirs(paths: Sequence[str | os.PathLike],
                output_dir: str | None = None) -> dict[str, str]:
  """Finds models and the folder for the results of each.

  Args:
    paths: See `find`.
    output_dir: Folder for all results. If `paths` is the folder of one model,
      it is that model's; else each model has a folder in it, called like its
      run. None for the parent of each model.

  Returns:
    Dictionary from paths of models to folders, all different.

  Raises:
    FileNotFoundError: There is no model at one of the paths.
    ValueError: Two models are in one folder, which cannot hold the results of
      both.
  """
  found = find(paths)
  if output_dir is None:
    places = {path: os.path.dirname(os.path.abspath(path)) for path in found}
  elif len(found) == 1 and [os.fspath(path) for path in paths] == found:
    return {found[0]: output_dir}
  else:
    places = {path: os.path.join(output_dir, name)
              for path, name in zip(found, _names(found), strict=True)}
  owners: dict[str, str] = {}
  for path, place in places.items():
    other = owners.setdefault(os.path.realpath(place), path)
    if other != path:
      raise ValueError(
          f"The results of '{other}' and of '{path}' would both go to "
          f"'{place}'. Give --output_dir: each model gets a folder in it.")
  return places


def _below(path):
  if os.path.isdir(os.path.join(path, "tfhub")):
    return [path]
  found = [str(place) for place, _ in runs.result_files(path, "train")]
  if not found:
    raise FileNotFoundError(absent.explain(
        path, f"There is no model in '{path}': it has no folder 'tfhub', and "
        "no finished training is below it.",
        "Give the model_dir of dlib_train, or a folder that holds several."))
  return found


def _names(found):
  """Paths of the runs of models, relative to the folder that holds all."""
  runs_of = [os.path.abspath(path) for path in found]
  runs_of = [os.path.dirname(path) if os.path.basename(path) == _MODEL else path
             for path in runs_of]
  common = os.path.commonpath(list(map(os.path.dirname, runs_of)))
  return [os.path.relpath(path, common) for path in runs_of]
