"""Rank correlation of scores over trained networks."""
from collections.abc import Sequence

import numpy as np

from sparse_disent.results import runs as runs_lib
from sparse_disent.results import summary

# Fewest networks over which ranks are compared.
FEWEST = 5


def spearman(scores: Sequence[summary.Score],
             runs: Sequence[runs_lib.Run]) -> np.ndarray:
  """Computes Spearman's rank correlation of each pair of scores.

  Networks in which one of the two is undefined do not count.

  Args:
    scores: List of `Score`.
    runs: The trained networks, seeds included.

  Returns:
    correlations: [num_scores, num_scores], from -1 to 1. NaN if fewer than
      `FEWEST` networks have both scores, or a score is the same in all of them.
  """
  import pandas as pd  # Takes long to import.
  places = {str(run.path): i for i, run in enumerate(runs)}
  values = np.full([len(runs), len(scores)], np.nan)
  for column, score in enumerate(scores):
    for measured in (each for found in score.values.values()
                     for each in found):
      row = places.get(str(measured.run.path))
      if row is not None and measured.value is not None:
        values[row, column] = measured.value
  return pd.DataFrame(values).corr(
      method="spearman", min_periods=FEWEST).to_numpy()
