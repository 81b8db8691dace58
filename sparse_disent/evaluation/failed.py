"""Results of metrics that could not be computed: null, with the reason.

They have the layout of all results, so that tables and reports show the metric
as undefined. They count as missing: the next evaluation tries again.
"""
import os
from collections.abc import Sequence

import gin
from disentanglement_lib.utils import results as results_lib

from sparse_disent.common import writing
from sparse_disent.compat import patching
from sparse_disent.results import gin_files
from sparse_disent.results import headlines
from sparse_disent.results import ids
from sparse_disent.results import steps


def write(directory: str, name: str, gin_file: str, bindings: Sequence[str],
          representation_dir: str, reason: str) -> None:
  """Writes a result without a number; a former result with numbers stays.

  Args:
    directory: Folder for the result, called like the metric.
    name: The metric's gin name, with a scope or without.
    gin_file: Path of the metric's gin file.
    bindings: Gin bindings that are made after those of the file.
    representation_dir: Folder of the representation.
    reason: Why there is no number, in one line.
  """
  former = ids.read_results(directory, "evaluation")
  if former and steps.FAILED not in former:
    return
  results = {steps.FAILED: True}
  known = headlines.HEADLINES.get(name.rpartition("/")[2].split(".")[-1])
  for score in known or [os.path.basename(directory)]:
    results.update({score: None, f"{score}_undefined": reason})
  settings = gin_files.recorded(representation_dir, "postprocess")
  data = [f"dataset.name = {settings[key]!r}" for key in ("dataset.name",)
          if key in settings]  # In place of "auto".
  gin.clear_config()
  try:
    gin.parse_config_files_and_bindings([gin_file], [*bindings, *data])
    with writing.new_folder(directory, replace=True) as folder, \
        patching.temporarily(  # Nothing ran, so no setting is in operation.
            results_lib, "gin", operative_config_str=gin.config_str):
      results_lib.update_result_directory(
          os.path.join(folder, "results"), "evaluation", results,
          os.path.join(representation_dir, "results"))
  finally:
    gin.clear_config()
