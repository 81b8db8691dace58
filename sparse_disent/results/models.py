"""Groups runs into models: what was trained alike but for the seed."""
import dataclasses
import string

# In which runs of one model may differ: a ticket is of the run's own seed.
_SEEDS = ("model.random_seed", "model.model_num", "ticket_gate.path")
# The value of a parameter that a model's configuration does not have.
UNSET = "unset"


@dataclasses.dataclass
class Model:
  """Runs with one configuration.

  Attributes:
    key: Letter that stands for it in pictures: "A", "B", ...
    name: What its configuration calls it.
    settings: Dictionary of the gin parameters in which it differs from other
      models, as text.
    runs: List of `Run`, by seed.
  """

  key: str
  name: str
  settings: dict
  runs: list

  def first(self, read):
    """The run of the lowest seed that has something to show.

    Args:
      read: Function from a `Run` to what it has, or to something empty.

    Returns:
      (run, result): The run and what `read` returned; (None, None) if no run
        has anything.
    """
    for run in self.runs:
      result = read(run)
      if result:
        return run, result
    return None, None

  def which(self, run):
    """Says which run is shown, where there are several."""
    if len(self.runs) == 1:
      return ""
    seed = "" if run.seed is None else f", seed {run.seed}"
    return f"Shown is the run {run.name}{seed}."


def group(runs):
  """Groups runs by their configuration, all but the seed.

  Args:
    runs: List of `Run`.

  Returns:
    models: List of `Model` in the order of their first runs.
  """
  found = {}
  for run in runs:
    found.setdefault(_identity(run), []).append(run)
  configs = [members[0].config for members in found.values()]
  differing = sorted({
      name for config in configs for name in {*config, *configs[0]}
      if name not in (*_SEEDS, "model.name")
      and config.get(name) != configs[0].get(name)})
  return [
      Model(_key(i), _name(members[0]),
            {name: members[0].config.get(name, UNSET) for name in differing},
            sorted(members, key=_order))
      for i, members in enumerate(found.values())]


def telling(models):
  """Names of the settings by which models can be told apart.

  Those of a part that some models lack follow from the setting that puts it
  there; they are shown if models that have the part differ in them.

  Args:
    models: List of `Model` of one call of `group`.

  Returns:
    names: List of gin parameters.
  """
  names = list(models[0].settings)
  fewer = [name for name in names if len(
      {model.settings[name] for model in models} - {UNSET}) > 1]
  shown = {(model.name, *map(model.settings.get, fewer)) for model in models}
  return fewer if len(shown) == len(models) else names


def _identity(run):
  """Key that runs of one model share; unknown configurations share none."""
  if not run.config:
    return run.path
  return frozenset(item for item in run.config.items()
                   if item[0] not in _SEEDS)


def _name(run):
  return str(run.bound("model.name") or run.path.name)


def _order(run):
  return isinstance(run.seed, int), run.seed or 0, str(run.path)


def _key(index):
  """A, B, ..., Z, AA, AB, ..."""
  letters = string.ascii_uppercase
  key = letters[index % len(letters)]
  return key if index < len(letters) else _key(
      index // len(letters) - 1) + key
