"""Mean ranks of several runs: ours, for comparing one's own runs.

The starter kit states no score that sums up the five, and neither do we.
"""
import os

import numpy as np
from scipy import stats

from sparse_disent.challenge import contract
from sparse_disent.challenge import scores
from sparse_disent.common import text_table

NOTE = ("Mean rank over the five metrics (1 is best, ties share): "
        "sparse_disent's own, not the challenge's.")
# Part of a metric's configuration that says nothing about how it measures.
_FREE = ("evaluation.random_seed",)


def table(run_dirs):
  """Ranks runs, best first.

  Args:
    run_dirs: Folders of graded runs, two or more.

  Returns:
    String, one line a run.

  Raises:
    FileNotFoundError: If a run was not graded.
    ValueError: If there are fewer than two, or they cannot be compared.
  """
  places = set(map(os.path.realpath, run_dirs))
  if len(places) < 2 or len(places) < len(run_dirs):
    raise ValueError(
        f"Ranking takes two runs or more, each once, but got "
        f"{', '.join(run_dirs) or 'none'}.")
  found = [scores.read(run_dir) for run_dir in run_dirs]
  _check_comparable(run_dirs)
  ranks = mean_ranks([list(run.values()) for run in found])
  rows = [["run", "mean rank", *contract.SCORES]]
  rows += [[run_dirs[i], f"{ranks[i]:.2f}",
            *map(scores.number, found[i].values())]
           for i in np.argsort(ranks, kind="stable")]
  return "\n".join([*text_table.lines(rows), NOTE])


def mean_ranks(values):
  """Averages the ranks of each row over columns.

  Args:
    values: List of lists [num_runs][num_metrics]; None, an undefined score,
      ranks behind all numbers.

  Returns:
    ranks: float64 [num_runs]; 1 is the rank of the highest score, and equal
      scores share the mean of their ranks.
  """
  numbers = np.array([[-np.inf if value is None else value for value in row]
                      for row in values], np.float64)
  return stats.rankdata(-numbers, axis=0).mean(axis=1)


def _check_comparable(run_dirs):
  """Raises a ValueError if runs were not measured in the same way."""
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
          and name.removeprefix(prefix) not in _FREE}
