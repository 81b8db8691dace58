"""Samples for DCI by regression, and its scores."""
import numpy as np
import pytest
from support import small_data

from sparse_disent.metrics import dci_scores


def split(points, function=lambda x: x, num_train=30, num_test=20):
  return dci_scores.Split.draw(
      small_data.Points(points), small_data.reader(function), num_train,
      num_test, np.random.RandomState(0), 10)


def test_columns_are_scaled_as_the_training_set():
  points = np.random.RandomState(0).randint(5, size=[50, 3])
  points[:, 1] = 4
  drawn = split(points, lambda x: 10 * x + 3)
  expected = ((points - points[:30].mean(axis=0))[:, [0, 2]]
              / points[:30].std(axis=0)[[0, 2]])
  for actual, rows in ((drawn.codes, slice(30)), (drawn.factors, slice(30)),
                       (drawn.test_codes, slice(30, None)),
                       (drawn.test_factors, slice(30, None))):
    np.testing.assert_allclose(actual, expected[rows], rtol=1e-12)
  assert drawn.sample.constant_factors() == [1]


def test_results():
  points = np.random.RandomState(0).randint(5, size=[50, 3])
  results = dci_scores.results(
      split(points), np.eye(3), np.array([0.0, 0.5, 0.25]),
      np.array([0.04, 1.0, 0.25]))
  assert results == {
      "disentanglement": 1.0, "completeness": 1.0,
      "informativeness_train": 0.75,
      "informativeness_test": pytest.approx((0.96 + 0.75) / 3),
      "error_test": pytest.approx((0.2 + 1 + 0.5) / 3),
      "importance": np.eye(3).tolist(), "constant_factors": []}


@pytest.mark.parametrize("scales, name, reason", [
    ([1, 0], "disentanglement",
     "it takes 2 or more factors that vary, and there are 1"),
    ([1, 0], "completeness",
     "it takes 2 or more latents that vary, and there are 1")])
def test_undefined(scales, name, reason):
  points = np.random.RandomState(0).randint(5, size=[50, 2]) * scales
  results = dci_scores.results(
      split(points), np.ones([1, 1]), np.zeros(1), np.zeros(1))
  assert results[name] is None and results[f"{name}_undefined"] == reason
  assert results["informativeness_test"] == 1.0
