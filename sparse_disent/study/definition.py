"""A study as data: a shared configuration, and the settings of each model."""
import dataclasses
import hashlib
import os
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sparse_disent.results import gin_files
from sparse_disent.results import identity

Settings = Mapping[str, Any]

# The seed of random masks, which does not follow that of their model.
MASK_SEED = "random_gate.seed"
# Seeds of a search: this one and those that follow.
FIRST_SEARCHED = 100


@dataclasses.dataclass(frozen=True)
class Resources:
  """Resources that one model needs on a cluster.

  Attributes:
    cpus: Cores.
    gpus: GPUs; a fraction lets several models share one.
    hours: Upper bound of the time, in hours.
    memory_gb: Upper bound of the main memory, in GB.
  """

  cpus: int = 2
  gpus: float = 0.
  hours: float = 12.
  memory_gb: float = 4.

  def __post_init__(self):
    for name, value in dataclasses.asdict(self).items():
      if not isinstance(value, (int, float)) or value < 0 or (
          not value and name != "gpus"):
        raise ValueError(
            f"{name} of a study must be a number above 0 (gpus may be 0), but "
            f"is {value!r}.")


@dataclasses.dataclass(frozen=True)
class ModelOf:
  """Value of a gin parameter: the folder of another model of the same study.

  Attributes:
    number: Number of that model, which is trained first.
  """

  number: int


@dataclasses.dataclass(frozen=True)
class Search:
  """Choice of the best settings of a study, and their confirmation.

  Attributes:
    score: The score that decides, by its median over seeds: a column of the
      table of results, REPRESENTATION/METRIC/SCORE.
    largest: Whether the largest score is the best one.
    by: Parameters; the best settings are chosen for each combination of their
      values.
    confirm: Seeds on which they are confirmed. No model of the study has them.
  """

  score: str
  largest: bool = True
  by: tuple[str, ...] = ()
  confirm: Sequence[int] = range(10)


@dataclasses.dataclass(frozen=True)
class Study:
  """Models, and what is measured on each of them.

  Attributes:
    name: Name of the study, and of the folder of its results.
    gin_file: Path of the configuration that all models share, as gin finds it.
    models: The settings of each model: mappings from gin parameters to values.
      They are in the form of upstream's `hyperparams`: a text that begins with
      "@" is a reference, any other text a string. `ModelOf` is the folder of
      another model.
    protocol: Name or folder of the evaluation protocol.
    bindings: Gin bindings that all models share, such as the number of steps.
    resources: `Resources` of one model.
    folder: Function from a model's number to the name of its folder.
    search: `Search` of a study that looks for the best settings.
  """

  name: str
  gin_file: str
  models: Sequence[Settings]
  protocol: str
  bindings: tuple[str, ...] = ()
  resources: Resources = Resources()
  folder: Callable[[int], str] = str
  search: Search | None = None

  def __post_init__(self):
    if not self.models:
      raise ValueError(f"The study '{self.name}' has no models.")
    for names in {frozenset(settings) for settings in self.models}:
      _check_once(self.name, sorted(names))
    numbers: dict[str, int] = {}
    for number in range(len(self.models)):
      folder = self.folder(number)
      other = numbers.setdefault(folder, number)
      if other != number:
        raise ValueError(
            f"The study '{self.name}' has one folder, '{folder}', for the "
            f"models {other} and {number}. Give each model a folder of its "
            "own.")
    if self.search:
      same = set(self.search.confirm) & {
          value for settings in self.models
          for name, value in settings.items() if identity.is_seed(name)}
      if same:
        raise ValueError(
            f"The study '{self.name}' searches and confirms on the same seeds: "
            f"{', '.join(map(str, sorted(same)))}.")

  def model_bindings(self, number: int) -> list[str]:
    """Returns the gin bindings of one model, without those shared by all.

    Folders of other models are those in which `dlib_reproduce` puts them.

    Raises:
      ValueError: The study has no such model.
    """
    # Upstream's `to_bindings`, without importing upstream for each process.
    return [f"{name} = {gin_text(self._path(value))}"
            for name, value in self.settings(number).items()]

  def _path(self, value):
    if not isinstance(value, ModelOf):
      return value
    return os.path.join("output", self.name, self.folder(value.number), "model")

  def sources(self, number: int) -> dict[str, int]:
    """Returns the parameters of a model that are `ModelOf`, with the numbers.
    """
    return {name: value.number for name, value in self.settings(number).items()
            if isinstance(value, ModelOf)}

  def settings(self, number: int) -> Settings:
    """Returns the settings of one model.

    Raises:
      ValueError: The study has no such model.
    """
    if not 0 <= number < len(self.models):
      raise ValueError(
          f"The study '{self.name}' has no model {number}: its numbers go from "
          f"0 to {len(self.models) - 1:,}.")
    return self.models[number]

  def varied(self) -> dict[str, list[Any]]:
    """Returns the parameters in which models differ, with all their values.

    Folders of other models are left out.
    """
    found: dict[str, list[Any]] = {}
    for settings in self.models:
      for name, value in settings.items():
        if isinstance(value, ModelOf):
          continue
        values = found.setdefault(name, [])
        if value not in values:
          values.append(value)
    return {name: values for name, values in found.items()
            if len(values) > 1 or any(
                name not in settings for settings in self.models)}


def _check_once(study, names):
  """Refuses two names of one parameter, of which gin heeds the last alone."""
  for i, name in enumerate(names):
    other = gin_files.find(names[:i], name)
    if other:
      raise ValueError(
          f"The models of '{study}' set one parameter twice: as {other} and as "
          f"{name}. Leave one of them out.")


def gin_text(value: Any) -> str:
  """Returns a value in gin's syntax; texts are as in upstream's `hyperparams`.
  """
  is_text = isinstance(value, str) and not value.startswith("@")
  return repr(value) if is_text else str(value)


def with_seeds(models: Sequence[Settings], seeds: Sequence[int],
               parameters: Sequence[str] = ("model.random_seed",)
               ) -> list[dict[str, Any]]:
  """Repeats models with several seeds.

  Args:
    models: Settings of each model.
    seeds: The seeds.
    parameters: Gin parameters that each get the seed.

  Returns:
    models: len(models) * len(seeds) settings; the seed varies fastest.
  """
  return [{**settings, **dict.fromkeys(parameters, seed)}
          for settings in models for seed in seeds]


def with_masks_of_their_own(models: Sequence[Settings]
                            ) -> list[dict[str, Any]]:
  """Draws each random mask from its model's seed, or all seeds would share one.

  Args:
    models: Settings of each model, with "model.random_seed".
  """
  return [{**settings, **({MASK_SEED: settings["model.random_seed"]}
                          if draws_masks(settings) else {})}
          for settings in models]


def draws_masks(settings: Settings) -> bool:
  """Tells whether settings choose random masks, or say how they are drawn."""
  return any(name.rpartition("/")[2].startswith("random_gate.")
             or "@random_gate" in str(value)
             for name, value in settings.items())


def numbers(text: str, total: int) -> Iterator[int]:
  """Reads a choice of models, such as "3", "0:40" or "0:4,7".

  Args:
    text: Numbers and ranges, separated by commas; the end of a range is left
      out, as in Python.
    total: Number of models.

  Yields:
    number: Integers below `total`.

  Raises:
    ValueError: It is no such text, or names a model that there is not.
  """
  for part in text.split(","):
    begin, colon, end = part.partition(":")
    try:
      first = int(begin) if begin or not colon else 0
      last = (int(end) if end else total) if colon else first + 1
    except ValueError:
      raise ValueError(
          f"--models must be numbers or ranges such as 3, 0:40 or 0:4,7, but "
          f"is {text!r}.") from None
    if not 0 <= first < last or first >= total or (
        not colon and last > total):
      raise ValueError(
          f"--models={text} names models that there are not: the numbers go "
          f"from 0 to {total - 1:,}.")
    yield from range(first, min(last, total))


def digest(value: Any) -> str:
  """Returns a short name for a value: 8 hexadecimal digits of a checksum."""
  return hashlib.sha256(repr(value).encode()).hexdigest()[:8]
