"""All studies by their names: our own, upstream's, and files of users."""
import functools
import importlib
from collections.abc import MutableMapping
from typing import Any

from sparse_disent.common import choices
from sparse_disent.study import definition
from sparse_disent.study import study_files
from sparse_disent.study import upstream_studies

# Modules of this room; each has a function `study`.
OWN = ("channel_masks", "grouped_vae", "pvae", "recipes", "reference_runs")


def names() -> list[str]:
  """Returns the names of all studies that need no file."""
  return sorted([*OWN, *upstream_studies.NAMES])


def add_to(studies: MutableMapping[str, Any]) -> None:
  """Adds our studies to the table that `dlib_reproduce` looks them up in.

  Args:
    studies: Upstream's `config.reproduce.STUDIES`; what is in it stays.
  """
  for name in OWN:
    studies.setdefault(name, upstream_studies.reproducible(
        name, functools.partial(load, name)))


def load(name: str) -> definition.Study:
  """Returns a study.

  Args:
    name: One of `names()`, or the path of a Python or gin file; see
      `study_files.load`.

  Raises:
    FileNotFoundError: There is no such study or file.
    ValueError: The file does not define a study.
  """
  if name in OWN:
    return importlib.import_module(f"sparse_disent.study.{name}").study()
  if name in upstream_studies.NAMES:
    return upstream_studies.load(name)
  if upstream_studies.is_file(name):
    return study_files.load(name)
  raise FileNotFoundError(
      f"There is no study '{name}'.{choices.nearest(name, names(), 1)} Give "
      f"one of {', '.join(names())}, or the path of a .py or .gin file.")
