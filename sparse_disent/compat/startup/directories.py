"""Checks of the directories that a step of upstream's reads and writes.

They run once gin is configured and before anything is computed or deleted.
"""
import json
import os

from sparse_disent.common import absent
from sparse_disent.common import addresses
from sparse_disent.common import locks
from sparse_disent.common import output_place


def check_output(argument: str, directory: str | None, overwrite: bool) -> None:
  """Checks that a step may write a directory.

  Args:
    argument: Name of the directory in upstream's script.
    directory: Its path.
    overwrite: Whether it may replace what is there.

  Raises:
    ValueError: There is none, or it exists and is not to be replaced.
    OSError: It cannot be made: a part of the path is a file, the disk is full,
      or this user may not write there.
  """
  directory = output_place.given(argument, directory)
  if addresses.is_remote(directory):
    return
  if os.path.isdir(directory) and not overwrite:
    locks.settle(directory)
    raise ValueError(
        f"Directory already exists and overwrite is False: {argument} is "
        f"'{directory}'. Give --overwrite to replace what is in it, or "
        "another directory.")
  output_place.check(argument, directory)


def check_input(argument: str, directory: str | None) -> None:
  """Checks that the step before has written its module and its results.

  Args:
    argument: Name of the directory in upstream's script.
    directory: Its path.

  Raises:
    ValueError: There is none, or one of its results is damaged.
    FileNotFoundError: A file is missing.
  """
  directory = output_place.given(argument, directory)
  if addresses.is_remote(directory):
    return
  if not os.path.isdir(os.path.join(directory, "tfhub")):
    raise FileNotFoundError(absent.explain(
        directory, f"There is no module in {argument}: '{directory}' has no "
        "folder 'tfhub'.", f"Give {argument}, the directory that the step "
        "before wrote."))
  folder = os.path.join(directory, "results", "json")
  for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
    _check_json(os.path.join(folder, name))


def _check_json(path):
  """Raises an error unless a file can join the results of the next step."""
  if not os.path.isfile(path):
    return
  try:
    with open(path, encoding="utf-8") as file:
      content = json.load(file)
  except (ValueError, RecursionError) as error:
    raise ValueError(f"The results in '{path}' are damaged: {error}. Run the "
                     "step that wrote them again.") from error
  if not isinstance(content, dict):
    raise ValueError(f"The results in '{path}' are damaged: they must be a "
                     f"dictionary, but are of type {type(content).__name__}. "
                     "Run the step that wrote them again.")


def check_recorded(argument: str, directory: str, step: str,
                   parameters: tuple[str, ...] = ("dataset.name",)) -> None:
  """Checks that the step before has recorded what the next one reads.

  Args:
    argument: Name of the directory in upstream's script.
    directory: Its path.
    step: Name of the step before.
    parameters: Parameters that the next step reads.

  Raises:
    FileNotFoundError: The file, or a parameter in it, is missing.
  """
  if addresses.is_remote(directory):
    return
  path = os.path.join(directory, "results", "gin", f"{step}.gin")
  try:
    with open(path, encoding="utf-8") as file:
      text = file.read()
  except (OSError, UnicodeDecodeError):
    text = ""
  gone = [name for name in parameters if f"{name} = " not in text]
  if gone:
    raise FileNotFoundError(
        f"The {gone[0]} of {argument} '{directory}' is not known: '{path}', "
        "which the step before writes when it ends, is not there or damaged. "
        "Run that step again.")
