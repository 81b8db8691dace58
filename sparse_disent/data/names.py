"""Data sets of users, by the name that `dataset.name` gives them."""
import importlib.metadata
import re

from sparse_disent.common import explained

# Packages state their data sets as entry points of this group.
ENTRY_POINTS = "sparse_disent.datasets"

# The names that upstream's function compares with.
UPSTREAM = (
    "cars3d", "color_dsprites", "dsprites_full", "dsprites_noshape",
    "dummy_data", "mpi3d_real", "mpi3d_realistic", "mpi3d_toy",
    "noisy_dsprites", "scream_dsprites", "shapes3d", "smallnorb")

# "auto" is upstream's word for the data set of the step before.
_TAKEN = (*UPSTREAM, "auto")
# What upstream reads back from a gin file without its quotes, on one line.
_NAME = re.compile(r"[\w.-]{1,50}")
# What upstream calls data sets for.
_METHODS = ("sample", "sample_factors", "sample_observations",
            "sample_observations_from_factors")
_registered = {}


def register(name, factory):
  """Makes a data set known by name to every script and command.

  Example, in a module that a gin file imports:

    sparse_disent.data.register("squares", Squares)

  Args:
    name: String, for `dataset.name`: letters, digits, "_", "-" and ".".
    factory: Function or class without arguments; returns the data, an upstream
      GroundTruthData.

  Raises:
    ValueError: The name is none, or is taken; or there is nothing to call.
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
  """Returns what stays the same when a module is run again."""
  return ".".join(str(getattr(factory, part, factory))
                  for part in ("__module__", "__qualname__"))


def find(name):
  """Returns the factory of a user's data set, or None.

  Raises:
    ImportError: A package states this data set, but it cannot be imported.
    ValueError: Several packages do.
  """
  if name in _registered:
    return _registered[name]
  found = {point.value: point for point in importlib.metadata.entry_points(
      group=ENTRY_POINTS, name=str(name))}
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


def known():
  """Returns the names of users' data sets, sorted."""
  points = importlib.metadata.entry_points(group=ENTRY_POINTS)
  return sorted({*_registered, *(point.name for point in points)})


def check_data(data, source):
  """Returns data that upstream can use.

  Args:
    data: Any object.
    source: String for the message: where it comes from.

  Raises:
    ValueError: It is no ground truth data.
  """
  missing = [name for name in _METHODS if not hasattr(data, name)]
  if missing:
    raise ValueError(
        f"{source} must be upstream's GroundTruthData, but is {data!r}, which "
        f"has no {', '.join(missing)}.")
  return data
