"""Registers data sets of users under names for `dataset.name`."""
import importlib.metadata
import re
from collections.abc import Callable

from sparse_disent.common import explained

# Packages declare their data sets as entry points of this group.
ENTRY_POINTS = "sparse_disent.datasets"

# The names of upstream's own data sets.
UPSTREAM = (
    "cars3d", "color_dsprites", "dsprites_full", "dsprites_noshape",
    "dummy_data", "mpi3d_real", "mpi3d_realistic", "mpi3d_toy",
    "noisy_dsprites", "scream_dsprites", "shapes3d", "smallnorb")

# "auto" is upstream's word for the data set of the step before.
_TAKEN = (*UPSTREAM, "auto")
# Upstream can read such a name back from the gin files that it saves.
_NAME = re.compile(r"[\w.-]{1,50}")
# Methods that upstream calls.
_METHODS = ("sample", "sample_factors", "sample_observations",
            "sample_observations_from_factors")
_registered = {}


def register(name: str, factory: Callable[[], object]) -> None:
  """Registers a data set by name, for every script and command.

  Example, in a module that a gin file imports:

    sparse_disent.data.register("squares", Squares)

  Args:
    name: Value for `dataset.name`: letters, digits, "_", "-" and ".".
    factory: Function or class without arguments that returns an upstream
      GroundTruthData.

  Raises:
    ValueError: The name is invalid or taken, or the factory is not callable.
  """
  if not isinstance(name, str) or not _NAME.fullmatch(name):
    raise ValueError(
        f"The name of a data set must be 1 to 50 letters, digits, '_', '-' and "
        f"'.', but is {name!r}.")
  if name in _TAKEN:
    raise ValueError(f"The data set {name!r} is upstream's: take another name.")
  if not callable(factory):
    raise ValueError(
        f"The data set {name!r} must be registered with a function that "
        f"returns it, but got {factory!r}.")
  former = _registered.get(name, factory)
  if _origin(former) != _origin(factory):
    raise ValueError(
        f"The data set {name!r} is registered already, by {_origin(former)}: "
        "take another name.")
  _registered[name] = factory


def _origin(factory):
  """Returns the full name of a factory, which reloading does not change."""
  return ".".join(str(getattr(factory, part, factory))
                  for part in ("__module__", "__qualname__"))


def find(name: object) -> Callable[[], object] | None:
  """Returns the factory of a user's data set, or None.

  Raises:
    ImportError: A package declares this data set, but it cannot be imported.
    ValueError: Several packages declare it.
  """
  if not isinstance(name, str):
    return None
  if name in _registered:
    return _registered[name]
  found = {point.value: point for point in importlib.metadata.entry_points(
      group=ENTRY_POINTS, name=name)}
  if len(found) > 1:
    raise ValueError(
        f"Several packages state the data set {name!r}: "
        f"{', '.join(sorted(found))}. Uninstall all but one.")
  for value, point in found.items():
    try:
      return point.load()
    except (AttributeError, ImportError) as error:
      raise explained.ExplainedImportError(
          f"The data set {name!r} is the entry point '{value}', which cannot "
          f"be loaded: {error}") from error
  return None


def known() -> list[str]:
  """Returns the names of users' data sets, sorted."""
  points = importlib.metadata.entry_points(group=ENTRY_POINTS)
  return sorted({*_registered, *(point.name for point in points)})


def check_data(data: object, source: str) -> object:
  """Returns the data if upstream can use them, or raises an error.

  Args:
    data: Any object.
    source: Name of its source, for the message.

  Raises:
    ValueError: The object lacks methods of ground truth data.
  """
  missing = [name for name in _METHODS if not hasattr(data, name)]
  if missing:
    raise ValueError(
        f"{source} must be upstream's GroundTruthData, but is {data!r}, which "
        f"has no {', '.join(missing)}.")
  return data
