"""Trains and scores the models of a study; what is done is skipped."""
import dataclasses
import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from sparse_disent.common import locks
from sparse_disent.results import gin_files
from sparse_disent.results import identity
from sparse_disent.study import definition
from sparse_disent.study import display
from sparse_disent.study import performing
from sparse_disent.study import tasks

# A runner performs tasks. It yields pairs of a task that has ended and its
# record, or the exception for which it could not begin; and None now and then,
# so that progress is shown.
Runner = Callable[
    [Sequence[tasks.Task]],
    Iterator[tuple[tasks.Task, tasks.Record | Exception] | None]]


@dataclasses.dataclass(frozen=True)
class Result:
  """Outcome of a sweep.

  Attributes:
    done: Number of models that are done, also of those that were before.
    failures: Mapping from tasks that failed to one line that says why.
    unfinished: Mapping from tasks that were interrupted, or that another
      process performs, to a line that says so.
  """

  done: int
  failures: dict[tasks.Task, str]
  unfinished: dict[tasks.Task, str]

  def text(self, output: str) -> str:
    """Returns lines that say what was done, what was not and how to go on."""
    lines = [f"model {task.number} ({task.label}): {reason}"
             for kind in (self.failures, self.unfinished)
             for task, reason in sorted(
                 kind.items(), key=lambda item: item[0].number)]
    are = "model is" if self.done == 1 else "models are"
    lines.append(f"{self.done} {are} done, in {output}.")
    if self.failures:
      lines.append(f"{len(self.failures)} have failed; the log of each is its "
                   f"{tasks.LOG}. To try them again, add --retry.")
    return "\n".join(lines)


def check(study: definition.Study, numbers: Sequence[int],
          bindings: Sequence[str], *, with_data: bool = True) -> None:
  """Raises errors that would end every task, before any of them begins.

  Args:
    study: The study.
    numbers: Numbers of the models to be trained.
    bindings: Further gin bindings.
    with_data: Whether data sets must be on this machine.

  Raises:
    FileNotFoundError: The protocol or a data set is missing.
    ValueError: A binding is unknown to gin, its value cannot be used, or the
      protocol does not have the score of a search.
  """
  import gin
  from disentanglement_lib.methods.unsupervised import train  # noqa: F401

  from sparse_disent.compat.startup import settings
  from sparse_disent.compat.training import preflight
  from sparse_disent.data import files
  from sparse_disent.evaluation import protocol
  _check_score(study, protocol.load(study.protocol))
  # Models that differ in seeds alone are checked once.
  distinct = {repr(identity.settings(study.settings(number))): number
              for number in numbers}
  names = set()
  try:
    for number in distinct.values():
      gin.clear_config()
      gin.parse_config_files_and_bindings(
          [study.gin_file],
          [*study.bindings, *study.model_bindings(number), *bindings])
      if study.sources(number):  # The model that it needs is not there yet.
        settings.check()
      else:
        preflight.check_model()
        gin.get_bindings("model")  # Makes objects, which have their own rules.
      names.add(gin.query_parameter("dataset.name"))
  finally:
    gin.clear_config()
  for name in names if with_data else ():
    files.check_available(name)


def _check_score(study, protocol):
  """Raises ValueError if the protocol does not compute the score of a search.
  """
  if study.search is None:
    return
  known = [f"{representation}/{metric}/" for representation in
           protocol.representations for metric in protocol.metrics]
  if not study.search.score.startswith(tuple(known)):
    raise ValueError(
        f"'{study.search.score}' is no score of the protocol "
        f"'{study.protocol}'. Give REPRESENTATION/METRIC/SCORE, which begins "
        f"with one of {', '.join(known)}.")


def steps(study: definition.Study, numbers: Sequence[int],
          bindings: Sequence[str]) -> list[int]:
  """Returns the numbers of training steps of some models.

  Args:
    study: The study.
    numbers: Numbers of the models.
    bindings: Further gin bindings, which win.
  """
  import gin
  gin.clear_config()
  try:
    gin.parse_config_files_and_bindings(
        [study.gin_file], [*study.bindings, *bindings])
    default = gin.query_parameter(identity.STEPS)
  finally:
    gin.clear_config()
  if identity.STEPS in gin_files.parsed(bindings):
    return [default] * len(numbers)
  return [study.settings(number).get(identity.STEPS, default)
          for number in numbers]


def run(planned: Sequence[tasks.Task], runner: Runner, *, retry: bool = False
        ) -> Result:
  """Performs the tasks of a study that are not done.

  Args:
    planned: All tasks.
    runner: `Runner`, such as `local.run` with its settings.
    retry: Whether tasks that have failed are tried again.

  Returns:
    result: What became of them.

  Raises:
    KeyboardInterrupt: The sweep was interrupted; the tasks were told to stop.
    ValueError: A folder of a task holds another model; no task has begun.
  """
  records = {task: tasks.read(task) for task in planned}
  done = {task for task, record in records.items()
          if tasks.is_done(task, record)}
  for path in {os.path.dirname(task.directory): task.directory
               for task in done}.values():
    locks.settle(path)
  failures = {} if retry else {
      task: record.error for task, record in records.items()
      if record.state is tasks.State.FAILED}
  pending = [task for task in planned
             if task not in failures and task not in done]
  count, unfinished = len(done), {}
  waiting = dict.fromkeys(pending)
  with display.Display(len(planned), count) as shown:
    for outcome in runner(pending) if pending else ():
      if outcome is None:
        shown.update(_running(waiting))
        continue
      task, result = outcome
      del waiting[task]
      error = _error(result)
      if isinstance(result, locks.OutputInUse) or _was_interrupted(result):
        unfinished[task] = error
        shown.unfinished(task, error)
        continue
      if error:
        failures[task] = error
      else:
        count += 1
      shown.ended(task, error)
    shown.update(())
  return Result(count, failures, unfinished)


def _error(result):
  """One line that says why a task is not done; "" if it is."""
  if _was_interrupted(result):
    return "it was interrupted; the same command goes on"
  if isinstance(result, tasks.Record):
    return result.error
  return performing.reason(result)


def _was_interrupted(result):
  return isinstance(result, tasks.Record) and result.state not in (
      tasks.State.DONE, tasks.State.FAILED)


def _running(waiting: Iterable[tasks.Task], limit: int = 256
             ) -> Iterator[tasks.Task]:
  """Finds the tasks that run, among the first of those that have not ended."""
  for task, _ in zip(waiting, range(limit), strict=False):
    if os.path.exists(task.log) and tasks.read(task).state is (
        tasks.State.RUNNING):
      yield task

