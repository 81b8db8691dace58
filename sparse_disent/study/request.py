"""The sweep that a command line asks for."""
import argparse
import dataclasses
import functools
import os
from collections.abc import Sequence
from typing import Any

from sparse_disent.common import addresses
from sparse_disent.common import output_place
from sparse_disent.results import gin_files
from sparse_disent.results import identity
from sparse_disent.results import runs
from sparse_disent.results import scalars
from sparse_disent.study import catalogue
from sparse_disent.study import definition
from sparse_disent.study import remote
from sparse_disent.study import searching
from sparse_disent.study import tasks as tasks_lib
from sparse_disent.study import vary

# Options that a study has no use for, and what to do instead.
_OF_GRIDS = {
    "vary": "To choose models of a study, give --where or --models.",
    "seeds": "A study has its own seeds: choose some with --where.",
    "protocol": "A study has its own: `sparse-disent evaluate` takes another.",
}


@dataclasses.dataclass(frozen=True)
class Request:
  """Models of a study to be trained, and where they go.

  Attributes:
    study: The study.
    output: Folder of its results.
    bindings: Gin bindings that win over those of the study.
    numbers: Numbers of the models.
    url: URL to which the results are copied; "" for none.
    confirms: The search whose best settings the study confirms, or None.
  """

  study: definition.Study
  output: str
  bindings: tuple[str, ...]
  numbers: Sequence[int]
  url: str = ""
  confirms: "Request | None" = None

  def tasks(self) -> list[tasks_lib.Task]:
    """Returns the tasks of the models that are asked for."""
    return self._make(self.numbers)

  def _make(self, numbers):
    return tasks_lib.make(self.study, self.output, numbers,
                          bindings=self.bindings, url=self.url,
                          files=self._files)

  @functools.cached_property
  def _files(self):
    """See `tasks.Task`: read once, as studies have thousands of models."""
    return files(self.study.gin_file, self.study.protocol)

  def begun(self) -> list[tasks_lib.Task]:
    """Returns the tasks of all models of the study that any sweep has begun.

    Those that were begun with other settings are left out.
    """
    return [task for task in self._make(range(len(self.study.models)))
            if _is_begun(task)]

  def rows(self) -> list[dict[str, Any]]:
    """Returns what became of the models that were begun.

    Returns:
      rows: For each a dictionary: "model", its number; "state"; and, if it is
        done, each score as REPRESENTATION/METRIC/SCORE, None if it is
        undefined. A model of other steps than are asked for is waiting.
    """
    return [_row(task, tasks_lib.read(task)) for task in self.begun()]


def files(gin_file: str, protocol: str) -> tuple[tuple[str, str], ...]:
  """Reads what the files of a study state; see `tasks.Task.files`.

  Args:
    gin_file: Path of the configuration that all models share.
    protocol: Name or folder of the evaluation protocol.
  """
  from sparse_disent.evaluation import protocol as protocol_lib  # TensorFlow.
  loaded = protocol_lib.load(protocol)
  measured = {
      f"{tasks_lib.PROTOCOLS}{kind} {name}": definition.digest(
          sorted(gin_files.bindings(os.path.abspath(path)).items()))
      for kind, paths in (("representation", loaded.representations),
                          ("metric", loaded.metrics))
      for name, path in paths.items()}
  configured = {name: repr(value)
                for name, value in gin_files.bindings(gin_file).items()}
  return tuple({**configured, **measured}.items())


def _row(task, record):
  is_done = tasks_lib.is_done(task, record)
  state = (tasks_lib.State.WAITING if record.state is tasks_lib.State.DONE
           and not is_done else record.state)
  return {"model": task.number, "state": state.value,
          **(_scores(task.directory) if is_done else {})}


def _scores(directory):
  try:
    found = runs.find([directory])
  except FileNotFoundError:  # Nothing is evaluated yet.
    return {}
  place = os.path.realpath(directory)  # A compacted model may be within.
  return {f"{evaluation.representation}/{evaluation.metric}/{name}": value
          for run in found if os.path.realpath(run.path) == place
          for evaluation in run.evaluations
          for name, value, _ in scalars.scalars(evaluation.results)}


def _is_begun(task):
  try:
    return tasks_lib.read(task).state is not tasks_lib.State.WAITING
  except ValueError:
    return False


def read(arguments: argparse.Namespace) -> Request:
  """Reads a command line.

  Args:
    arguments: Those of `sparse-disent sweep`.

  Raises:
    FileNotFoundError: There is no such study or file.
    OSError: The folder of the results cannot be made.
    ValueError: The arguments name no study, or no model of it, or bind what
      varies in it.
  """
  study = _with_masks(_study(arguments), arguments.gin_bindings)
  _check_bindings(study, "--gin_bindings", arguments.gin_bindings)
  steps = ([] if arguments.steps is None
           else [f"{identity.STEPS} = {arguments.steps}"])
  _check_bindings(study, "--steps", steps)
  place, url = arguments.output or os.path.join("output", study.name), ""
  if addresses.is_remote(place):
    remote.check(place)
    place, url = os.path.join("output", study.name), place.rstrip("/")
  output_place.check("--output", place)
  asked = Request(study, place, (*arguments.gin_bindings, *steps),
                  range(len(study.models)), url)
  if arguments.confirm:
    if url:
      remote.exchange(asked.tasks())
    asked = Request(
        searching.confirmation(study, asked.rows()),
        os.path.join(place, "confirmed"), asked.bindings, (),
        f"{url}/confirmed" if url else "", asked)
  return dataclasses.replace(asked, numbers=_numbers(asked.study, arguments))


def _study(arguments):
  """Returns the study that the arguments name or describe."""
  if bool(arguments.study) == bool(arguments.gin_config):
    raise ValueError(
        "Give the name of a study, or --gin_config with --vary. Studies are "
        f"{', '.join(catalogue.names())}.")
  if arguments.study:
    for name, cure in _OF_GRIDS.items():
      if getattr(arguments, name):
        raise ValueError(
            f"--{name} goes with --gin_config, not with a study. {cure}")
    return catalogue.load(arguments.study)
  if not arguments.protocol:
    raise ValueError("--gin_config needs a --protocol: the name or the folder "
                     "of what is to be measured.")
  varied = [vary.parse(text) for text in arguments.vary]
  names = [name for name, _ in varied]
  for name in names:
    if names.count(name) > 1:
      raise ValueError(f"--vary gives {name} twice. Give all of its values at "
                       f"once: --vary={name}=VALUE,VALUE.")
  return vary.grid(
      arguments.gin_config, dict(varied),
      seeds=arguments.seeds or 1, protocol=arguments.protocol)


def _with_masks(study, bindings):
  """Draws random masks that bindings choose from each model's seed.

  A seed that the study or the bindings set stays.
  """
  if not definition.draws_masks(gin_files.parsed(bindings)) or gin_files.find(
      gin_files.bindings(study.gin_file, [*study.bindings, *bindings]),
      definition.MASK_SEED):
    return study
  return dataclasses.replace(study, models=[
      {**settings, **_mask_seed(settings)} for settings in study.models])


def _mask_seed(settings):
  seed = gin_files.find(settings, "model.random_seed")
  if seed is None or gin_files.find(settings, definition.MASK_SEED):
    return {}
  return {definition.MASK_SEED: settings[seed]}


def _check_bindings(study, option, bindings):
  """Refuses bindings that would replace the settings of single models.

  The number of steps may be replaced if it is the same in all of them.
  """
  settable = {identity.STEPS} - {*study.varied()}
  varied = {name: None for settings in study.models for name in settings}
  for name in gin_files.parsed(bindings):
    found = gin_files.find(varied, name)
    if found and found not in settable:
      raise ValueError(
          f"{option} sets {name}, which the models of '{study.name}' set "
          "themselves. Choose models with --where, or vary it with --vary.")


def _numbers(study, arguments) -> list[int]:
  chosen = vary.where(study, arguments.where)
  if arguments.models is not None:
    among = set(definition.numbers(arguments.models, len(study.models)))
    chosen = [number for number in chosen if number in among]
  if not chosen:
    raise ValueError(f"No model of '{study.name}' meets both "
                     f"--models={arguments.models} and --where.")
  return chosen
