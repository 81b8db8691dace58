"""Checks whether a step of upstream's pipeline has its results already."""
import inspect
import os
import sys
from collections.abc import Sequence
from typing import Any

import gin

from sparse_disent.results import gin_files
from sparse_disent.results import ids

# Key in the results of a metric that could not be computed.
FAILED = "failed"
# The step that `sparse-disent compact` records.
_COMPACT = "compact"
# Parameters that `evaluation` binds in addition to gin files.
_GIVEN = ("dataset.name", "evaluation.name", "postprocess.name")


def is_done(directory: str, step: str, source: str, source_step: str,
            gin_file: str, gin_bindings: Sequence[str] = ()) -> bool:
  """Tells whether a step's results exist.

  A result without numbers, because the metric failed, counts as missing.

  Args:
    directory: Folder of the step.
    step: "postprocess" or "evaluation".
    source: Folder of the step before it.
    source_step: Name of the step before it, "train" or "postprocess".
    gin_file: The step's gin file.
    gin_bindings: Bindings that are made after those of the file.

  Raises:
    ValueError: If the results were made from another source or with other
      settings, or if the folder has no results.
  """
  if not os.path.lexists(directory):
    return False
  if FAILED in ids.read_results(directory, step):
    return False
  cure = "Give --overwrite to make it again, or another --output_dir."
  if ids.result_id(directory, step) is None:
    raise ValueError(
        f"'{directory}' exists, but has no results of this step. {cure}")
  # A compacted model has the id of the training that it comes from.
  if any(ids.result_id(directory, name) != ids.result_id(source, name)
         for name in (source_step, _COMPACT)):
    raise ValueError(
        f"'{directory}' was made from another '{source}' than the one that is "
        f"there now. {cure}")
  different = _different(directory, step, gin_file, gin_bindings)
  if different:
    raise ValueError(f"'{directory}' was made with {different}. {cure}")
  return True


def _different(directory, step, gin_file, gin_bindings):
  """Tells the first setting of a result that is not the wanted one, or None."""
  wanted = gin_files.bindings(gin_file, gin_bindings)
  further = gin_files.parsed(gin_bindings)
  found = gin_files.recorded(directory, step)
  for name, value in wanted.items():
    made = found.get(gin_files.find(found, name) or name, value)
    # The gin file says "auto" where the recorded one has the data set's name.
    if not name.endswith("dataset.name") and made != value:
      return (f"{name} = {made!r}, but "
              f"{'--gin_bindings' if name in further else repr(gin_file)} "
              f"has {value!r}")
  # Parameters of the data set are taken over from the training: they may be set
  # if they are the same there.
  trained = gin_files.recorded(directory, "train")
  for name, value in found.items():
    if (not gin_files.find(wanted, name) and trained.get(name) != value
        and _is_set(name, value)):
      return (f"{name} = {value!r}, but '{gin_file}' leaves that at its "
              "default")
  return None


def _is_set(name: str, value: Any) -> bool:
  """Tells whether a recorded parameter is known not to have its default.

  Gin also records parameters that have their defaults. The defaults are known
  only in a process that has loaded upstream.
  """
  function, _, parameter = name.rpartition(".")
  if (name in _GIVEN or parameter == "model_dir"
      or isinstance(value, gin_files.Reference)
      or "disentanglement_lib" not in sys.modules):
    return False
  try:
    default = inspect.signature(
        gin.get_configurable(function)).parameters[parameter].default
  except (KeyError, ValueError):
    return False  # The function is not registered in this process.
  return value != default
