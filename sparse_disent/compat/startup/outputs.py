"""Results of upstream's steps appear whole, or not at all.

Upstream deletes an older result first, and writes into the final folder. A
later step, and a report, then read half of a result. Here each step writes into
a hidden folder beside, which gets its name at the end.
"""
import os
import shutil
from collections.abc import Callable
from typing import Any

import gin

from sparse_disent.common import addresses
from sparse_disent.common import debris
from sparse_disent.common import replaceable
from sparse_disent.common import writing
from sparse_disent.compat import patching
from sparse_disent.compat.startup import directories
from sparse_disent.compat.startup import settings

STEPS = {
    "postprocess": replaceable.Kind(
        "one representation", ("artifacts", "results", "tfhub"), "postprocess"),
    "evaluate": replaceable.Kind("one metric", ("results",), "evaluation"),
    "udr": replaceable.Kind("one UDR", ("results",), "evaluation"),
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
  if addresses.is_remote(directory) or debris.is_inside(directory) or (
      os.path.isdir(directory) and not overwrite):  # Upstream refuses that.
    return step(directory, overwrite)
  replaceable.check("output_dir", directory, kind)
  with writing.new_folder(directory, replace=overwrite) as folder:
    return step(folder, False)


def write_dataset(directory: str, name: str,
                  step: Callable[[str], None]) -> None:
  """Runs a step that adds pictures to `directory/name`."""
  path = os.path.join(directory, name)
  if addresses.is_remote(directory):
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


def patch_udr(module: Any) -> None:
  """Checks UDR's directories first, and writes a whole result.

  Upstream deletes the output first, whatever it holds.
  """
  @patching.wrap(module, "evaluate")
  def evaluate(original, model_dirs, output_dir):
    if not model_dirs:
      raise ValueError("There is no model to compare: give --model_dirs, with "
                       "commas between the directories.")
    settings.check()
    directories.check_output("output_dir", output_dir, overwrite=True)
    for model_dir in model_dirs:
      directories.check_input("model_dirs", model_dir)
    if gin.query_parameter("dataset.name") == "auto":
      directories.check_recorded("model_dirs", model_dirs[0], "train")
    return write(STEPS["udr"], output_dir, True,
                 lambda folder, _: original(model_dirs, folder))
