"""The representations and metrics that a user asks for, for all models.

Gin files are read and checked once, before any work.
"""
import dataclasses
from collections.abc import Sequence

from sparse_disent.common import checks
from sparse_disent.evaluation import metric_tasks
from sparse_disent.evaluation import protocol as protocol_lib
from sparse_disent.results import gin_files
from sparse_disent.results import repeats


@dataclasses.dataclass(frozen=True)
class Request:
  """Representations, and the metrics to compute on each.

  Attributes:
    representations: Dictionary from names to gin files for `dlib_postprocess`.
    metrics: Dictionary from names of results to `metric_tasks.Definition`. A
      metric with several seeds is there several times: "mig", "mig_seed_1".
    bindings: Gin bindings of the user, for both steps.
    overwrite: Whether to make existing results again.
  """

  representations: dict[str, str]
  metrics: dict[str, metric_tasks.Definition]
  bindings: tuple[str, ...] = ()
  overwrite: bool = False


def read(protocol: str, *, representations: Sequence[str] | None = None,
         metrics: Sequence[str] | None = None, overwrite: bool = False,
         seeds: int = 1, gin_bindings: Sequence[str] = ()) -> Request:
  """Reads the gin files of a protocol; arguments as for `runner.evaluate`.

  Raises:
    FileNotFoundError: If there is no such protocol.
    ValueError: If an argument or a gin file is invalid.
  """
  checks.check(checks.is_integer(seeds, 1), "seeds",
               "be a positive integer", seeds,
               "Leave it out for the protocol's own seed alone.")
  bindings = _checked(gin_bindings)
  chosen = protocol_lib.load(protocol).only(
      representations=representations, metrics=metrics)
  files = [*chosen.representations.values(), *chosen.metrics.values()]
  for gin_file in files:  # Makes all imports that bindings may need.
    protocol_lib.parse(gin_file)
  for gin_file in files if bindings else ():
    protocol_lib.parse(gin_file, bindings)
  return Request(
      chosen.representations,
      {result: definition for name, gin_file in chosen.metrics.items()
       for result, definition in _seeded(name, gin_file, bindings, seeds)},
      bindings, overwrite)


def _checked(gin_bindings):
  """The bindings of a user, as a tuple; raises an error for invalid ones."""
  bindings = tuple(gin_bindings)
  if gin_files.find(gin_files.parsed(bindings), "dataset.name"):
    raise ValueError(
        "dataset.name cannot be bound: a model is evaluated on the data set of "
        "its training. Leave this binding out.")
  return bindings


def _seeded(name, gin_file, bindings, seeds):
  """Yields the name of a result and its definition, for each seed."""
  own = metric_tasks.Definition.read(gin_file, bindings)
  yield name, own
  for seed in range(own.seed + 1, own.seed + seeds):
    yield name + repeats.suffix(seed), metric_tasks.Definition.read(
        gin_file, (*bindings, f"{repeats.SEED} = {seed}"))
