"""Reasons why a folder does not hold what a command reads, with the cure."""
import os
import shlex

from sparse_disent.common import addresses
from sparse_disent.common import choices
from sparse_disent.common import debris
from sparse_disent.common import locks
from sparse_disent.common import training_files


def explain(path: str | os.PathLike, otherwise: str, cure: str) -> str:
  """Tells why a folder holds no results or no model.

  Args:
    path: The path that was given.
    otherwise: Message on a folder that holds other things.
    cure: Sentence that says what to give, such as "Give the directory of a
      run."

  Returns:
    The message in one line. It tells apart what does not exist, a file, an
    empty folder, and a training that goes on or was stopped.
  """
  place = os.fspath(path)
  if addresses.is_remote(place):
    return (f"'{place}' is an address, and only folders of this machine are "
            "read. Copy it here, and give the copy.")
  if not os.path.lexists(place):
    return f"'{place}' does not exist.{_nearest(place)} {cure}"
  if not os.path.exists(place):
    return (f"'{place}' is a link to '{os.readlink(place)}', which does not "
            f"exist. {cure}")
  if not os.path.isdir(place):
    return f"'{place}' is a file, not a folder. {cure}"
  found = training_files.unfinished(place)
  if found:
    return _of_trainings(place, found)
  if all(map(debris.is_ours, os.listdir(place))):
    return f"'{place}' is empty. {cure}"
  return f"{otherwise} {cure}"


def _nearest(path):
  """Returns a sentence with the folders that may have been meant."""
  parent, below = path, []
  while not os.path.isdir(parent or os.curdir):
    parent, name = os.path.split(parent.rstrip(os.sep))
    below.insert(0, name)
  found = []
  for name in choices.near(below[0], _folders(parent)) if below else ():
    folder = os.path.join(parent, name)
    whole = os.path.join(folder, *below[1:])
    found.append(whole if os.path.isdir(whole) else folder)
  return choices.question(found)


def _folders(parent):
  try:
    return [entry.name for entry in os.scandir(parent or os.curdir)
            if entry.is_dir() and not entry.name.startswith(".")]
  except OSError:  # This user may not look into it.
    return []


def _of_trainings(place, found):
  """Returns the message on trainings that have not ended."""
  stopped = {model_dir: folder for model_dir, folder in found.items()
             if locks.owner(model_dir) is None}
  (model_dir, folder), *others = (stopped or found).items()
  checkpoints = os.path.join(folder, training_files.CHECKPOINTS)
  saved = training_files.saved(checkpoints)
  if not stopped:
    last = f"step {max(saved)}" if saved else "still to come"
    return (f"The training in '{model_dir}' goes on, by "
            f"{locks.owner(model_dir)}; its last checkpoint is {last}. Wait "
            "for its end.")
  step = f"at step {max(saved)}" if saved else "before its first checkpoint"
  more = (f", and {len(others)} more below '{place}' are unfinished"
          if others else "")
  return (f"The training in '{model_dir}' was stopped {step}{more}. "
          f"{_how_to_go_on(model_dir, checkpoints)}")


def _how_to_go_on(model_dir, checkpoints):
  record = os.path.join(checkpoints, training_files.RECORD)
  if not os.path.isfile(record):
    return ("Its settings are not recorded: train again with dlib_train and "
            "--overwrite.")
  command = shlex.join(["dlib_train", f"--gin_config={record}",
                        f"--model_dir={model_dir}", "--resume"])
  return f"To go on: {command}"
