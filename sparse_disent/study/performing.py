"""Performs one task: trains a model, extracts, evaluates, draws."""
import contextlib
import math
import os
import time
import traceback
from collections.abc import Callable
from collections.abc import Iterator

from sparse_disent.common import locks
from sparse_disent.common import one_line
from sparse_disent.common import stopping
from sparse_disent.results import ids
from sparse_disent.results import runs
from sparse_disent.study import remote
from sparse_disent.study import tasks

# Seconds between two looks at a task that another process performs.
_WAIT = 5.

# Function of (task, record's stopwatch) that does the work of a task.
Work = Callable[[tasks.Task, tasks.Stopwatch], None]


class FailedMetricsError(RuntimeError):
  """Error of a task whose model is there, but not all of its scores."""


class SourceError(RuntimeError):
  """Error of a task that needs another model, which could not be trained."""


def train_and_evaluate(task: tasks.Task, watch: tasks.Stopwatch) -> None:
  """Does the work of a task. What is done already is skipped.

  Args:
    task: The task.
    watch: Gets the seconds of the steps "train" and "evaluate".

  Raises:
    FailedMetricsError: Some metrics could not be computed.
    ValueError: A file of the study was edited since the sweep began.
  """
  _check_files(task)
  from disentanglement_lib.methods.unsupervised import train

  from sparse_disent.evaluation import runner
  train.train_with_gin(task.model_dir, False, [task.gin_file],
                       task.all_bindings, resume=True)
  watch.lap("train")
  failures = runner.evaluate(
      task.protocol, task.model_dir, output_dir=task.directory,
      overwrite=_has_outdated_results(task), num_processes=1)
  watch.lap("evaluate")
  if failures:
    raise FailedMetricsError("; ".join(
        f"{label}: {error}" for label, error in failures.items()))


def _check_files(task):
  """Raises ValueError if files are not those that the record states."""
  if not task.files:  # Nothing is stated.
    return
  from sparse_disent.study import request
  changes = tasks.changes(
      dict(task.files), dict(request.files(task.gin_file, task.protocol)))
  if changes:
    raise ValueError(
        f"'{task.gin_file}' or its protocol was edited since the sweep began: "
        f"{changes}. Undo that and add --retry, or give another --output.")


def _has_outdated_results(task):
  """Tells whether results are of the model before it was trained further."""
  training = ids.result_id(task.model_dir, "train")
  return any(ids.is_outdated(place, training) for place, _ in
             runs.result_files(task.directory, "postprocess"))


def perform(task: tasks.Task, work: Work = train_and_evaluate) -> tasks.Record:
  """Performs a task, unless it is done or another process performs it.

  Args:
    task: The task.
    work: The function that does the work.

  Returns:
    record: The record that is on disk now. A task that has failed says why in
      it; the whole traceback is in its log.

  Raises:
    KeyboardInterrupt: The process was told to stop.
    locks.OutputInUse: Another process performs the task.
    ValueError: Another model is in the task's folder.
  """
  record = tasks.read(task)
  if tasks.is_done(task, record):  # Without the lock, which takes longer.
    return record
  os.makedirs(task.directory, exist_ok=True)
  with locks.owned(task.directory):
    record = tasks.read(task)
    if tasks.is_done(task, record):
      return record
    watch = tasks.Stopwatch(record.seconds)
    record = tasks.write(task, record, state=tasks.State.RUNNING, error="",
                         attempts=record.attempts + 1)
    state, error = tasks.State.DONE, ""
    try:
      with _logged(task), stopping.unmasked():
        for _, source in task.sources:
          _perform_source(source, work)
          watch.lap("sources")
        work(task, watch)
        remote.put(task, tasks.changed(
            task, record, state=tasks.State.DONE, seconds=watch.seconds))
    except KeyboardInterrupt:
      tasks.write(task, record, state=tasks.State.INTERRUPTED,
                  seconds=watch.seconds)
      raise
    except Exception as cause:
      state, error = tasks.State.FAILED, reason(cause)
    return tasks.write(task, record, state=state, error=error,
                       seconds=watch.seconds)


def perform_in_turn(task: tasks.Task, work: Work,
                    seconds: float = math.inf) -> tasks.Record:
  """Performs a task; waits as long as another process performs it.

  Args:
    task: The task.
    work: The function that does the work.
    seconds: Number of seconds after which it waits no more.

  Returns:
    record: The record that is on disk now.

  Raises:
    locks.OutputInUse: Another process performs it still.
  """
  end = time.monotonic() + seconds
  while True:
    try:
      return perform(task, work)
    except locks.OutputInUse as error:
      if time.monotonic() > end:
        raise
      print(f"waiting for model {task.number}: {error}")
      time.sleep(_WAIT)


def _perform_source(source, work):
  """Performs the task of a model that another one needs."""
  record = perform_in_turn(source, work)
  # Scores may have failed: what is needed is the model.
  if record.state is not tasks.State.DONE and not os.path.isdir(
      os.path.join(source.model_dir, "tfhub")):
    raise SourceError(
        f"model {source.number}, which it needs, has failed: {record.error}")


def reason(error: BaseException) -> str:
  """Returns the message of an error in one line; with its class if it is a bug.
  """
  text = one_line.text(error)
  return (text if one_line.is_curable(error)
          else f"{type(error).__name__}: {text}")


@contextlib.contextmanager
def _logged(task: tasks.Task) -> Iterator[None]:
  """Sends all output of the process, also TensorFlow's own, to a task's log.

  An error's traceback goes there as well.
  """
  with open(task.log, "a", encoding="utf-8", buffering=1) as log, \
      contextlib.redirect_stdout(log), contextlib.redirect_stderr(log), \
      contextlib.ExitStack() as stack:
    for descriptor in (1, 2):  # What is below Python writes to these.
      stack.callback(_restore, os.dup(descriptor), descriptor)
      os.dup2(log.fileno(), descriptor)
    print("starting")  # The last line so far is that of an earlier attempt.
    try:
      yield
    except BaseException:
      traceback.print_exc()
      raise


def _restore(copy, descriptor):
  os.dup2(copy, descriptor)
  os.close(copy)
