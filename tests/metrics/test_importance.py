"""Disentanglement and completeness of matrices."""
import numpy as np
import pytest
from disentanglement_lib.evaluation.metrics import dci
from scipy import stats

from sparse_disent.metrics import importance

MATRIX = np.random.RandomState(0).uniform(size=[5, 3])


@pytest.mark.parametrize("matrix, disentanglement, completeness", [
    (np.eye(3), 1, 1),
    (np.ones([4, 3]), 0, 0),
    (np.zeros([4, 3]), 0, 0),
    # Each factor in two latents: entropy log(2) of log(4).
    (np.tile(np.eye(2), [2, 1]), 1, 0.5),
    # A latent for both factors, which weighs 2 of 2.
    ([[1, 1], [0, 0]], 0, 1),
    # Latents 0 and 1 weigh 3 : 1; only latent 1 knows a factor alone.
    ([[1.5, 1.5], [0, 1]], 0.25, 0.5 * (2 - stats.entropy([0.6, 0.4], base=2))),
    # No latent matters for factor 1.
    ([[1, 0], [0, 0]], 1, 0.5),
])
def test_closed_forms(matrix, disentanglement, completeness):
  matrix = np.asarray(matrix, float)
  assert importance.disentanglement(matrix) == pytest.approx(disentanglement)
  assert importance.completeness(matrix) == pytest.approx(completeness)


def test_disentanglement_is_upstreams():
  assert importance.disentanglement(MATRIX) == pytest.approx(
      dci.disentanglement(MATRIX), abs=1e-9)


def test_completeness_is_upstreams_for_factors_of_equal_weight():
  """Upstream weighs factors by the sums of their importances."""
  matrix = MATRIX / MATRIX.sum(axis=0)
  assert importance.completeness(matrix) == pytest.approx(
      dci.completeness(matrix), abs=1e-9)
  assert importance.completeness(matrix * [1, 2, 9]) == pytest.approx(
      importance.completeness(matrix))
