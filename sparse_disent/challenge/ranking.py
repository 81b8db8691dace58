"""Ranks several runs of one's own by the mean of their ranks.

The ranking is ours. The starter kit has no score that sums up the five.
"""
import math
import os
from collections.abc import Sequence

import numpy as np
from scipy import stats

from sparse_disent.challenge import contract
from sparse_disent.challenge import scores
from sparse_disent.common import text_table
from sparse_disent.results import identity

# Difference of scores that two gradings of one model may have. Codes that
# differ in their last digits move single points across a boundary of a
# classifier: 0.001 is five of 5,000 test points. Scores vary with the seed by
# many times as much.
TOLERANCE = 0.001
# Of differences of float64 scores: 0.501 - 0.5 is more than 0.001.
_ROUNDING = 1e-9
NOTE = ("Mean rank over the five metrics (1 is best; scores within "
        f"{TOLERANCE} of the best of them share a rank): sparse_disent's own, "
        "not the challenge's.")


def table(run_dirs: Sequence[str]) -> str:
  """Ranks runs, best first.

  Args:
    run_dirs: Folders of graded runs, two or more.

  Returns:
    String, one line for each run, and for each run whose scores are damaged.

  Raises:
    FileNotFoundError: If a run was not graded.
    ValueError: If fewer than two are whole, or they cannot be compared.
  """
  places = set(map(os.path.realpath, run_dirs))
  if len(places) < 2 or len(places) < len(run_dirs):
    raise ValueError(
        f"Ranking takes two runs or more, each once, but got "
        f"{', '.join(run_dirs) or 'none'}.")
  run_dirs, found, left_out = _read(run_dirs)
  _check_comparable(run_dirs)
  ranks = mean_ranks([list(run.values()) for run in found])
  rows = [["run", "mean rank", *contract.SCORES]]
  rows += [[run_dirs[i], f"{ranks[i]:.2f}",
            *map(scores.number, found[i].values())]
           for i in np.argsort(ranks, kind="stable")]
  return "\n".join([*text_table.lines(rows), NOTE, *(
      f"left out: {message}" for message in left_out)])


def _read(run_dirs):
  """Returns the runs whose scores are whole, these, and messages on others."""
  found, left_out = {}, []
  for run_dir in run_dirs:
    try:
      found[run_dir] = scores.read(run_dir)
    except ValueError as error:
      left_out.append(str(error))
  if len(found) < 2:
    raise ValueError(f"Fewer than two runs can be ranked: "
                     f"{' '.join(left_out)}")
  return list(found), list(found.values()), left_out


def mean_ranks(values: list[list[float | None]]) -> np.ndarray:
  """Averages the ranks of runs over metrics.

  Args:
    values: List of lists [num_runs][num_metrics]. None, an undefined score,
      ranks behind all numbers.

  Returns:
    ranks: float64 [num_runs]; 1 is the rank of the highest score, and scores
      within `TOLERANCE` of the best of them share the mean of their ranks.
  """
  columns = [_tied([-math.inf if value is None else value for value in column])
             for column in zip(*values, strict=True)]
  return stats.rankdata(-np.transpose(columns), axis=0).mean(axis=1)


def _tied(column):
  """Replaces each score by the best score with the same rank."""
  tied, best = list(column), math.inf
  for i in sorted(range(len(column)), key=lambda i: -column[i]):
    if best - column[i] > TOLERANCE + _ROUNDING:
      best = column[i]
    tied[i] = best
  return tied


def _check_comparable(run_dirs):
  """Checks that runs were measured with the same settings."""
  for metric in contract.SCORES:
    first, *others = (_settings(run_dir, metric) for run_dir in run_dirs)
    for run_dir, settings in zip(run_dirs[1:], others, strict=True):
      for name in sorted(set(first) | set(settings)):
        if first.get(name) != settings.get(name):
          raise ValueError(
              f"'{run_dir}' and '{run_dirs[0]}' cannot be ranked: for {metric} "
              f"they have {name} = {settings.get(name)} and {first.get(name)}. "
              "Rank runs on the same data set with the same settings.")


def _settings(run_dir, metric):
  prefix = "evaluation_config."
  return {name.removeprefix(prefix): value
          for name, value in scores.results(run_dir, metric).items()
          if name.startswith(prefix)
          and not identity.is_free(name.removeprefix(prefix))}
