"""Gin parameters in results: their values, and those that tell no models apart.

Runs that differ in seeds, paths and names alone are one model, and evaluations
that differ in these alone are one metric. All tables, reports and comparisons
decide by `is_free`.
"""
import ast
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

# The number of training steps.
STEPS = "model.training_steps"
# Last words of parameters, such as `random_gate.seed`, `model.random_seed`,
# `connectivity.model_dir` and `ticket_gate.path`.
_SEED = "seed"
_PLACES = ("path", "dir", "directory", "file", "folder")
# Names of results.
_NAMES = ("model.name", "model.model_num", "postprocess.name",
          "evaluation.name")
# Names and paths of data sets tell models apart.
_DATA = "dataset"
# Settings of checkpoints and of logs. Gin records them also where they have
# their defaults, and older versions did not have them.
_WRITING = tuple(f"run_config.{name}" for name in (
    "keep_checkpoint_max", "save_checkpoints_secs", "save_checkpoints_steps",
    "log_step_count_steps"))


def is_seed(parameter: str) -> bool:
  """Tells whether a gin parameter holds a seed, such as `random_gate.seed`."""
  return _ends_with(parameter, _SEED)


def is_place(parameter: str) -> bool:
  """Tells whether a gin parameter holds a path, such as `ticket_gate.path`."""
  return any(_ends_with(parameter, place) for place in _PLACES)


def is_free(parameter: str) -> bool:
  """Tells whether runs of one model may differ in a gin parameter.

  Args:
    parameter: Name such as "a/random_gate.seed".

  Returns:
    True for seeds, paths, names of results, and settings of checkpoints and of
    logs.
  """
  name = parameter.rpartition("/")[2]
  if name.partition(".")[0] == _DATA:
    return is_seed(name)
  return is_seed(name) or is_place(name) or name in (*_NAMES, *_WRITING)


def settings(config: Mapping[str, str]) -> dict[str, str]:
  """Selects the settings that make a model, or a metric, what it is.

  Args:
    config: Dictionary from gin parameters to text.
  """
  return {name: text for name, text in config.items() if not is_free(name)}


def key(config: Mapping[str, str]) -> frozenset[tuple[str, str]]:
  """Key that runs share if they differ in free parameters alone."""
  return frozenset(settings(config).items())


def differing(configs: Sequence[Mapping[str, str]]) -> list[str]:
  """Names the settings in which some configurations differ, sorted."""
  names = {name for config in configs for name in {*config, *configs[0]}
           if config.get(name) != configs[0].get(name)}
  return sorted(name for name in names if not is_free(name))


def bound(config: Mapping[str, str], parameter: str, default: Any = None
          ) -> Any:
  """Returns the value that a configuration binds to a parameter, in any scope.

  Args:
    config: Dictionary from gin parameters to text.
    parameter: Name such as "vae.beta".
    default: Value if it is not bound.
  """
  text = bound_text(config, parameter)
  return default if text is None else value(text)


def bound_text(config: Mapping[str, str], parameter: str) -> str | None:
  """Returns what `bound` evaluates; None if the parameter is not bound."""
  return next((text for name, text in config.items()
               if name.rpartition("/")[2] == parameter), None)


def value(text: str | None) -> Any:
  """The value of a gin parameter; what is no Python literal stays text."""
  try:
    return ast.literal_eval(text)  # type: ignore[arg-type]
  except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
    return text


def _ends_with(parameter, word):
  last = parameter.rpartition(".")[2]
  return last == word or last.endswith(f"_{word}")
