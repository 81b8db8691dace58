"""Checkpoints on disk: the newest whole one, and debris beside them."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import sys

import tensorflow.compat.v1 as tf

from sparse_disent.common import writing

PREFIX = "model.ckpt"
_INDEX = re.compile(rf"{re.escape(PREFIX)}-(\d+)\.index")
# A killed process leaves these beside a checkpoint.
_DEBRIS = (f"{PREFIX}-*_temp*", f"{PREFIX}-*.tempstate*", "checkpoint.tmp*")
_ELAPSED = "elapsed.json"


def saved(directory: str | os.PathLike) -> dict[int, str]:
  """Returns the path of each checkpoint, by its step, in ascending order."""
  if not os.path.isdir(directory):
    return {}
  steps = sorted(int(match.group(1)) for name in os.listdir(directory)
                 if (match := _INDEX.fullmatch(name)))
  return {step: os.path.join(directory, f"{PREFIX}-{step}") for step in steps}


def step_of(checkpoint: str | None) -> int:
  """Returns the global step of a checkpoint; 0 for None."""
  if not checkpoint:
    return 0
  return int(tf.train.load_checkpoint(checkpoint).get_tensor("global_step"))


def latest(directory: str | os.PathLike) -> str | None:
  """Returns the checkpoint that the file `checkpoint` names, or None.

  Unlike TensorFlow's function, it takes a folder with `[` or `*` in its name.
  """
  try:
    state = tf.train.get_checkpoint_state(os.fspath(directory))
  except (tf.errors.OpError, ValueError):
    return None
  path = state and state.model_checkpoint_path
  return path if path and os.path.isfile(f"{path}.index") else None


def damage(checkpoint: str) -> str | None:
  """Reads all of a checkpoint; returns why that fails, or None if it is whole.

  TensorFlow checks the checksum of each tensor that it reads.
  """
  try:
    reader = tf.train.load_checkpoint(checkpoint)
    for name in reader.get_variable_to_shape_map():
      reader.get_tensor(name)
  except (tf.errors.OpError, IndexError, RuntimeError, ValueError) as error:
    return (getattr(error, "message", None) or str(error)).splitlines()[0]
  return None


def settle(directory: str | os.PathLike) -> str | None:
  """Finds the checkpoint to continue from, and makes it the latest.

  This is the one that the file `checkpoint` names, or, if that is damaged, the
  newest whole one. One line names each damaged checkpoint, which is deleted.
  So are files that a killed process has left half-written.

  Args:
    directory: Folder of checkpoints; it need not exist.

  Returns:
    checkpoint: Path; None if there never was a checkpoint.

  Raises:
    ValueError: There are checkpoints, and none of them is whole.
  """
  paths = saved(directory)
  _delete_debris(directory)
  named = latest(directory)
  order = sorted(paths, reverse=True)
  if named in paths.values():
    order.sort(key=lambda step: paths[step] != named)
  damaged = []
  for step in order:
    reason = damage(paths[step])
    if reason is None:
      _go_back(directory, paths, step, damaged)
      return paths[step]
    damaged.append(step)
    print(f"The checkpoint '{paths[step]}' is damaged and is left out: "
          f"{reason}", file=sys.stderr)
  if damaged:
    raise ValueError(
        f"No checkpoint in '{os.fspath(directory)}' can be read. Give "
        "--overwrite to train anew.")
  return None


def _go_back(directory, paths, step, damaged):
  """Deletes damaged checkpoints and names the others in `checkpoint`."""
  for other in damaged:
    for file in pathlib.Path(directory).glob(f"{PREFIX}-{other}.*"):
      file.unlink()
  others = [path for other, path in paths.items()
            if other != step and other not in damaged]
  tf.train.update_checkpoint_state(
      os.fspath(directory), os.path.basename(paths[step]),
      [os.path.basename(path) for path in (*others, paths[step])])


def _delete_debris(directory):
  for pattern in _DEBRIS:
    for path in pathlib.Path(directory).glob(pattern):
      if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
      else:
        path.unlink(missing_ok=True)


def sync(directory: str | os.PathLike, step: int) -> None:
  """Syncs the files of a checkpoint to the disk; TensorFlow does not."""
  names = [path.name for path in pathlib.Path(directory).glob(
      f"{PREFIX}-{step}.*")]
  for name in (*names, "checkpoint", ""):
    _sync(os.path.join(directory, name))


def _sync(path):
  descriptor = os.open(path, os.O_RDONLY)
  try:
    with contextlib.suppress(OSError):  # Some file systems cannot do it.
      os.fsync(descriptor)
  finally:
    os.close(descriptor)


def write_elapsed(
    directory: str | os.PathLike, step: int, seconds: float) -> None:
  """Records how long a training took to reach a checkpoint."""
  kept = {key: value for key, value in _elapsed(directory).items()
          if key != str(step) and int(key) in saved(directory)}
  with writing.new_file(os.path.join(directory, _ELAPSED),
                        replace=True) as file:
    file.write(json.dumps({**kept, str(step): seconds}).encode())


def elapsed(directory: str | os.PathLike, step: int) -> float:
  """Returns the seconds to a checkpoint; 0 if they are not known."""
  return _elapsed(directory).get(str(step), 0.0)


def _elapsed(directory):
  """Dict from steps to seconds; empty if there is none that can be read."""
  try:
    with open(os.path.join(directory, _ELAPSED), encoding="utf-8") as file:
      return {key: float(value) for key, value in json.load(file).items()
              if key.isdigit()}
  except (OSError, ValueError, TypeError, AttributeError):
    return {}
