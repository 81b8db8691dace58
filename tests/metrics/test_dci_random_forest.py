"""DCI, explicitness and size by random forests."""
import numpy as np
import pytest
from sklearn import ensemble
from support import small_data

from sparse_disent.metrics import dci_random_forest

DEPTHS = dci_random_forest.DEPTHS


def score(function, data=None, seed=0, **kwargs):
  return dci_random_forest.compute_dci_random_forest(
      data or small_data.Factors(num_noise=3), small_data.reader(function),
      np.random.RandomState(seed),
      **{"num_train": 400, "num_test": 200, "num_trees": 5, **kwargs})


def test_codes_that_are_the_factors():
  results = score(lambda x: x[:, :3])
  for name in ("disentanglement", "completeness", "informativeness_train",
               "informativeness_test", "size"):
    assert results[name] == pytest.approx(1, abs=1e-9), name
  np.testing.assert_allclose(results["importance"], np.eye(3), atol=1e-9)
  # A tree of depth 2 tells 4 values apart, one of depth 3 six.
  assert results["depths"] == [2, 2, 3]


def test_each_factor_in_two_latents():
  results = score(lambda x: np.concatenate([
      x[:, :3] + 0.01 * x[:, 3:], x[:, :3] - 0.01 * x[:, 3:]], axis=1),
                  num_trees=50)
  assert results["size"] == 0.5
  assert results["disentanglement"] == pytest.approx(1, abs=0.01)
  # Entropy log(2) of log(6) if both get the same number of splits.
  assert results["completeness"] == pytest.approx(
      1 - np.log(2) / np.log(6), abs=0.1)


def test_a_latent_for_two_factors():
  results = score(lambda x: np.stack([6 * x[:, 0] + x[:, 2], x[:, 1]], axis=1))
  assert results["completeness"] == pytest.approx(1, abs=1e-9)
  # Weights are sums over factors: latent 0 has 2 of 3, for two factors.
  assert results["disentanglement"] == pytest.approx(
      1 - 2 / 3 * np.log(2) / np.log(3), abs=1e-9)


def test_noise():
  results = score(lambda x: x[:, 3:])
  assert results["informativeness_test"] == pytest.approx(0, abs=0.3)
  assert results["disentanglement"] < 0.3


def test_depth_is_chosen_on_one_half_and_judged_on_the_other():
  """Beside forests of scikit-learn, one fit for each depth."""
  points = np.random.RandomState(1).randint(8, size=[600, 2])
  noise = np.random.RandomState(2).normal(size=[8, 8])
  data = small_data.Points(points)

  def function(x):
    x = x[:, :2].astype(int)
    z = x[:, 0] + 3.0 * noise[tuple(x.T)]
    return np.stack([z, x[:, 1]], axis=1)

  results = score(function, data, num_train=400, num_test=200)
  codes, factors = function(points), points / points[:400].std(axis=0)
  seeds = np.random.RandomState(0).randint(np.iinfo(np.int32).max, size=2)
  for j, seed in enumerate(seeds):
    losses = []
    for depth in DEPTHS:
      predicted = ensemble.RandomForestRegressor(
          5, max_depth=depth, random_state=seed).fit(
              codes[:400], factors[:400, j]).predict(codes[400:])
      losses.append(np.square(predicted - factors[400:, j]))
    losses = np.array(losses)
    np.testing.assert_allclose(np.array(results["loss_capacity"])[:, j],
                               losses[:, 100:].mean(axis=1), atol=0.02)
    assert losses[DEPTHS.index(results["depths"][j]), :100].mean() <= (
        losses[:, :100].mean(axis=1).min() + 0.02)


@pytest.mark.parametrize("losses, expected", [
    ([1 - (depth - 1) / 31 for depth in DEPTHS], 0),
    ([0.3] * len(DEPTHS), 1),
    ([0.4, 0.1, *[0.4] * (len(DEPTHS) - 2)], 1 - 0.3 / 31),
])
def test_explicitness(losses, expected):
  assert dci_random_forest.explicitness(
      DEPTHS, np.array(losses)) == pytest.approx(expected)


def test_explicitness_as_retyped_from_dci_es():
  """1 - AULCC / Z with Z = (largest - least capacity) * 1 / 2."""
  losses = np.random.RandomState(0).uniform(size=len(DEPTHS))
  best = [min(losses[:i + 1]) for i in range(len(losses))]
  area = sum((DEPTHS[i + 1] - DEPTHS[i]) * (
      (best[i] + best[i + 1]) / 2 - best[-1]) for i in range(len(best) - 1))
  assert dci_random_forest.explicitness(DEPTHS, losses) == pytest.approx(
      1 - area / ((DEPTHS[-1] - DEPTHS[0]) / 2))


def test_constant_codes():
  results = score(lambda x: 0 * x[:, :2])
  # The variance of 100 points is within a fifth of that of 400.
  assert results["informativeness_test"] == pytest.approx(0, abs=0.2)
  for name in ("disentanglement", "completeness", "explicitness", "size"):
    assert results[name] is None, name
    assert "latents that vary" in results[f"{name}_undefined"]


@pytest.mark.parametrize("name, value, rule", [
    ("num_train", 0, "a positive integer"), ("num_test", 1, "2 or greater"),
    ("num_trees", 0, "a positive integer"), ("num_trees", 2.0, "a positive"),
    ("num_trees", True, "a positive")])
def test_arguments_are_checked(name, value, rule):
  with pytest.raises(ValueError,
                     match=rf"dci_random_forest\.{name} must be {rule}"):
    score(lambda x: x, **{name: value})
