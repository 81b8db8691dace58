import pathlib

import numpy as np
import pytest
from scipy import stats

from sparse_disent.results import rank_correlation
from sparse_disent.results import runs
from sparse_disent.results import summary

RUNS = [runs.Run(pathlib.Path(str(i))) for i in range(8)]


def score(name, values):
  """A score of models with two seeds each."""
  measured = [summary.Measured(run, value)
              for run, value in zip(RUNS, values, strict=True)]
  return summary.Score("mean", name, name, name, values={
      i: measured[2 * i:2 * i + 2] for i in range(4)})


def test_equals_scipys():
  one, two = np.random.RandomState(0).rand(2, 8)
  three = [*[None] * 3, *two[3:]]
  found = rank_correlation.spearman(
      [score("a", one), score("b", two), score("c", three)], RUNS)
  assert np.diag(found) == pytest.approx(1)
  assert found[0, 1] == pytest.approx(stats.spearmanr(one, two).statistic)
  assert found[2, 0] == pytest.approx(
      stats.spearmanr(one[3:], two[3:]).statistic)


def test_constant_scores_and_few_networks_have_none():
  found = rank_correlation.spearman([
      score("a", range(8)), score("b", [1.] * 8),
      score("c", [*range(4), *[None] * 4])], RUNS)
  assert np.isnan(found[0, 1:]).all()


def test_other_networks_do_not_count():
  found = rank_correlation.spearman(
      [score("a", range(8)), score("b", [*range(5), 9, 7, 0])], RUNS[:5])
  assert found[0, 1] == pytest.approx(1)
