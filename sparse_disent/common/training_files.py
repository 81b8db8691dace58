"""Files of a training that has begun: its folder, checkpoints and record."""
import os
import pathlib
import re

from sparse_disent.common import debris

# Folder of checkpoints in a model_dir, and the record of settings in it.
CHECKPOINTS = "tf_checkpoint"
RECORD = "started.gin"
PREFIX = "model.ckpt"
_INDEX = re.compile(rf"{re.escape(PREFIX)}-(\d+)\.index")
_BESIDE = ".overwriting"


def saved(directory: str | os.PathLike) -> dict[int, str]:
  """Returns the path of each checkpoint, by its step, in ascending order.

  Args:
    directory: Folder of the checkpoints, which need not exist.
  """
  if not os.path.isdir(directory):
    return {}
  steps = sorted(int(match.group(1)) for name in os.listdir(directory)
                 if (match := _INDEX.fullmatch(name)))
  return {step: os.path.join(directory, f"{PREFIX}-{step}") for step in steps}


def beside(model_dir: str | os.PathLike) -> str:
  """Returns the folder in which a training runs that replaces a result."""
  return f"{debris.hidden(model_dir)}{_BESIDE}"


def is_begun(folder: str | os.PathLike) -> bool:
  """Tells whether a folder holds a training, of any state."""
  checkpoints = os.path.join(folder, CHECKPOINTS)
  return (os.path.isfile(os.path.join(checkpoints, RECORD))
          or bool(saved(checkpoints)))


def is_ended(folder: str | os.PathLike) -> bool:
  """Tells whether a training has written its module and its results."""
  return (os.path.isdir(os.path.join(folder, "tfhub")) and os.path.isfile(
      os.path.join(folder, "results", "json", "train_results.json")))


def unfinished(directory: str | os.PathLike) -> dict[str, str]:
  """Finds the trainings that have begun and not ended.

  Args:
    directory: Folder of a training, or one that holds trainings at any depth.

  Returns:
    Dictionary from each model_dir to the folder in which the training ran,
    which is another one for a training with --overwrite.
  """
  root = os.fspath(directory)
  folders = [beside(root), root, *(
      str(path.parent) for path in sorted(pathlib.Path(root).rglob(CHECKPOINTS))
      if path.parent != pathlib.Path(root))]
  found: dict[str, str] = {}
  for folder in folders:
    if is_begun(folder) and not is_ended(folder):
      model_dir = root if folder == beside(root) else _model_dir(folder)
      found.setdefault(model_dir, folder)
  return found


def _model_dir(folder):
  """Returns the place that a training's result will take."""
  place, name = os.path.split(folder)
  if name.startswith(".") and name.endswith(_BESIDE):
    return os.path.join(place, name[1:-len(_BESIDE)])
  return folder
