"""Checkpoints on disk: the newest whole one, and debris beside them."""
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import sys

import tensorflow.compat.v1 as tf

from sparse_disent.common import training_files
from sparse_disent.common import writing

PREFIX = training_files.PREFIX
# A killed process leaves these beside a checkpoint.
_DEBRIS = (f"{PREFIX}-*_temp*", f"{PREFIX}-*.tempstate*", "checkpoint.tmp*")
_PROGRESS = "progress.json"


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

  This is the one that the file `checkpoint` names, if it is younger than all
  of them. Otherwise, or if that one is damaged, it is the newest whole one. One
  line names each damaged checkpoint, which is deleted.
  So are files that a killed process has left half-written.

  Args:
    directory: Folder of checkpoints; it need not exist.

  Returns:
    checkpoint: Path; None if there never was a checkpoint.

  Raises:
    ValueError: There are checkpoints, and none of them is whole.
  """
  paths = training_files.saved(directory)
  _delete_debris(directory)
  damaged = []
  for step in _order(directory, paths):
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


def _order(directory, paths):
  """The steps of checkpoints, the one to try first at the beginning.

  A process that was killed may have saved a checkpoint and not yet named it.
  """
  order = sorted(paths, reverse=True)
  named = latest(directory)
  if named in paths.values():
    since = os.stat(os.path.join(directory, "checkpoint")).st_mtime_ns
    if all(os.stat(f"{path}.index").st_mtime_ns <= since
           for path in paths.values()):
      order.sort(key=lambda step: paths[step] != named)
  return order


def _go_back(directory, paths, step, damaged):
  """Deletes damaged checkpoints and names the others in `checkpoint`."""
  for other in damaged:
    for file in pathlib.Path(directory).glob(f"{PREFIX}-{other}.*"):
      file.unlink()
  others = [path for other, path in paths.items()
            if other != step and other not in damaged]
  # TensorFlow takes names in a relative folder for paths from elsewhere.
  tf.train.update_checkpoint_state(
      os.path.abspath(directory), os.path.basename(paths[step]),
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
  folder = pathlib.Path(directory)
  for path in (*folder.glob(f"{PREFIX}-{step}.*"), folder / "checkpoint",
               folder):
    if path.exists():  # On this machine, and not at a remote address.
      _sync(path)


def _sync(path):
  descriptor = os.open(path, os.O_RDONLY)
  try:
    with contextlib.suppress(OSError):  # Some file systems cannot do it.
      os.fsync(descriptor)
  finally:
    os.close(descriptor)


@dataclasses.dataclass(frozen=True)
class Progress:
  """Batches and time up to a checkpoint.

  Attributes:
    batches: number of batches; FactorVAE takes two steps with each.
    seconds: time of all parts of the training.
  """

  batches: int
  seconds: float


def write_progress(
    directory: str | os.PathLike, step: int, progress: Progress) -> None:
  """Records the progress at a checkpoint that is about to be saved."""
  kept = {key: value for key, value in _progress(directory).items()
          if key in training_files.saved(directory)} | {int(step): progress}
  content = {key: dataclasses.asdict(value) for key, value in kept.items()}
  with writing.new_file(os.path.join(directory, _PROGRESS),
                        replace=True) as file:
    file.write(json.dumps(content).encode())


def progress(directory: str | os.PathLike, step: int) -> Progress:
  """Returns the progress at a checkpoint; a batch a step if it is not known."""
  return _progress(directory).get(step, Progress(step, 0.0))


def _progress(directory):
  """Dict from steps to `Progress`; empty if there is none that can be read."""
  try:
    with open(os.path.join(directory, _PROGRESS), encoding="utf-8") as file:
      return {int(step): Progress(int(value["batches"]),
                                  float(value["seconds"]))
              for step, value in json.load(file).items()}
  except (OSError, ValueError, TypeError, AttributeError, LookupError):
    return {}
