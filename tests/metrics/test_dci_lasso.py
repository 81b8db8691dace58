"""DCI with lasso, where the weights have a closed form."""
import itertools

import numpy as np
import pytest
from scipy import stats
from support import small_data

from sparse_disent.metrics import dci_lasso

# All combinations, once each: scaled factors are orthogonal.
POINTS = np.array(list(itertools.product(range(3), range(4), range(6))))
SCALED = (POINTS - POINTS.mean(axis=0)) / POINTS.std(axis=0)


def score(function, points=POINTS, **kwargs):
  return dci_lasso.compute_dci_lasso(
      small_data.Points(np.tile(points, [2, 1])), small_data.reader(function),
      np.random.RandomState(0),
      **{"num_train": len(points), "num_test": len(points), "batch_size": 12,
         **kwargs})


def turned(angle):
  """Factors 0 and 1 turned by an angle; factor 2 as it is."""
  matrix = np.eye(3)
  matrix[:2, :2] = [[np.cos(angle), np.sin(angle)],
                    [-np.sin(angle), np.cos(angle)]]

  def function(x):
    return (x - POINTS.mean(axis=0)) / POINTS.std(axis=0) @ matrix

  return function


@pytest.mark.parametrize("angle", [0, 0.2, np.pi / 4])
@pytest.mark.parametrize("alpha", [0.02, 0.1])
def test_orthogonal_codes(angle, alpha):
  """The weight of a code is its correlation, less alpha, and not below 0."""
  results = score(turned(angle), alpha=alpha)
  cos, sin = (max(abs(f(angle)) - alpha, 0) for f in (np.cos, np.sin))
  weights = np.array([[cos, sin, 0], [sin, cos, 0], [0, 0, 1 - alpha]])
  np.testing.assert_allclose(results["importance"], weights, atol=1e-9)
  pair = 1 - stats.entropy([cos, sin], base=3)
  share = 2 * (cos + sin) / weights.sum()
  assert results["disentanglement"] == pytest.approx(
      share * pair + (1 - share))
  assert results["completeness"] == pytest.approx((2 * pair + 1) / 3)
  # What is left of factor 0 is (cos - w_0)^2 + (sin - w_1)^2.
  losses = np.array([*[(abs(np.cos(angle)) - cos)**2
                       + (abs(np.sin(angle)) - sin)**2] * 2, alpha**2])
  assert results["informativeness_test"] == pytest.approx(1 - losses.mean())
  assert results["error_test"] == pytest.approx(np.sqrt(losses).mean())


def test_what_the_means_predict():
  results = score(lambda x: 0 * x)
  assert results["informativeness_test"] == pytest.approx(0, abs=1e-12)
  assert results["error_test"] == pytest.approx(1)
  for name in ("disentanglement", "completeness"):
    assert results[name] is None
    assert "latents that vary, and there are 0" in results[f"{name}_undefined"]


def test_of_equal_latents_one_gets_the_weight():
  results = score(lambda x: np.concatenate([x, x], axis=1))
  assert results["completeness"] == pytest.approx(1)


@pytest.mark.parametrize("alpha", [0, -1, None, float("nan")])
def test_alpha(alpha):
  with pytest.raises(ValueError) as error:
    score(lambda x: x, alpha=alpha)
  assert str(error.value).splitlines()[0] == (
      f"dci_lasso.alpha must be a positive number, but is {alpha!r}. 0.02 is "
      "the default.")


@pytest.mark.parametrize("name", ["num_train", "num_test", "batch_size"])
def test_other_arguments_are_checked(name):
  with pytest.raises(ValueError, match=rf"dci_lasso\.{name} must be a posit"):
    score(lambda x: x, **{name: 0})
