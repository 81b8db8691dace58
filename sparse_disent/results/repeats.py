"""Evaluations that differ only in their seed: one metric, measured repeatedly.

`sparse-disent evaluate --seeds=2` writes the metric `mig` to two folders, `mig`
and `mig_seed_1`. A model that was measured repeatedly is still one model.
"""
import dataclasses
from collections.abc import Hashable
from collections.abc import Iterable
from typing import Any

from sparse_disent.results import identity as identity_lib
from sparse_disent.results import runs as runs_lib
from sparse_disent.results import scalars

SEED, _NAME = "evaluation.random_seed", "evaluation.name"
# Representations in the order in which tables show them; others follow.
_FIRST = ("mean",)


@dataclasses.dataclass
class Metric:
  """One metric on one representation of a run, with all of its seeds.

  Attributes:
    representation: Name of the representation; may be empty.
    name: Name of the metric in its protocol, such as "mig".
    function: The metric's gin name.
    config: Dictionary from gin parameters to text, the configuration of the
      first seed.
    postprocessing: Dictionary, the configuration of the representation.
    by_seed: Dictionary from seeds to results. The seed is None if it is not
      known.
  """

  representation: str
  name: str
  function: str
  config: dict
  postprocessing: dict
  by_seed: dict[int | None, dict[str, Any]]

  @property
  def results(self) -> dict[str, Any]:
    """The results; numbers are means over the seeds."""
    return scalars.mean(list(self.by_seed.values()))


def of_run(run: runs_lib.Run) -> list[Metric]:
  """Returns the metrics of a run, sorted by their names."""
  found: dict[Hashable, Metric] = {}
  for evaluation in sorted(
      run.evaluations, key=lambda each: seed(each.config) or 0):
    number = seed(evaluation.config)
    key = identity(evaluation.representation, evaluation.metric,
                   evaluation.config)
    if key in found and number in found[key].by_seed:
      key = (key, evaluation.metric)  # A copy, or a metric of its own.
    if key not in found:
      found[key] = _begun(evaluation, found.values())
    found[key].by_seed.setdefault(number, evaluation.results)
  return sorted(found.values(), key=lambda metric: (
      metric.representation, metric.name))


def _begun(evaluation, others):
  """A `Metric` without seeds; no two of a representation share a name."""
  taken = {(metric.representation, metric.name) for metric in others}
  told = name(evaluation.metric, evaluation.config)
  if (evaluation.representation, told) in taken:
    told = evaluation.metric
  return Metric(
      evaluation.representation, told,
      function_name(evaluation.config.get("evaluation.evaluation_fn", "")),
      evaluation.config, evaluation.postprocessing, {})


def identity(representation: str, folder: str, config: dict) -> Hashable:
  """Key that the seeds of one metric share.

  Without a recorded seed, nothing tells whether two folders are two seeds: then
  the folder is part of the key.
  """
  told = name("", config) or (folder if seed(config) is None else "")
  return representation, told, identity_lib.key(config)


def name(folder: str, config: dict) -> str:
  """Name of a metric in its protocol, the same for all seeds.

  Args:
    folder: Name of its folder; "" for the name that its results state, which
      may tell runs apart.
    config: Dictionary from gin parameters to text.
  """
  stated = folder or str(identity_lib.value(config.get(_NAME)) or "")
  return stated.removesuffix(suffix(seed(config)))


def suffix(number: int | None) -> str:
  """End of the name of a metric that is measured with a further seed."""
  return "" if number is None else f"_seed_{number}"


def seed(config: dict) -> int | None:
  """The seed that a metric was measured with, or None if it is not known."""
  number = identity_lib.value(config.get(SEED))
  return number if isinstance(number, int) else None


def in_order(representations: Iterable[str]) -> list[str]:
  """Names of representations, each once; the mean comes first."""
  return sorted(set(representations), key=lambda each: (
      each not in _FIRST, each))


def function_name(reference: str) -> str:
  """The name of a function that gin refers to: "@scope/module.mig()" is mig."""
  return reference.removeprefix("@").removesuffix("()").split("/")[-1].split(
      ".")[-1]
