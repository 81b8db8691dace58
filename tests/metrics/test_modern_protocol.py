"""The protocol `modern`, on arrays."""
import numbers

import numpy as np
import pytest

from sparse_disent import evaluation

SCORES = {
    "infomec": ("info_modularity", "info_compactness", "info_explicitness"),
    "information_scores": ("jemmig", "dcimig", "mig_sup", "med_disentanglement",
                           "med_completeness"),
    "dci_lasso": ("disentanglement", "completeness", "informativeness_test"),
    "dci_random_forest": ("disentanglement", "completeness",
                          "informativeness_test", "explicitness", "size"),
    "mig": ("discrete_mig",),
}


@pytest.fixture(scope="module")
def scores():
  draw = np.random.RandomState(0)
  factors = draw.randint([3, 4, 6], size=[600, 3])
  codes = factors + 0.1 * draw.normal(size=[600, 3])
  return evaluation.evaluate_arrays(
      codes, factors, protocol="modern", num_processes=1)


def test_metrics(scores):
  assert set(scores) == set(SCORES)


@pytest.mark.parametrize("metric", SCORES)
def test_scores_are_numbers(scores, metric):
  for name in SCORES[metric]:
    assert isinstance(scores[metric][name], numbers.Real), name
    assert scores[metric][name] > 0.5, name


def test_rows_to_test_on_are_not_in_the_training_set(scores):
  assert scores["dci_lasso"]["rows"] == (
      "distinct, 600 in all: num_train = 400, num_test = 200 (asked for: "
      "num_train = 10000, num_test = 5000)")
