"""Studies of users: a Python file or a gin file, given by its path."""
import os
import runpy
import traceback
from typing import Any

from sparse_disent.common import checks
from sparse_disent.results import gin_files
from sparse_disent.study import definition
from sparse_disent.study import searching
from sparse_disent.study import vary

_RESOURCES = ("cpus", "gpus", "hours", "memory_gb")
_SEARCH = ("search", "trials", "score", "smallest")


def _is_text(value):
  return isinstance(value, str)


def _is_list(value):
  return isinstance(value, (list, tuple)) and bool(value)


def _is_mapping(value):
  return (isinstance(value, dict) and all(map(_is_text, value))
          and all(map(_is_list, value.values())))


# What may be set, with a test of the value, and words after "must be".
_FORMS = {
    "gin_config": (_is_text, "the path of a gin file"),
    "vary": (_is_mapping, "a dictionary such as {\"vae.beta\": [1., 4.]}"),
    "seeds": (checks.is_integer, "a number such as 5"),
    "protocol": (_is_text, "the name or the folder of a protocol"),
    "bindings": (lambda value: _is_list(value) and all(map(_is_text, value)),
                 "a list such as [\"model.training_steps = 30000\"]"),
    "search": (_is_mapping,
               "a dictionary such as {\"vae.beta\": (\"log\", 1., 16.)}"),
    "trials": (checks.is_integer, "a number such as 16"),
    "score": (_is_text, "a score such as \"mean/mig/discrete_mig\""),
    "smallest": (lambda value: isinstance(value, bool), "True or False"),
    # `Resources` checks these.
    **dict.fromkeys(_RESOURCES, (lambda value: True, "")),
}


def load(path: str) -> definition.Study:
  """Reads a study from a file.

  A Python file defines `study()`, a function that returns a `Study`; it is run.
  A gin file is only read:

    study.gin_config = "gin_configs/masked_conv_random.gin"
    study.vary = {"random_gate.sparsity": [.1, .4, .7], "vae.beta": [1., 4.]}
    study.seeds = 5
    study.protocol = "channel_masks"

  `study.bindings` is a list of bindings for all models, and `study.cpus`,
  `gpus`, `hours` and `memory_gb` are the fields of `Resources`.

  With `study.search` it is a search, for each combination of `study.vary` apart
  if that is given: a mapping from parameters to ranges, as `searching.draw`
  takes it. `study.trials` is the number of draws, `study.score` the score that
  decides, and `study.smallest = True` says that the smallest one is the best.

  Args:
    path: Path of the file.

  Returns:
    study: A `Study`.

  Raises:
    FileNotFoundError: There is no such file.
    ValueError: It does not define a study, or an error is raised in it.
  """
  if path.endswith(".gin"):
    return _from_gin(path)
  try:
    made = runpy.run_path(path).get("study")
    study = made() if callable(made) else made
  except Exception as error:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__)
             if frame.filename == path]
    if not lines:  # The file cannot be read, or is no Python.
      raise
    raise ValueError(f"'{path}', line {lines[-1]}: {type(error).__name__}: "
                     f"{error}") from error
  if not isinstance(study, definition.Study):
    raise ValueError(
        f"'{path}' must define a function study() that returns a "
        f"sparse_disent.study.definition.Study, but its study is {study!r}.")
  return study


def _from_gin(path):
  values = {}
  for name, value in gin_files.bindings(os.path.abspath(path)).items():
    function, _, key = name.rpartition(".")
    if function != "study" or key not in _FORMS:
      raise ValueError(
          f"'{path}' binds {name}, but the file of a study binds only "
          f"{', '.join(f'study.{key}' for key in _FORMS)}. Bindings of its "
          "models go to study.bindings.")
    holds, rule = _FORMS[key]
    if not holds(value):
      raise ValueError(
          f"'{path}': study.{key} must be {rule}, but is {value!r}.")
    values[key] = value
  searches = "search" in values
  for key in ("gin_config", "protocol", *(
      ("trials", "score") if searches else ("vary",))):
    if key not in values:
      raise ValueError(f"'{path}' lacks study.{key}.")
  for key in _SEARCH:
    if key in values and not searches:
      raise ValueError(f"'{path}' has study.{key}, but no study.search.")
  for name in values.get("search", ()):
    if name in values.get("vary", ()):
      raise ValueError(
          f"'{path}' has {name} in study.search and in study.vary: leave it out"
          " of one of them.")
  return _grid(path, values, **(_search(values) if searches else {}))


def _search(values):
  return {
      "draws": searching.draw(values["search"], values["trials"]),
      "search": definition.Search(
          values["score"], largest=not values.get("smallest", False),
          by=tuple(values.get("vary", ())))}


def _grid(path: str, values: dict[str, Any], **searched: Any
          ) -> definition.Study:
  return vary.grid(
      values["gin_config"], values.get("vary", {}),
      seeds=values.get("seeds", 1), protocol=values["protocol"],
      bindings=values.get("bindings", ()),
      name=os.path.splitext(os.path.basename(path))[0],
      resources=definition.Resources(**{
          key: values[key] for key in _RESOURCES if key in values}), **searched)
