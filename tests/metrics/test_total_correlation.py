"""Total correlation of codes for which it is known."""
import numpy as np
import pytest
from disentanglement_lib.evaluation.metrics import unsupervised_metrics
from scipy import special
from scipy import stats
from sklearn import feature_selection
from support import small_data

from sparse_disent.metrics import total_correlation

NAMES = ("gaussian_total_correlation", "nearest_neighbor_total_correlation")


def score(points, **kwargs):
  return total_correlation.compute_total_correlation(
      small_data.Points(points), small_data.reader(lambda x: x),
      np.random.RandomState(0), **{"num_train": len(points), **kwargs})


def covariance(num_latent, correlation):
  scales = np.arange(1, num_latent + 1)
  return np.outer(scales, scales) * np.where(
      np.eye(num_latent), 1, correlation)


def closed_form(num_latent, correlation):
  """Entropies of SciPy's normal distributions."""
  cov = covariance(num_latent, correlation)
  return sum(stats.norm(scale=np.sqrt(v)).entropy() for v in np.diag(cov)) - (
      stats.multivariate_normal(cov=cov).entropy())


@pytest.mark.parametrize("num_latent, correlation, atol", [
    (2, 0, 0.1), (2, 0.9, 0.1), (2, 0.99, 0.1), (5, 0.5, 0.1), (5, 0.99, 0.1),
    (10, 0, 0.1), (10, 0.99, 0.5)])
def test_gaussians(num_latent, correlation, atol):
  points = np.random.RandomState(1).multivariate_normal(
      np.zeros(num_latent), covariance(num_latent, correlation), 10_000)
  expected = closed_form(num_latent, correlation)
  results = score(points)
  assert results["active_latents"] == list(range(num_latent))
  # It is a sum of -0.5 log(1 - r^2) over m (m - 1) / 2 partial correlations,
  # each with a standard error of at most 1 / sqrt(10000).
  pairs = num_latent * (num_latent - 1) / 2
  assert results[NAMES[0]] == pytest.approx(
      expected, abs=5 * np.sqrt(pairs) * 0.01)
  assert results[NAMES[1]] == pytest.approx(expected, abs=atol)


@pytest.mark.parametrize("num_neighbors", [2, 4, 9])
def test_two_latents_as_scikit_learn(num_neighbors):
  points = np.random.RandomState(2).normal(size=[1000, 2])
  points[:, 1] += 3 * np.square(points[:, 0])
  expected, = feature_selection.mutual_info_regression(
      points[:, :1], points[:, 1], n_neighbors=num_neighbors, random_state=0)
  actual = score(points, num_neighbors=num_neighbors)[NAMES[1]]
  assert actual == pytest.approx(expected, abs=1e-9)
  # Only the nearest neighbors see it.
  assert actual > 0.5 > 0.05 > total_correlation.gaussian(points)


def test_the_chain_rule():
  """TC(a, b, c) = I(a; b) + I(a, b; c), with c independent: I(a; b)."""
  points = np.random.RandomState(3).normal(size=[4000, 3])
  points[:, 1] += 2 * points[:, 0]
  results = score(points)
  assert results[NAMES[0]] == pytest.approx(0.5 * np.log(5), abs=0.1)
  assert results[NAMES[1]] == pytest.approx(0.5 * np.log(5), abs=0.1)


def test_factors_as_codes_are_independent():
  """Ties: each of the 72 points occurs many times."""
  results = total_correlation.compute_total_correlation(
      small_data.Factors(), small_data.reader(lambda x: x[:, ::-1]),
      np.random.RandomState(0), num_train=5000)
  # Half of chi-squared / num_train, 3 pairs with up to 15 degrees of freedom.
  assert results[NAMES[0]] == pytest.approx(0, abs=0.005)
  assert results[NAMES[1]] == pytest.approx(0, abs=0.05)


def test_upstreams_gaussian_of_the_same_points():
  points = np.float32(np.random.RandomState(4).normal(size=[200, 3]))
  points[:, 2] += points[:, 0]
  expected = unsupervised_metrics.gaussian_total_correlation(
      np.cov(np.float64(points), rowvar=False))
  assert score(points)[NAMES[0]] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("scales, active", [
    ([1, 0, 1], [0, 2]), ([1, 0.05, 1], [0, 2]), ([1, 0.2, 1], [0, 1, 2])])
def test_pruned_latents_do_not_count(scales, active):
  points = np.random.RandomState(5).normal(size=[1000, 3])
  points[:, 2] += points[:, 0]
  results = score(points * scales)
  assert results["active_latents"] == active
  # Half of the mean of chi-squared with 3 degrees of freedom / 1000, and more.
  assert results[NAMES[0]] == pytest.approx(0.5 * np.log(2), abs=0.12)
  only = score(points[:, active] * np.array(scales)[active])
  assert [results[name] for name in NAMES] == [only[name] for name in NAMES]


@pytest.mark.parametrize("scales", [[1], [0], [0, 0, 0], [0, 1, 0]])
def test_fewer_than_two_active_latents(scales):
  results = score(np.random.RandomState(6).normal(size=[50, 1]) * scales)
  assert [results[name] for name in NAMES] == [0, 0]
  assert results["active_latents"] == [i for i, s in enumerate(scales) if s]


@pytest.mark.parametrize("matrix", [
    [[1, 0, 1], [0, 1, 0]], [[1, 0, -3], [0, 1, 0]], [[1, 0, 1], [0, 1, 0.7]]])
def test_a_latent_that_others_determine(matrix):
  points = np.random.RandomState(7).normal(size=[500, 2])
  results = score(np.float32(points @ matrix))
  for name in NAMES:
    assert results[name] is None
    assert results[f"{name}_undefined"] == (
        "the correlation matrix of the active latents is singular: a latent is "
        "a linear function of others, so the total correlation is infinite")
  assert results["active_latents"] == [0, 1, 2]


def test_nearly_determined_is_not_singular():
  points = np.random.RandomState(8).normal(size=[500, 2])
  points[:, 1] = points[:, 0] + 1e-5 * points[:, 1]
  # TC = -0.5 log(1 - rho^2) with 1 - rho^2 = 1e-10 / (1 + 1e-10).
  assert score(points)[NAMES[0]] == pytest.approx(5 * np.log(10), abs=0.2)


def test_too_few_points():
  results = score(np.random.RandomState(9).normal(size=[4, 6]), num_neighbors=2)
  assert results["gaussian_total_correlation"] is None
  assert results["gaussian_total_correlation_undefined"] == (
      "4 points are too few for 6 active latents: raise "
      "total_correlation.num_train")


@pytest.mark.parametrize("num_neighbors", [0, 10, 2.0, True])
def test_num_neighbors(num_neighbors):
  with pytest.raises(ValueError) as error:
    score(np.zeros([10, 2]), num_neighbors=num_neighbors)
  assert str(error.value).splitlines()[0] == (
      "total_correlation.num_neighbors must be a positive integer below "
      f"num_train, 10, but is {num_neighbors!r}. 3 is the default.")


@pytest.mark.parametrize("name", [
    "num_train", "batch_size", "variance_threshold"])
def test_other_arguments_are_checked(name):
  with pytest.raises(ValueError, match=rf"total_correlation\.{name} must be a"):
    score(np.zeros([10, 2]), **{name: -1})


@pytest.mark.parametrize("rounding", [0.0, 1e-7])
def test_images_that_are_drawn_twice_are_no_neighbors(rounding):
  """10,000 of the 17,568 images of Cars3D, as upstream draws them."""
  draw = np.random.RandomState(0)
  rows = draw.randint(17_568, size=10_000)
  points = draw.normal(size=[17_568, 10])[rows]
  encoded = points + rounding * draw.normal(size=points.shape)
  results = total_correlation.compute_total_correlation(
      small_data.Points(rows[:, np.newaxis]), lambda unused_rows: encoded,
      np.random.RandomState(0), num_train=10_000, batch_size=10_000)
  assert results["num_distinct_points"] == len(np.unique(rows)) < 8000
  assert results[NAMES[1]] == pytest.approx(0.0, abs=0.1)
  # With the copies: as many nats as dependent latents have.
  assert total_correlation.nearest_neighbors(
      points, 3, np.random.RandomState(0)) > 1.0


def test_copies():
  factors = np.array([[0, 1], [0, 1], [0, 1], [2, 1], [0, 1]])
  codes = np.array([[1.0, 2], [2, 3], [1, 2], [1, 2], [2, 3 + 1e-7]])
  # Neither noise nor other factors make a copy.
  assert total_correlation.find_copies(codes, factors).sum() == 2
  assert not total_correlation.find_copies(codes[1:4], factors[1:4]).any()


def test_few_values_have_no_copies():
  draw = np.random.RandomState(0)
  points = draw.randint(4, size=[100, 2])
  assert not total_correlation.find_copies(1.0 * points, points).any()
  codes = points + [0.0, 0.1] * points[:, :1]  # As many as combinations.
  assert total_correlation.find_copies(codes, points).sum() == 100 - 16


def test_too_few_distinct_points():
  points = np.repeat([[0.0, 1], [1, 0], [3, 3]], 10, axis=0)
  results = score(points)
  assert results[NAMES[1]] is None and results[NAMES[0]] > 0.0
  assert results[f"{NAMES[1]}_undefined"] == (
      "3 of the points are distinct, which have no 3 neighbors each")


def test_class_probabilities_are_left_out(tmp_path):
  """They sum to 1: with them both estimates are infinite."""
  random = np.random.RandomState(4)
  shared = random.normal(size=[2000, 1])
  continuous = shared + random.normal(size=[2000, 2])
  classes = special.softmax(random.normal(size=[2000, 3]), axis=1)
  place = tmp_path / "mean/results/gin"
  place.mkdir(parents=True)
  (tmp_path / "mean/tfhub").mkdir()
  (place / "train.gin").write_text(
      "encoder.num_latent = 5\nsparse_vae.categorical = @categorical_latent\n"
      "categorical_latent.num_classes = 3")
  results = score(np.concatenate([continuous, classes], axis=1),
                  artifact_dir=f"{tmp_path}/mean/artifacts/x")
  assert (results["active_latents"], results["num_classes"]) == ([0, 1], 3)
  # A correlation of .5: -log(1 - .25) / 2.
  for name in NAMES:
    assert results[name] == pytest.approx(.144, abs=.05)
