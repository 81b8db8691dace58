"""Tasks of a study: one model each, and the record of what became of it.

The folder of a task holds `model`, `postprocessed`, `metrics` and `pictures` as
`dlib_reproduce` and `sparse-disent evaluate` write them, and two files of its
own: `task.json`, the record, and `task.log`, what the task has printed.
"""
import dataclasses
import enum
import json
import os
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sparse_disent.common import writing
from sparse_disent.results import gin_files
from sparse_disent.results import identity
from sparse_disent.results import json_files
from sparse_disent.study import definition

RECORD = "task.json"
LOG = "task.log"
# How names of a protocol's files begin.
PROTOCOLS = "the protocol's "


class State(str, enum.Enum):
  """State of a task."""

  WAITING = "waiting"
  RUNNING = "running"
  INTERRUPTED = "interrupted"
  FAILED = "failed"
  DONE = "done"


@dataclasses.dataclass(frozen=True)
class Task:
  """One model of a study: how to make it, and where it goes.

  Attributes:
    number: Number of the model in its study.
    directory: Folder of its results.
    gin_file: Path of the configuration that all models of the study share.
    bindings: Gin bindings of this model; later ones win.
    protocol: Name or folder of the evaluation protocol.
    label: Short text that tells it from other models of the study.
    sources: Pairs of a gin parameter and the `Task` of the model whose folder
      it holds. That model is trained first.
    url: URL to which the folder is copied when the task is done; "" for none.
    files: Pairs of names and texts: parameters that `gin_file` binds and their
      values; files of the protocol, whose names begin with `PROTOCOLS`, and
      checksums of what they bind.
  """

  number: int
  directory: str
  gin_file: str
  bindings: tuple[str, ...]
  protocol: str
  label: str
  sources: tuple[tuple[str, "Task"], ...] = ()
  url: str = ""
  files: tuple[tuple[str, str], ...] = ()

  @property
  def model_dir(self) -> str:
    """Folder of the trained model."""
    return os.path.join(self.directory, "model")

  @property
  def log(self) -> str:
    """Path of the file that gets what the task prints."""
    return os.path.join(self.directory, LOG)

  @property
  def all_bindings(self) -> list[str]:
    """The gin bindings, with the folders of other models where they are."""
    return [*self.bindings, *(
        f"{name} = {source.model_dir!r}" for name, source in self.sources)]


@dataclasses.dataclass(frozen=True)
class Record:
  """Record of a task.

  Attributes:
    state: `State`.
    gin_file, bindings, protocol: As in the `Task` that was begun.
    files: The same as a dictionary; None in a record of an earlier version.
    error: One line that says why it failed; "" otherwise.
    attempts: Number of times that it was begun.
    seconds: Seconds of each step in all attempts, by its name.
  """

  state: State = State.WAITING
  gin_file: str = ""
  bindings: tuple[str, ...] = ()
  protocol: str = ""
  files: dict[str, str] | None = None
  error: str = ""
  attempts: int = 0
  seconds: dict[str, float] = dataclasses.field(default_factory=dict)


def make(study: definition.Study, output: str, numbers: Sequence[int], *,
         bindings: Sequence[str] = (), url: str = "",
         files: Sequence[tuple[str, str]] = ()) -> list[Task]:
  """Makes the tasks of some models of a study.

  Args:
    study: A `Study`.
    output: Folder of the study's results.
    numbers: Numbers of the models.
    bindings: Gin bindings that win over those of the study.
    url: URL to which the results are copied; "" for none.
    files: See `Task`.
  """
  varied = study.varied()

  def task(number):
    return Task(
        number, os.path.join(output, study.folder(number)), study.gin_file,
        (*study.bindings, f"model.model_num = {number}",
         *study.model_bindings(number), *bindings),
        study.protocol, _label(study.settings(number), varied),
        tuple((name, task(source))
              for name, source in study.sources(number).items()),
        f"{url.rstrip('/')}/{study.folder(number)}" if url else "",
        tuple(files))

  return [task(number) for number in numbers]


def _label(settings, varied):
  """Text such as "vae.beta=4, model.random_seed=0"."""
  return ", ".join(f"{name}={settings[name]}" for name in varied
                   if name in settings)


def read(task: Task) -> Record:
  """Reads the record of a task.

  Raises:
    ValueError: Another model is in the task's folder, or the record is damaged.
  """
  path = os.path.join(task.directory, RECORD)
  try:
    return decoded(path, json_files.read(path), task)
  except FileNotFoundError:
    return Record()


def decoded(path: str, values: dict[str, Any], task: Task) -> Record:
  """Reads the content of a record.

  Args:
    path: Where it is.
    values: The content, as JSON is read.
    task: The `Task` whose record it is to be.

  Raises:
    ValueError: Another model is in the task's folder, or the record is damaged.
  """
  try:
    record = Record(**{**values, "state": State(values["state"]),
                       "bindings": tuple(values["bindings"])})
    problem = _problem(record, task)
  except (AttributeError, KeyError, TypeError, ValueError) as error:
    raise ValueError(
        f"'{path}' is no record of a task: {error}. Delete it: what is done is "
        "found again.") from error
  if problem:
    raise ValueError(f"'{os.path.dirname(path)}' {problem}")
  return record


# Settings that may change from one run of a study to the next: more steps
# continue a training, and a study may grow.
_FREE = (identity.STEPS, "model.model_num")
_PATHS = ("gin_file", "protocol")


def _problem(record: Record, task: Task) -> str:
  """Says why a task cannot go on with what its record is of; "" if it can."""
  if _is_alike(record, task):  # It takes a moment to read thousands of models.
    return ""
  before, now = _stated(record, task), _stated(task, task)
  found = changes(before, now, _is_free)
  if found:
    return (f"holds another model: {found}. Give another --output, or the "
            "settings of before.")
  reached, asked = _steps(before), _steps(now)
  if record.state is State.DONE and reached and asked and reached > asked:
    return (f"holds a model of {reached} steps, and {asked} are asked for. Give"
            f" --steps={reached} or more, or another --output.")
  return ""


def changes(before: Mapping[str, Any], now: Mapping[str, Any],
            is_free: Callable[..., bool] = lambda name, before, now: False
            ) -> str:
  """Says which settings were others before; "" if none was.

  Args:
    before: Settings of before, by name.
    now: Settings of now.
    is_free: Function of a name and both, whether the setting may differ.
  """
  return ", ".join(
      f"{name} was {before.get(name, 'not set')}, and is "
      f"{now.get(name, 'not set')}" for name in sorted({*before, *now})
      if before.get(name) != now.get(name)
      and not is_free(name, before, now))


def _is_free(name, before, now):
  """Tells whether a setting may differ.

  A protocol may have more metrics, and one file has several paths.
  """
  if name in _PATHS:
    paths = before[name], now[name]
    return all(map(os.path.exists, paths)) and os.path.samefile(*paths)
  return name in _FREE or (
      name.startswith(PROTOCOLS) and not (name in before and name in now))


def _is_alike(record, task):
  return record.files in (None, dict(task.files)) and all(
      getattr(record, name) == getattr(task, name)
      for name in ("gin_file", "bindings", "protocol"))


def _stated(stated: Record | Task, task: Task) -> dict[str, str]:
  """All that a task, or its record, states about its model."""
  files = task.files if stated.files is None else stated.files
  # Values as text, which tells 4 from 4.0 as trainings do.
  bound = {name: repr(value)
           for name, value in gin_files.parsed(stated.bindings).items()}
  return {**dict(files), **bound, "gin_file": stated.gin_file,
          "protocol": stated.protocol}


def _steps(settings):
  """Number of training steps; None if it is not known."""
  steps = identity.value(settings.get(identity.STEPS))
  return steps if isinstance(steps, int) else None


def is_done(task: Task, record: Record) -> bool:
  """Tells whether nothing is left to do, also if more steps are asked for, or
  more metrics.
  """
  if record.state is not State.DONE or _is_alike(record, task):
    return record.state is State.DONE
  before, now = _stated(record, task), _stated(task, task)
  return _steps(before) == _steps(now) and all(
      name in before for name in now if name.startswith(PROTOCOLS))


def changed(task: Task, record: Record, **changes: Any) -> Record:
  """Returns a record with other values, and with the task's settings.

  Args:
    task: The `Task`.
    record: The `Record` of before.
    **changes: New values of its attributes.
  """
  return dataclasses.replace(
      record, gin_file=task.gin_file, bindings=task.bindings,
      protocol=task.protocol, files=dict(task.files), **changes)


def encoded(record: Record) -> bytes:
  """Returns the content of a record's file."""
  return json.dumps(dataclasses.asdict(record), indent=2).encode()


def write(task: Task, record: Record, **changes: Any) -> Record:
  """Writes the record of a task, whole; see `changed`.

  Returns:
    record: The `Record` that was written.
  """
  record = changed(task, record, **changes)
  writing.replace_files(
      {os.path.join(task.directory, RECORD): encoded(record)})
  return record


class Stopwatch:
  """Adds up the seconds of steps."""

  def __init__(self, seconds: dict[str, float]):
    """Starts from the seconds of earlier attempts."""
    self.seconds = dict(seconds)
    self._began = time.monotonic()

  def lap(self, step: str) -> None:
    """Adds the time since the last call to a step."""
    now = time.monotonic()
    self.seconds[step] = round(
        self.seconds.get(step, 0.) + now - self._began, 1)
    self._began = now


def last_line(task: Task) -> str:
  """Returns the last line that a task has printed; "" if there is none."""
  try:
    with open(task.log, "rb") as log:
      log.seek(max(0, os.path.getsize(task.log) - 2000))
      text = log.read().decode(errors="replace")
  except OSError:
    return ""
  lines = text.replace("\r", "\n").split("\n")
  return next((line.strip() for line in reversed(lines) if line.strip()), "")
