"""Processes that fit classifiers; they and this module load no TensorFlow."""
import collections
import contextlib
import os
import warnings
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import joblib
from joblib.externals import loky

from sparse_disent.common import processes
from sparse_disent.common import stopping
from sparse_disent.compat.speed import fits

_has_started = False


@contextlib.contextmanager
def ended() -> Iterator[None]:
  """Ends processes that were started in this context; Python waits for them."""
  try:
    yield
  finally:
    stop()


@contextlib.contextmanager
def starting(num_processes: int) -> Iterator[Callable[[], None]]:
  """Waits at the end for processes that were started in this context.

  joblib ends all its processes, at any later moment, if an iterator of results
  is thrown away before its end. Calls that others have begun would then wait
  for ever.

  Args:
    num_processes: As for `start`.

  Yields:
    start: Function that starts the processes; calling it again does nothing.
  """
  waiting: list[Iterator[None]] = []

  def start_once():
    if not waiting:
      waiting.append(start(num_processes))

  try:
    yield start_once
  finally:
    with contextlib.suppress(Exception):  # Calls will say what is wrong.
      for started in waiting:
        collections.deque(started, maxlen=0)


def start(num_processes: int) -> Iterator[None]:
  """Starts processes, which then import what fits need.

  Args:
    num_processes: Number of processes.

  Returns:
    Iterator that waits for them. It has to be run through, see `starting`.
  """
  if num_processes == 1:  # This process makes the calls of `results`.
    return iter(())
  return results(num_processes, [
      joblib.delayed(fits.get_ready)() for _ in range(num_processes)])


def results(num_processes: int, calls: Iterable[Any]) -> Iterator[Any]:
  """Begins calls in processes that have started, or start now.

  Objects of scikit-learn and of `compat.speed` are sent to the processes: to
  unpickle anything else of this package, a process would import TensorFlow.
  `common` does not.

  Args:
    num_processes: Number of processes; 1 for this one.
    calls: Calls made by `joblib.delayed`; all are taken at once.

  Returns:
    Iterator of what the calls return, in the order in which they end.
  """
  global _has_started
  _has_started = _has_started or num_processes != 1
  _let_processes_be_replaced()
  with (_no_warnings(), stopping.kept_from_children(),
        joblib.parallel_config("loky", inner_max_num_threads=1)):
    # All calls are sent from this thread; joblib would send later ones from a
    # thread of its own.
    return joblib.Parallel(
        num_processes, batch_size=1, pre_dispatch="all",
        return_as="generator_unordered",
        initializer=processes.die_with, initargs=(os.getpid(),))(calls)


def stop() -> None:
  """Ends the processes at once, if any have been started."""
  if _has_started:  # Else this would make some, to end them.
    loky.get_reusable_executor(reuse=True).shutdown(kill_workers=True)


def _let_processes_be_replaced():
  """Drops a warning of joblib's, from here on.

  joblib warns, in a thread of its own, when it replaces a process whose memory
  has grown. Where warnings are errors, that ends the thread, and whoever waits
  for results waits for ever.
  """
  warnings.filterwarnings(
      "ignore", "A worker stopped while some jobs", UserWarning)


@contextlib.contextmanager
def _no_warnings():
  """Silences warnings of processes that start in this context."""
  before = os.environ.get("PYTHONWARNINGS")
  os.environ["PYTHONWARNINGS"] = "ignore"
  try:
    yield
  finally:
    if before is None:
      del os.environ["PYTHONWARNINGS"]
    else:
      os.environ["PYTHONWARNINGS"] = before
