"""The check that a folder can be made, before work begins that goes there."""
import os
import shutil

from sparse_disent.common import addresses

# The least that a command writes, in bytes.
_LEAST = 100_000


def given(argument: str, directory: str | os.PathLike | None) -> str:
  """Returns a path; refuses none, and the one of a shell's unset variable."""
  if not directory:
    raise ValueError(f"{argument} is {directory!r}: give --{argument}.")
  return os.fspath(directory)


def check(argument: str, directory: str | os.PathLike) -> None:
  """Checks that a directory can be made.

  Args:
    argument: Name of the directory for the user.
    directory: Its path.

  Raises:
    ValueError: There is none.
    OSError: It cannot be made: a part of the path is a file, the disk is full,
      or this user may not write there.
  """
  directory = given(argument, directory)
  if addresses.is_remote(directory):
    return
  place = os.path.abspath(directory)
  while not _exists(place):
    place = os.path.dirname(place)
  if not os.path.isdir(place):
    raise NotADirectoryError(
        f"{argument} is '{directory}', but '{place}' is a file. Give another "
        "directory.")
  if not os.access(place, os.W_OK | os.X_OK):
    raise PermissionError(
        f"{argument} is '{directory}', but there is no permission to write in "
        f"'{place}', or its disk is read-only. Give another directory.")
  free = shutil.disk_usage(place).free
  if free < _LEAST:
    raise OSError(
        f"{argument} is '{directory}', but the disk of '{place}' has no space "
        f"left: {free} bytes are free. Free some, or give another directory.")


def _exists(path):
  """Tells whether there is anything; raises for a name that is too long."""
  try:
    os.lstat(path)
  except (FileNotFoundError, NotADirectoryError):
    return False
  return True
