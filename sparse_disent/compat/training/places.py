"""The folder that a training writes to, and what it may replace.

A training that replaces an older result runs in a hidden folder beside it. The
old result stays until the new one is whole.
"""
import os
import pathlib

from sparse_disent.common import debris
from sparse_disent.common import replaceable
from sparse_disent.common import training_files

_KIND = replaceable.Kind(
    "one trained model", (training_files.CHECKPOINTS, "results", "tfhub"))


def choose(model_dir: str | os.PathLike, *, overwrite: bool,
           resume: bool) -> str:
  """Chooses the folder in which a training runs.

  Args:
    model_dir: Folder of the result.
    overwrite: Whether the result that is there is to be replaced.
    resume: Whether the training that is there is to be continued.

  Returns:
    folder: `model_dir`, or a hidden folder beside it.

  Raises:
    ValueError: If there is something that may not be replaced.
  """
  if overwrite and resume:
    raise ValueError(
        "Both overwrite and resume are True. Give --resume to go on with the "
        f"training in '{model_dir}', or --overwrite to replace it.")
  beside = training_files.beside(model_dir)
  if resume:
    return beside if os.path.isdir(beside) else os.fspath(model_dir)
  if overwrite and _is_filled(model_dir):
    _check_replaceable(os.fspath(model_dir))
    return beside
  if not overwrite and (_is_filled(model_dir) or os.path.isdir(beside)):
    raise ValueError(_advice(os.fspath(model_dir)))
  return os.fspath(model_dir)


def clear(folder: str, model_dir: str | os.PathLike) -> None:
  """Deletes what an interrupted replacement of a result has left."""
  if folder != os.fspath(model_dir):
    debris.remove(folder)


def publish(folder: str, model_dir: str | os.PathLike) -> None:
  """Puts a whole result in the place of the old one.

  If the process is killed between the two renames, `debris.sweep` puts the old
  result back, and the next `--resume` comes here again.
  """
  if folder == os.fspath(model_dir):
    return
  former = debris.name(model_dir, debris.FORMER)
  if os.path.isdir(model_dir):
    os.rename(model_dir, former)
  os.rename(folder, model_dir)
  debris.remove(former)


def _advice(model_dir):
  """Returns the message on a folder that is there, by what it holds."""
  beside = training_files.beside(model_dir)
  cures = []
  if training_files.is_begun(model_dir) or os.path.isdir(beside):
    cures.append("--resume to go on with the training in it")
  reason = _reason_to_keep(model_dir)
  if reason is None:
    cures.append("--overwrite to replace what is in it")
  if cures:
    return ("Directory already exists and overwrite is False: model_dir is "
            f"'{model_dir}'. Give {', '.join(cures)}, or another directory.")
  inner = os.path.join(model_dir, "model")
  other = (f"'{inner}', which holds a training, or another directory"
           if training_files.is_begun(inner)
           else f"another directory, such as '{inner}'")
  return (f"model_dir is '{model_dir}', which holds no training: it {reason}. "
          f"Give {other}.")


def _is_filled(model_dir):
  if not os.path.isdir(model_dir):
    return os.path.lexists(model_dir)
  return bool(os.listdir(model_dir))


def _check_replaceable(model_dir):
  """Refuses to replace anything but the result of one training, or a part."""
  replaceable.check("model_dir", model_dir, _KIND)
  later = _later_results(model_dir)
  if later:
    raise ValueError(
        f"Nothing is overwritten: model_dir is '{model_dir}', which holds the "
        f"results of a later step, '{later[0]}'. Give --overwrite with the "
        "folder of one trained model, or another directory.")


def _reason_to_keep(model_dir):
  """Returns why a folder cannot be replaced, in words; None if it can."""
  later = _later_results(model_dir)
  return replaceable.reason_to_keep(model_dir, _KIND) or (
      f"holds the results of a later step, '{later[0]}'" if later else None)


def _later_results(model_dir):
  return sorted(
      file.name for file in pathlib.Path(model_dir).glob(
          "results/json/*_results.json") if file.name != "train_results.json")
