"""Runs tasks on this machine, in a pool of processes.

The pool is Pebble's. Unlike those of the standard library and of joblib, it
goes on when one of its processes dies, and says which task that one had.
"""
import contextlib
import multiprocessing
import os
import queue
import signal
import time
from collections.abc import Iterator
from collections.abc import Sequence

import pebble

from sparse_disent.common import locks
from sparse_disent.common import processes as processes_lib
from sparse_disent.common import stopping
from sparse_disent.study import performing
from sparse_disent.study import tasks

# Tasks that a process performs before a fresh one takes its place, as what a
# process has once allocated it keeps.
_TASKS_PER_PROCESS = 20
# Seconds that a process gets to save a checkpoint when it is told to stop.
_GRACE = 60
# Seconds between two looks for tasks whose process has died unnoticed.
_LOOK = 30.
# Variables by which the numerical libraries learn how many threads to use.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
            "TF_NUM_INTRAOP_THREADS", "NUMBA_NUM_THREADS")

Outcome = tuple[tasks.Task, tasks.Record | Exception]


def run(pending: Sequence[tasks.Task], *, processes: int,
        work: performing.Work = performing.train_and_evaluate
        ) -> Iterator[Outcome | None]:
  """Performs tasks in several processes; the cores are divided among them.

  Args:
    pending: The tasks, in the order in which they begin.
    processes: Number of processes.
    work: Function that does the work of a task; importable by its name.

  Yields:
    (task, outcome): A task that has ended: its record, or the exception if it
      could not be begun. None about once a second, so that progress is shown.

  Raises:
    KeyboardInterrupt: The processes were told to stop; each has saved what it
      has.
  """
  import joblib  # Here, as each process of the pool imports this module.
  pebble.CONSTS.term_timeout = _GRACE
  processes = min(processes, len(pending))
  with _environment(max(1, joblib.cpu_count() // processes)):
    with stopping.kept_from_children():
      pool = pebble.ProcessPool(
          max_workers=processes,
          # A process that is fresh when the pool ends prints a traceback.
          max_tasks=(_TASKS_PER_PROCESS if len(pending) >
                     processes * _TASKS_PER_PROCESS else 0),
          initializer=processes_lib.follow, initargs=[processes_lib.current()],
          context=multiprocessing.get_context("spawn"))
      futures = {pool.schedule(_perform, args=(task, work)): task
                 for task in pending}
      pool.close()
    try:
      yield from _as_completed(futures)
    except BaseException:
      pool.stop()
      raise
    finally:
      pool.join()


def _as_completed(futures):
  """Yields what `run` yields, at a cost that does not grow with the tasks."""
  ended: queue.SimpleQueue = queue.SimpleQueue()
  for future in futures:
    future.add_done_callback(ended.put)
  left, shown, looked = len(futures), time.monotonic(), time.monotonic()
  running: set = set()
  while left:
    with contextlib.suppress(queue.Empty):
      future = ended.get(timeout=1)
      left -= 1
      yield futures[future], _outcome(futures[future], future)
    if time.monotonic() - shown >= 1:
      yield None
      shown = time.monotonic()
    if time.monotonic() - looked >= _LOOK:
      running = _cancel_lost(futures, running)
      looked = time.monotonic()


def _cancel_lost(futures, before):
  """Cancels tasks whose process has died without Pebble's notice.

  Pebble waits for ever for a task whose process dies before Pebble has read
  that the process has begun it, as happens on a machine that is short of time.

  Args:
    futures: Mapping from futures to tasks.
    before: Futures that ran at the last call. Others may still begin.

  Returns:
    running: Futures that run now.
  """
  running = {future for future in futures if future.running()}
  for future in running & before:
    if _is_lost(futures[future]):
      future.cancel()
  return running


def _is_lost(task):
  """Tells whether a task is said to run, and has no living owner."""
  if tasks.read(task).state is not tasks.State.RUNNING:
    return False
  try:
    with locks.owned(task.directory):
      return tasks.read(task).state is tasks.State.RUNNING
  except locks.OutputInUse:
    return False


def _outcome(task, future):
  if future.cancelled():
    return _died(task, -signal.SIGKILL)
  error = future.exception()
  if isinstance(error, pebble.ProcessExpired):
    return _died(task, error.exitcode)
  return error or future.result()


def _perform(task, work):
  """Performs a task in a process of the pool; ends the process if stopped."""
  signal.signal(signal.SIGTERM, signal.SIG_DFL)  # In place of Pebble's handler.
  try:
    with stopping.handled():
      return performing.perform(task, work)
  except KeyboardInterrupt as stopped:
    os._exit(128 + getattr(stopped, "signum", signal.SIGINT))


def _died(task, exit_code):
  """Records that the process of a task has died.

  A task that was stopped, or that was done the moment before, stays so.
  """
  record = tasks.read(task)
  if record.state is tasks.State.INTERRUPTED or tasks.is_done(task, record):
    return record
  reason = f"its process died with exit code {exit_code}"
  if exit_code == -signal.SIGKILL:
    reason = ("its process was killed; the machine may lack memory: try fewer "
              "--processes")
  return tasks.write(task, record, state=tasks.State.FAILED,
                     error=f"{reason}. See {task.log}.")


def limit_threads(number: int) -> None:
  """Sets the number of threads of this process, and of those that it starts.

  Call it before TensorFlow and NumPy are imported.
  """
  os.environ.update(dict.fromkeys(_THREADS, str(number)))


@contextlib.contextmanager
def _environment(threads):
  """Limits the threads of processes that start in this context."""
  before = {name: os.environ.get(name) for name in _THREADS}
  limit_threads(threads)
  try:
    yield
  finally:
    for name, value in before.items():
      if value is None:
        os.environ.pop(name, None)
      else:
        os.environ[name] = value
