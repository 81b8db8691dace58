"""Groups runs into models; `identity` says in what the runs of one differ."""
import dataclasses
import string
from collections.abc import Callable
from typing import Any

from sparse_disent.results import identity
from sparse_disent.results import runs as runs_lib

# Text in place of a value if a model's configuration lacks the parameter.
UNSET = "unset"


@dataclasses.dataclass
class Model:
  """Runs with one configuration.

  Attributes:
    key: Letter that stands for it in pictures: "A", "B", ...
    name: Its name in the configuration of its first run.
    settings: Dictionary from the gin parameters in which models differ to this
      model's values, as text.
    runs: List of `Run`, by seed.
  """

  key: str
  name: str
  settings: dict[str, str]
  runs: list[runs_lib.Run]

  def first(self, read: Callable[[runs_lib.Run], Any]
            ) -> tuple[runs_lib.Run | None, Any]:
    """The run of the lowest seed that has a certain result.

    Args:
      read: Function from a `Run` to a result; the result is empty if the run
        has none.

    Returns:
      (run, result): The run and its result; (None, None) if no run has one.
    """
    for run in self.runs:
      result = read(run)
      if result:
        return run, result
    return None, None

  def which(self, run: runs_lib.Run) -> str:
    """Sentence that names the shown run; "" if the model has only one run."""
    if len(self.runs) == 1:
      return ""
    seed = "" if run.seed is None else f", seed {run.seed}"
    return f"Shown is the run {run.name}{seed}."


def group(runs: list[runs_lib.Run]) -> list[Model]:
  """Groups runs by their configuration without seeds, paths and names.

  Args:
    runs: List of `Run`.

  Returns:
    models: List of `Model` in the order of their first runs.
  """
  found = {}
  for run in runs:
    found.setdefault(_identity(run), []).append(run)
  configs = [members[0].config for members in found.values()]
  differing = identity.differing(configs)
  return [
      Model(_key(i), _name(members[0]),
            {name: members[0].config.get(name, UNSET) for name in differing},
            members)
      for i, members in enumerate(
          sorted(members, key=_order) for members in found.values())]


def telling(models: list[Model]) -> list[str]:
  """Chooses the settings that are needed to tell models apart.

  Some models lack a part, such as a gate, and with it the settings of the part.
  Such a setting is chosen only if models that have the part differ in it.
  Otherwise the setting that adds the part tells enough.

  Args:
    models: List of `Model`, the return value of `group`.

  Returns:
    names: List of gin parameters.
  """
  names = list(models[0].settings)
  fewer = [name for name in names if len(
      {model.settings[name] for model in models} - {UNSET}) > 1]
  shown = {(model.name, *map(model.settings.get, fewer)) for model in models}
  return fewer if len(shown) == len(models) else names


def told(models: list[Model]) -> list[dict[str, str]]:
  """The settings that tell each model apart, without those that it lacks.

  Args:
    models: List of `Model`, the return value of `group`; it may be empty.

  Returns:
    settings: A dictionary from gin parameters to text for each model.
  """
  names = telling(models) if models else []
  return [{name: text for name in names
           if (text := model.settings[name]) != UNSET} for model in models]


def _identity(run):
  """Key that the runs of a model share: configuration, or else the path."""
  return identity.key(run.config) if run.config else run.path


def _name(run):
  return str(run.bound("model.name") or runs_lib.as_text(run.path.name))


def _order(run):
  return isinstance(run.seed, int), run.seed or 0, str(run.path)


def _key(index):
  """A, B, ..., Z, AA, AB, ..."""
  letters = string.ascii_uppercase
  key = letters[index % len(letters)]
  return key if index < len(letters) else _key(
      index // len(letters) - 1) + key
