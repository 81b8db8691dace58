"""dlib_aggregate_results: a whole file, and damaged results named and left out.
"""
import io
import multiprocessing
import multiprocessing.pool
import os
import signal
import sys
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

import pandas as pd

from sparse_disent.common import addresses
from sparse_disent.common import one_line
from sparse_disent.common import output_place
from sparse_disent.common import processes
from sparse_disent.common import writing
from sparse_disent.compat import patching


class _Pool(multiprocessing.pool.Pool):
  """A pool whose processes die with their parent."""

  def __init__(self, processes_: int | None = None):
    super().__init__(
        processes_, initializer=_begin, initargs=[os.getpid()],
        context=multiprocessing.get_context())

  def map(self, function: Callable, files: Iterable, *unused_arguments: Any
          ) -> list:
    """Loads files; leaves out those that `_load` could not read.

    Raises:
      ValueError: None can be read.
    """
    with self:  # Upstream leaves it open.
      loaded = super().map(function, files)
    self.join()
    found = [results for results in loaded if results is not None]
    if loaded and not found:
      raise ValueError(
          f"Nothing is written: all {len(loaded)} results are damaged. Give "
          "the pattern of evaluation.json files.")
    return found


def _begin(parent):
  """Prepares a worker: its parent alone answers signals, and ends it."""
  for signum in (signal.SIGINT, signal.SIGHUP):
    signal.signal(signum, signal.SIG_IGN)
  signal.signal(signal.SIGTERM, signal.SIG_DFL)
  processes.die_with(parent)


def patch(module: Any) -> None:
  """Corrects upstream's module `utils.aggregate_results`."""
  @patching.wrap(module, "aggregate_results_to_json")
  def aggregate_results_to_json(original, result_file_pattern, output_path):
    if addresses.is_remote(output_path):
      return original(result_file_pattern, output_path)
    if os.path.isdir(output_path):
      raise IsADirectoryError(
          f"output_path is '{output_path}', which is a folder. Give a file.")
    output_place.check(
        "the folder of output_path", os.path.dirname(os.path.abspath(
            output_path)))
    # Upstream writes the file itself.
    with writing.new_file(os.path.realpath(output_path), replace=True) as file:
      return original(result_file_pattern, file.name)

  @patching.wrap(module, "_load")
  def load(original, path):
    try:
      results = original(path)
      # As upstream writes them all, and reads them again.
      pd.read_json(io.StringIO(pd.DataFrame([results]).to_json()))
      return results
    except (OverflowError, RecursionError, TypeError) as error:
      return _left_out(path, error)
    except Exception as error:
      if not one_line.is_curable(error):
        raise
      return _left_out(path, error)

  patching.stand_in(module, "multiprocessing", Pool=_Pool)


def _left_out(path, error):
  print(f"dlib_aggregate_results: '{path}' is damaged and left out: "
        f"{one_line.text(error)}. Run the step that wrote it again.",
        file=sys.stderr, flush=True)
