"""Loads the baselines that a user asks for."""
import dataclasses
import os
import pathlib

from sparse_disent.baselines import aggregated
from sparse_disent.baselines import compact_runs
from sparse_disent.baselines import pretrained
from sparse_disent.baselines import reference
from sparse_disent.baselines import shipped
from sparse_disent.common import choices
from sparse_disent.results import damage
from sparse_disent.results import json_files

_PRETRAINED = ("Pretrained models",
               "Result files of upstream's pretrained models, as given.")


@dataclasses.dataclass(frozen=True)
class Source:
  """One baseline.

  Attributes:
    name: Its name in commands and CSV files.
    title: Its name on pages.
    about: Its origin and accuracy, in a few sentences.
    records: List of `record.Record`.
    models: List of `pretrained.Pretrained`; empty for other sources.
    failures: List of strings: scores that could not be computed, and reasons.
  """

  name: str
  title: str
  about: str
  records: list
  models: list = dataclasses.field(default_factory=list)
  failures: list = dataclasses.field(default_factory=list)


def names() -> list[str]:
  """Returns the names of the baselines that come with the package."""
  return [*shipped.sources(), *(
      name for name, path in reference.FILES.items() if path.is_file())]


def load(wanted: list[str] | None = None,
         left_out: list[str] | None = None) -> list[Source]:
  """Reads baselines.

  Args:
    wanted: List of names and paths: of a zip archive or a folder of pretrained
      models, or of a JSON file. None for all that come with the package.

  Returns:
    List of `Source`.

  Raises:
    FileNotFoundError: There are no results at a path.
    ValueError: A name is unknown, or a file is damaged or hostile.
  """
  places: dict[str, str] = {}
  for name in wanted or names():
    places.setdefault(
        name if name in names() else os.path.realpath(name), name)
  chosen = list(places.values())
  pretrained_places = [name for name in chosen if _is_pretrained(name)]
  for name in chosen:
    if name not in pretrained_places:
      _check_name(name)
  found = []
  for name in chosen:
    if name not in pretrained_places:
      with damage.leaving_out(left_out):
        found.append(_load(name))
    elif name == pretrained_places[0]:
      # All at once, because models that differ only in their seeds are one
      # distribution.
      models = pretrained.read(*pretrained_places, left_out=left_out)
      if models:
        found.append(Source(pretrained.SOURCE, *_PRETRAINED,
                            pretrained.records(models), models))
  if not found and left_out:
    raise ValueError("No baseline can be read: " + " ".join(left_out))
  return found


def _is_pretrained(name):
  path = pathlib.Path(name)
  return name not in names() and (
      path.is_dir() or path.suffix == ".zip" and path.exists())


def _check_name(name):
  path = pathlib.Path(name)
  if name in names():
    return
  if not path.exists():
    raise ValueError(
        f"There is no baseline '{name}': it is neither a file nor a folder, nor"
        f" one of {', '.join(names())}.{choices.nearest(name, names())}")
  if path.suffix != ".json":
    raise ValueError(f"'{name}' is no baseline: give a zip archive, a folder, "
                     f"or a JSON file, or one of {', '.join(names())}.")


def _load(name):
  return _named(name) if name in names() else _json(pathlib.Path(name))


def _named(name):
  if name in reference.FILES:
    return _reference(name)
  told = shipped.sources()[name]
  return Source(name, told["title"], told["about"], shipped.read(name))


def _json(path):
  if path.stat().st_size <= json_files.LARGEST and compact_runs.is_compact(
      json_files.read(path)):
    return _reference(str(path))
  return Source(str(path), path.stem, "Results that dlib_aggregate_results "
                "gathered; data of unknown origin.", aggregated.read(path))


def _reference(name):
  told, records = reference.read(name)
  about = "Own runs of this package. " + "; ".join(
      f"{name}: {text}" for name, text in told.items() if text) + "."
  return Source(name, reference.TITLES.get(name, "Reference runs"), about,
                records)
