"""Which factors move which latents, where that is known."""
import numpy as np
import pytest
from support import small_data

from sparse_disent.metrics import factor_sparsity

SIZES = np.array([4, 3, 6])
# Root mean square of the change of a factor, conditional on a change, in
# standard deviations: E (g' - g)^2 = 2 Var(g), and it is 0 once in n times.
ALONE = np.sqrt(2 * SIZES / (SIZES - 1))


def score(function, num_train=2000, data=None, **kwargs):
  return factor_sparsity.compute_factor_sparsity(
      data or small_data.Factors(SIZES), small_data.reader(function),
      np.random.RandomState(0), num_train=num_train, **kwargs)


def test_codes_that_are_the_factors():
  results = score(lambda x: 7 - 3 * x)
  # Five standard errors of a mean square over at least 1,300 points.
  np.testing.assert_allclose(results["change"], np.diag(ALONE), atol=0.1)
  assert np.count_nonzero(results["change"]) == 3
  assert results["noise"] == [0, 0, 0]
  assert results["factors_per_latent"] == [1, 1, 1]
  assert results["latents_per_factor"] == [1, 1, 1]
  assert results["mean_factors_per_latent"] == 1
  assert results["mean_latents_per_factor"] == 1
  assert results["disentangled_fraction"] == 1
  assert results["active_latents"] == [0, 1, 2]


def test_changes_of_every_pair_of_observations():
  """The expectation, over all x and all other values of each factor."""
  function = lambda x: np.stack([
      x[:, 0] * x[:, 1] + x[:, 2], np.sin(x[:, 0] - 2.0 * x[:, 2])], axis=1)
  every = np.stack(np.meshgrid(*map(np.arange, SIZES), indexing="ij"), axis=-1)
  codes = function(every.reshape([-1, 3])).reshape([*SIZES, 2])
  expected = np.empty([2, 3])
  for j, size in enumerate(SIZES):
    lines = np.moveaxis(codes, j, 0)
    squares = np.square(lines[:, None] - lines[None])
    expected[:, j] = squares.sum(axis=(0, 1)).mean(axis=(0, 1)) / (
        size * (size - 1))
  expected = np.sqrt(expected / codes.reshape([-1, 2]).var(axis=0)[:, None])
  results = score(function, num_train=20_000)
  np.testing.assert_allclose(results["change"], expected, atol=0.03)
  np.testing.assert_array_equal(results["factors_per_latent"], [3, 2])
  np.testing.assert_array_equal(results["latents_per_factor"], [2, 1, 2])
  assert results["mean_factors_per_latent"] == 2.5
  assert results["disentangled_fraction"] == 0


def test_permuted_duplicated_pruned_and_mixed():
  results = score(lambda x: np.stack(
      [x[:, 2], x[:, 2], 0 * x[:, 0] + 5, x[:, 0] + x[:, 2], x[:, 0]], axis=1))
  assert results["factors_per_latent"] == [1, 1, 0, 2, 1]
  assert results["latents_per_factor"] == [2, 0, 3]
  assert results["active_latents"] == [0, 1, 3, 4]
  assert results["mean_factors_per_latent"] == 5 / 4
  assert results["mean_latents_per_factor"] == 5 / 3
  assert results["disentangled_fraction"] == 3 / 4
  assert results["change"][2] == [0, 0, 0]


def test_fully_entangled():
  results = score(lambda x: x @ np.array([[1, 2], [2, -1], [1, 1]]))
  assert results["factors_per_latent"] == [3, 3]
  assert results["latents_per_factor"] == [2, 2, 2]
  assert results["disentangled_fraction"] == 0


def test_no_active_latent():
  results = score(lambda x: np.full([len(x), 2], 0.3, np.float32))
  assert results["change"] == [[0, 0, 0]] * 2
  assert results["factors_per_latent"] == [0, 0]
  assert results["mean_latents_per_factor"] == 0
  for name in ("mean_factors_per_latent", "disentangled_fraction"):
    assert results[name] is None
    assert results[f"{name}_undefined"] == "no latent is active"


def test_one_latent():
  results = score(lambda x: x[:, 1:2])
  assert results["factors_per_latent"] == [1]
  assert results["latents_per_factor"] == [0, 1, 0]


def test_variance_threshold():
  function = lambda x: x * [0.01, 1, 1]
  assert score(function)["active_latents"] == [1, 2]
  results = score(function, variance_threshold=0)
  assert results["active_latents"] == [0, 1, 2]
  np.testing.assert_allclose(results["change"], np.diag(ALONE), atol=0.1)


@pytest.mark.parametrize("leak, moved", [(0.05, 1), (0.15, 2), (0.2, 2)])
def test_threshold_is_in_standard_deviations(leak, moved):
  """A latent with a little of another factor in it, at any scale."""

  def function(x):
    centered = (x - (SIZES - 1) / 2) / np.sqrt((SIZES**2 - 1) / 12)
    return 1000 * (centered[:, :1] + leak * centered[:, 1:2])

  results = score(function)
  assert results["factors_per_latent"] == [moved]
  np.testing.assert_allclose(
      results["change"][0][1], leak * ALONE[1] / np.sqrt(1 + leak**2),
      rtol=0.1)
  assert score(function, threshold=0)["factors_per_latent"] == [2]
  assert score(function, threshold=0.5)["factors_per_latent"] == [1]


def test_observation_noise_moves_nothing():
  data = small_data.Factors(SIZES, num_noise=40)
  results = score(lambda x: x, data=data)
  assert results["factors_per_latent"] == [1] * 3 + [0] * 40
  assert results["latents_per_factor"] == [1, 1, 1]
  # The difference of two draws has twice their variance.
  np.testing.assert_allclose(results["noise"][3:], np.sqrt(2), atol=0.15)
  np.testing.assert_allclose(results["noise"][:3], 0)
  assert results["disentangled_fraction"] == 1


def test_limit_of_noise_is_that_of_a_difference_of_two_means():
  """Of 400 points, and of those whose factor has changed: all, 100, none."""
  noise = np.random.RandomState(3).exponential(size=[400, 2]) * [1, 7]
  expected = noise.mean(axis=0)[:, None] + 5 * noise.std(axis=0)[:, None] * (
      np.sqrt([2 / 400, 1 / 400 + 1 / 100, 1 / 400 + 1]))
  np.testing.assert_allclose(
      factor_sparsity._noise_limit(noise, np.array([400, 100, 0])), expected,
      rtol=1e-12)


def test_a_factor_is_found_behind_noise():
  data = small_data.Factors(SIZES, num_noise=1)
  results = score(lambda x: x[:, 2:3] + 2 * x[:, 3:], data=data)
  assert results["factors_per_latent"] == [1]
  assert results["latents_per_factor"] == [0, 0, 1]
  variance = (SIZES[2]**2 - 1) / 12 + 4
  np.testing.assert_allclose(
      results["noise"], [np.sqrt(2 * 4 / variance)], rtol=0.1)


def test_factors_with_few_values():
  """All other values but one's own are tried, however few there are."""
  data = small_data.Factors([1, 2])
  results = score(lambda x: x[:, ::-1], data=data)
  # n = 2: every change is by 1, and a standard deviation is 1/2.
  np.testing.assert_allclose(
      results["change"], [[0, 2], [0, 0]], atol=0.01)
  assert results["latents_per_factor"] == [0, 1]
  assert results["mean_latents_per_factor"] == 0.5


def test_how_much_is_encoded():
  """num_factors + 2 passes over the points, in batches."""
  sizes = []

  def function(x):
    sizes.append(len(x))
    return x

  score(function, num_train=1000, batch_size=100)
  passes = sum(sizes) / 1000
  expected = 2 + np.sum(1 - 1 / SIZES)  # A value is its own successor 1/n.
  assert max(sizes) == 100 and passes == pytest.approx(expected, abs=0.15)


@pytest.mark.parametrize("name", [
    "num_train", "batch_size", "threshold", "variance_threshold"])
def test_arguments_are_checked(name):
  with pytest.raises(ValueError, match=rf"factor_sparsity\.{name} must be a"):
    score(lambda x: x, **{name: -1})
