"""Searches for settings: random draws, the best of them, their confirmation.

A search is a study like any other: its models are settings drawn at random from
declared ranges, each trained with a few seeds. The best settings are confirmed
by a second study, on seeds that the search never saw: the best score of many
draws is too good, as it was chosen for being large.

Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization" (JMLR
2012). Draws depend on nothing but their number, so a larger search keeps what a
smaller one has done, and all models can be trained at once.
"""
import dataclasses
import math
import statistics
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from sparse_disent.common import checks
from sparse_disent.common import choices
from sparse_disent.results import identity
from sparse_disent.study import definition
from sparse_disent.study import vary

# Range of a parameter: ("log", 1e-4, 1e-2), ("uniform", 0., 1.),
# ("integer", 2, 10), both ends included, or ("choice", a, b, ...).
Range = Sequence[Any]


@dataclasses.dataclass(frozen=True)
class Candidate:
  """Settings that were tried with several seeds.

  Attributes:
    settings: The settings, without the seeds.
    scores: Score of each seed; None if its model failed, or if the score is
      undefined.
  """

  settings: dict[str, Any]
  scores: tuple[float | None, ...]

  @property
  def median(self) -> float | None:
    """Median of the scores; None if one is missing."""
    known = [score for score in self.scores if score is not None]
    return (statistics.median(known) if len(known) == len(self.scores)
            else None)


def draw(ranges: Mapping[str, Range], trials: int, *, seed: int = 0
         ) -> list[dict[str, Any]]:
  """Draws settings, independently and uniformly.

  Args:
    ranges: Mapping from gin parameters to their ranges. Numbers are rounded to
      three digits, as a recipe is to be read; to more where the range is so
      narrow that they would leave it or be few.
    trials: Number of draws.
    seed: Seed of the draws.

  Returns:
    settings: `trials` dictionaries. The first ones do not depend on `trials`.

  Raises:
    ValueError: A range is of no known form, or there are no trials.
  """
  if not checks.is_integer(trials, 1):
    raise ValueError(
        f"The number of trials must be 1 or more, but is {trials!r}.")
  for name, limits in ranges.items():
    _check(name, limits)
  # NumPy keeps the stream of this generator for good.
  uniform = np.random.RandomState(seed).uniform(size=(trials, len(ranges)))
  return [{name: _scaled(row[i], *limits)
           for i, (name, limits) in enumerate(ranges.items())}
          for row in uniform]


def _check(name, limits):
  kind, *values = limits if isinstance(limits, Sequence) else ("",)
  is_interval = len(values) == 2 and all(
      isinstance(value, int if kind == "integer" else (int, float))
      for value in values) and values[0] < values[1]
  if not (kind == "choice" and values or is_interval and (
      kind in ("uniform", "integer") or kind == "log" and values[0] > 0)):
    raise ValueError(
        f"The range of {name} must be ('log', LOW, HIGH) above 0, ('uniform', "
        "LOW, HIGH), ('integer', LOW, HIGH) or ('choice', VALUE, ...), but is "
        f"{limits!r}.")


def _scaled(uniform, kind, *values):
  """Maps a number of [0, 1) to a range."""
  if kind == "choice":
    return values[int(uniform * len(values))]
  low, high = values
  if kind == "integer":
    return low + int(uniform * (high + 1 - low))
  value = (low * (high / low) ** uniform if kind == "log"
           else low + uniform * (high - low))
  return _rounded(min(max(value, low), high), low, high)


def _rounded(value, low, high):
  return next(rounded for digits in range(3, 18)
              if low <= (rounded := float(f"{value:.{digits}g}")) <= high
              and abs(rounded - value) <= (high - low) / 200)


def candidates(study: definition.Study, rows: Sequence[Mapping[str, Any]],
               score: str) -> list[Candidate]:
  """Groups the models of a study that differ in nothing but seeds.

  Args:
    study: The study.
    rows: Its rows; see `request.Request.rows`.
    score: The column that holds the score.

  Returns:
    candidates: A `Candidate` for each settings, in the order of the study.
  """
  scores = {row["model"]: _score(row, score) for row in rows}
  found: dict[str, list[int]] = {}
  for number in range(len(study.models)):
    found.setdefault(repr(_unseeded(study.settings(number))), []).append(number)
  return [Candidate(_unseeded(study.settings(numbers[0])),
                    tuple(scores.get(number) for number in numbers))
          for numbers in found.values()]


def _unseeded(settings):
  return {name: value for name, value in settings.items()
          if not identity.is_seed(name)}


def _score(row, name):
  value = row.get(name)
  return None if value is None or math.isnan(value) else float(value)


def best(study: definition.Study, rows: Sequence[Mapping[str, Any]]
         ) -> list[Candidate]:
  """Chooses the best settings of a search that is over.

  Settings of which a model has failed, or has no score, are not chosen.

  Args:
    study: A study with a `Search`.
    rows: Its rows.

  Returns:
    winners: For each combination of `Search.by` the `Candidate` with the best
      median.

  Raises:
    ValueError: Models are not done yet, or none of them has the score.
  """
  search = study.search
  if search is None:
    raise ValueError(
        f"The study '{study.name}' searches nothing: --confirm is for those "
        "that do, such as recipes.")
  ended = {row["model"] for row in rows if row["state"] in ("done", "failed")}
  if len(ended) < len(study.models):
    raise ValueError(
        f"{len(study.models) - len(ended):,} of {len(study.models):,} models "
        f"of '{study.name}' are not done yet with the steps that are asked for:"
        " run the same command without --confirm first.")
  groups: dict[str, list[Candidate]] = {}
  for candidate in candidates(study, rows, search.score):
    key = repr([candidate.settings.get(name) for name in search.by])
    groups.setdefault(key, []).append(candidate)
  return [_best(key, group, search, rows) for key, group in groups.items()]


def _best(key, group, search, rows):
  known = [candidate for candidate in group if candidate.median is not None]
  if not known:
    names = sorted({name for row in rows for name in row if "/" in name})
    raise ValueError(
        f"No settings of {key} have '{search.score}' with every seed."
        f"{choices.nearest(search.score, names)}")
  choose = max if search.largest else min
  return choose(known, key=lambda candidate: candidate.median)


def confirmation(study: definition.Study, rows: Sequence[Mapping[str, Any]]
                 ) -> definition.Study:
  """Makes the study that confirms the best settings of a search.

  Args:
    study: A study with a `Search`.
    rows: Its rows.

  Returns:
    study: The best settings with each seed of `Search.confirm`, in folders that
      are named after them.

  Raises:
    ValueError: As for `best`.
  """
  winners = [winner.settings for winner in best(study, rows)]
  assert study.search
  parameters = dict.fromkeys(name for settings in study.models
                             for name in settings if identity.is_seed(name))
  models = definition.with_seeds(
      winners, study.search.confirm, list(parameters))
  folders = [vary.folder(settings) for settings in models]
  return dataclasses.replace(
      study, name=f"{study.name}_confirmed", models=models, search=None,
      folder=folders.__getitem__)
