"""Results of upstream's steps appear whole, or not at all.

Upstream deletes an older result first, and writes into the final folder. A
later step, and a report, then read half of a result. Here each step writes into
a hidden folder beside, which gets its name at the end.
"""
import multiprocessing
import os
import shutil
from collections.abc import Callable
from typing import Any

from sparse_disent.common import debris
from sparse_disent.common import processes
from sparse_disent.common import replaceable
from sparse_disent.common import writing
from sparse_disent.compat import patching
from sparse_disent.compat.startup import directories

STEPS = {
    "postprocess": replaceable.Kind(
        "one representation", ("artifacts", "results", "tfhub"), "postprocess"),
    "evaluate": replaceable.Kind("one metric", ("results",), "evaluation"),
    "reason": replaceable.Kind(
        "one abstract reasoning", ("results", "tf_checkpoint"),
        "abstract_reasoning"),
    "visualize": replaceable.Kind("the pictures of one model", (
        "animated_traversals", "interventional_effects", "reconstructions",
        "sampled", "traversals")),
}


def write(kind: replaceable.Kind, directory: str, overwrite: bool,
          step: Callable[[str, bool], Any]) -> Any:
  """Runs a step that writes a folder.

  Args:
    kind: The kind of result.
    directory: The folder.
    overwrite: Whether it may replace a result of the same kind.
    step: Function of the folder to write and of `overwrite`.

  Returns:
    The step's own return value.

  Raises:
    ValueError: There is something else in `directory`.
    locks.OutputInUse: Another process is writing it.
  """
  # What is inside an unfinished folder appears with that folder.
  if directories.is_remote(directory) or debris.is_inside(directory) or (
      os.path.isdir(directory) and not overwrite):  # Upstream refuses that.
    return step(directory, overwrite)
  replaceable.check("output_dir", directory, kind)
  with writing.new_folder(directory, replace=overwrite) as folder:
    return step(folder, False)


def write_dataset(directory: str, name: str,
                  step: Callable[[str], None]) -> None:
  """Runs a step that adds pictures to `directory/name`."""
  path = os.path.join(directory, name)
  if directories.is_remote(directory):
    step(directory)
    return
  with writing.new_folder(path, replace=True) as folder:
    if os.path.isdir(path):
      shutil.copytree(path, os.path.join(folder, name), symlinks=True)
    step(folder)
    inner = os.path.join(folder, name)
    for picture in os.listdir(inner):
      os.rename(os.path.join(inner, picture), os.path.join(folder, picture))
    os.rmdir(inner)


def patch_aggregation(module: Any) -> None:
  """Makes the file appear whole, and the workers die with their parent."""
  @patching.wrap(module, "aggregate_results_to_json")
  def aggregate_results_to_json(original, result_file_pattern, output_path):
    if directories.is_remote(output_path):
      return original(result_file_pattern, output_path)
    # Upstream writes the file itself.
    with writing.new_file(os.path.realpath(output_path), replace=True) as file:
      return original(result_file_pattern, file.name)

  patching.stand_in(module, "multiprocessing", Pool=_pool)


def _pool(*args, **kwargs):
  return multiprocessing.Pool(
      *args, initializer=processes.die_with, initargs=[os.getpid()], **kwargs)
