"""Collects the scores of models, and their spread over seeds."""
import collections
import dataclasses
from typing import NamedTuple

import numpy as np

from sparse_disent.data import factors
from sparse_disent.results import headlines
from sparse_disent.results import identity
from sparse_disent.results import models as models_lib
from sparse_disent.results import repeats
from sparse_disent.results import runs as runs_lib
from sparse_disent.results import scalars

_LARGEST_COUNT = 1e15  # Larger floats are no counts.


class Measured(NamedTuple):
  """A score of one run.

  Attributes:
    run: The `Run`.
    value: Number, the mean over the seeds of the evaluation; None if it is
      undefined.
    reason: Why it is undefined, in all seeds or in some; None if it is defined
      in all.
    by_seed: Dictionary from seeds of the evaluation to values or None.
  """

  run: runs_lib.Run
  value: float | None
  reason: str | None = None
  by_seed: dict = {}

  @property
  def deviation(self) -> float | None:
    """Standard deviation over the seeds (n - 1); None for fewer than two."""
    values = [each for each in self.by_seed.values() if each is not None]
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


@dataclasses.dataclass
class Score:
  """One number that was measured on some models.

  Attributes:
    representation: Name of the representation; "" for the training's own.
    metric: Name of the metric in its protocol, or "training".
    name: Key in the result file.
    label: Name for people if it is a main score, else None; no other metric has
      the same one.
    function: The metric's gin name, or "training".
    headline: As `label`, but several metrics may have it.
    values: Dictionary from the index of a model to a list of `Measured`, one
      for each run.
  """

  representation: str
  metric: str
  name: str
  label: str | None
  function: str = ""
  headline: str | None = None
  values: dict[int, list[Measured]] = dataclasses.field(default_factory=dict)

  @property
  def place(self) -> str:
    """Representation and metric, such as "mean/mig"."""
    return "/".join(filter(None, (self.representation, self.metric)))

  @property
  def counts(self) -> bool:
    """True for a count: integers, or whole numbers that are not all 0 or 1."""
    values = [measured.value for runs in self.values.values()
              for measured in runs if measured.value is not None]
    return all(isinstance(value, int) for value in values) or (
        all(value == int(value) for value in values)
        and any(abs(value) > 1 for value in values))


@dataclasses.dataclass(frozen=True)
class Spread:
  """Summary of the scores of several seeds; the quartiles are NumPy's."""

  count: int
  median: float
  lower: float
  upper: float
  lowest: float
  highest: float


def spread(values: list[float]) -> Spread:
  """Summarizes numbers.

  Args:
    values: List of finite numbers, at least one.

  Returns:
    A `Spread`.
  """
  quantiles = np.quantile(np.asarray(values, np.float64),
                          [0.0, 0.25, 0.5, 0.75, 1.0])
  lowest, lower, median, upper, highest = map(float, quantiles)
  return Spread(len(values), median, lower, upper, lowest, highest)


def scores(models: list[models_lib.Model]) -> list[Score]:
  """Collects every scalar in the result files of some models.

  Args:
    models: List of `Model`.

  Returns:
    scores: List of `Score`: first those of the training, then the main scores.
      The representations of a score stand side by side.
  """
  found: dict[tuple, Score] = {}
  for index, model in enumerate(models):
    for run in model.runs:
      for metric in _metrics(run):
        for name, measured, headline in _measured(run, metric):
          score = found.setdefault((metric.representation, metric.name, name),
                                   Score(metric.representation, metric.name,
                                         name, headline, metric.function,
                                         headline))
          score.values.setdefault(index, []).append(measured)
  _tell_apart(found.values())
  return sorted(found.values(), key=_order(found.values()))


def _metrics(run):
  """The training and the metrics of a run, all as `repeats.Metric`."""
  training = repeats.Metric("", headlines.TRAINING, headlines.TRAINING, {},
                            {}, {None: run.training})
  return [training, *repeats.of_run(run)]


def _measured(run, metric):
  """Yields the name of each score of a metric, its `Measured` and headline."""
  by_seed = {
      seed: dict(_named(run, results)) for seed, results in
      metric.by_seed.items()}
  names = dict.fromkeys(name for each in by_seed.values() for name in each)
  main = headlines.labels(metric.function or metric.name, names)
  for name in names:
    pairs = {seed: each[name] for seed, each in by_seed.items()
             if name in each}
    yield name, _combined(run, pairs), main.get(name)


def _named(run, results):
  named = factors.names(run.bound("dataset.name"),
                        len(results.get("mic") or ()))
  for name, value, reason in scalars.scalars(
      scalars.with_mic(results, named)):
    yield name, (value, reason)


def _combined(run, pairs):
  """One `Measured` of pairs of value and reason, by seed."""
  values = [value for value, _ in pairs.values() if value is not None]
  reasons = dict.fromkeys(reason for _, reason in pairs.values() if reason)
  reason = "; ".join(reasons) or None
  if values and reason:
    reason = f"{len(pairs) - len(values)} of {len(pairs)} seeds: {reason}"
  value = values[0] if len(values) == 1 else (
      float(np.mean(values)) if values else None)
  return Measured(run, value, reason,
                  {seed: value for seed, (value, _) in pairs.items()})


def _tell_apart(found):
  """Adds the metric to labels that several metrics, or a function, share."""
  main = [score for score in found if score.headline]
  by_headline = collections.defaultdict(set)
  by_function = collections.defaultdict(set)
  for score in main:
    by_headline[score.headline].add(score.metric)
    by_function[score.function].add(score.metric)
  for score in main:
    if (len(by_headline[score.headline]) > 1
        or len(by_function[score.function]) > 1):
      score.label = f"{score.headline}, {score.metric}"
  _show_once(main)


def _show_once(main):
  """Takes the label from a score that repeats the number of another metric.

  The label of the other one names both metrics. Two metrics of one function
  stand beside each other whatever they say, and so do those that one model or
  one representation tells apart.
  """
  shown: dict[str, dict[str, list[Score]]] = {}
  for score in main:
    shown.setdefault(score.headline, {}).setdefault(
        score.function, []).append(score)
  for (firsts, *others) in map(dict.values, shown.values()):
    for repeated in others:
      if _shown_values(firsts) == _shown_values(repeated):
        for score in firsts:
          score.label = f"{score.label} and {repeated[0].metric}"
        for score in repeated:
          score.label = None


def _shown_values(scores):
  """The values of a score as a table shows them."""
  return {(score.representation, index, str(measured.run.path)):
          measured.value if measured.value is None else text(measured.value)
          for score in scores for index, runs in score.values.items()
          for measured in runs}


def _order(found):
  """Key by which scores are sorted; those of equal rank stay as found."""
  places = {key: i for i, key in enumerate(dict.fromkeys(
      (score.metric, score.name) for score in found))}
  representations = repeats.in_order(score.representation for score in found)

  def key(score):
    headline = score.headline
    return (score.metric != headlines.TRAINING,
            headlines.ORDER.index(headline) if headline in headlines.ORDER
            else len(headlines.ORDER) + (headline is None), score.metric,
            places[score.metric, score.name],
            representations.index(score.representation))

  return key


def differing_settings(models: list[models_lib.Model]) -> list[str]:
  """Names scores that cannot be compared because their settings differ.

  Args:
    models: List of `Model`.

  Returns:
    remarks: List of sentences. It is empty if the settings of each metric and
      of each representation are the same in all runs, but for seeds, paths,
      names and the data set.
  """
  found: dict[tuple[str, str], set[str]] = {}
  for model in models:
    for run in model.runs:
      for metric in repeats.of_run(run):
        place = "/".join(filter(None, (metric.representation, metric.name)))
        for did, config in (
            (f"{place} was measured", metric.config),
            (f"{metric.representation or place} was made",
             metric.postprocessing)):
          for name, value in config.items():
            if not identity.is_free(name) and name != "dataset.name":
              found.setdefault((did, name), set()).add(value)
  return [
      f"Not comparable: {did} with {name} = "
      f"{' and with '.join(sorted(values))}."
      for (did, name), values in sorted(found.items()) if len(values) > 1]


def counted_twice(models: list[models_lib.Model]) -> list[str]:
  """Names the runs that are one training, done again.

  Args:
    models: List of `Model`.

  Returns:
    remarks: List of sentences. It is empty if the runs of each model differ in
      a seed or in a path.
  """
  found = collections.defaultdict(list)
  for number, model in enumerate(models):
    for run in model.runs:
      if run.config:
        key = number, frozenset(
            (name, value) for name, value in run.config.items()
            if identity.is_seed(name) or identity.is_place(name))
        found[key].append(run.name)
  return [
      f"Counted {len(names)} times: {', '.join(names)} have the same settings "
      "and the same seeds. Leave out all but one."
      for names in found.values() if len(names) > 1]


def text(value: float, counts: bool = False) -> str:
  """Formats a number for a table, with about three digits.

  Args:
    value: A finite number.
    counts: Whether it is a count; then whole numbers get no decimal places.
  """
  if isinstance(value, int) or (
      counts and value == int(value) and abs(value) < _LARGEST_COUNT):
    return f"{int(value):,}".replace("-", "\N{MINUS SIGN}")
  size = abs(value)
  if size and (size < 0.0005 or size >= 1e6):
    result = f"{value:.2e}"
  else:
    digits = 3 if size < 10 else 2 if size < 100 else 1
    result = f"{value:,.{digits}f}"
  return result.replace("-", "\N{MINUS SIGN}")
