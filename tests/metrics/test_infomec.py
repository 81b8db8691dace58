"""InfoMEC of codes whose information is known."""
import gin
import numpy as np
import pytest
from scipy import integrate
from scipy import stats
from sklearn import linear_model
from support import small_data

from sparse_disent.metrics import infomec


def score(function, data=None, seed=0, **kwargs):
  return infomec.compute_infomec(
      data or small_data.Factors(num_noise=3), small_data.reader(function),
      np.random.RandomState(seed), **{"num_train": 2000, **kwargs})


def near_factors(x):
  return x[:, :3] + 0.01 * x[:, 3:]


def information(distance):
  """I(z; s) in nats for z ~ N(s * distance, 1) and a fair bit s."""
  first, second = stats.norm(0), stats.norm(distance)

  def density(z):
    p = (first.pdf(z) + second.pdf(z)) / 2
    return -p * np.log(p)

  return integrate.quad(density, -10, distance + 10)[0] - first.entropy()


def test_codes_that_are_nearly_the_factors():
  results = score(near_factors)
  # Estimates of no information are 0.01 of noise.
  for name in ("info_modularity", "info_compactness", "info_explicitness"):
    assert results[name] == pytest.approx(1, abs=0.03), name
  np.testing.assert_allclose(results["mutual_information"], np.diag(
      np.log([4, 3, 6])), atol=0.03)
  assert results["active_latents"] == [0, 1, 2]


def test_fits_that_reach_the_limit():
  """With little noise the classes can be told apart ever more surely."""
  data = small_data.Factors([8, 2], num_noise=2)
  results = score(lambda x: x[:, :2] + 0.2 * x[:, 2:], data)
  assert results["num_fits_at_limit"] == 1
  results = score(lambda x: x[:, 2:], data)
  assert results["num_fits_at_limit"] == 0


def test_each_factor_in_two_latents():
  results = score(lambda x: np.concatenate(
      [near_factors(x), near_factors(x) + 0.01 * x[:, 3:]], axis=1))
  assert results["info_modularity"] == pytest.approx(1, abs=0.03)
  assert results["info_compactness"] == pytest.approx(
      (1 / 2 - 1 / 6) / (1 - 1 / 6), abs=0.03)


def test_a_latent_for_two_factors():
  results = score(lambda x: np.stack(
      [x[:, 0] + 10 * x[:, 2] + 0.01 * x[:, 3], 18 * x[:, 1]], axis=1))
  assert results["info_compactness"] == pytest.approx(1, abs=0.03)
  # Latent 0 knows all of two factors: one half; latent 1 knows one: 1.
  assert results["info_modularity"] == pytest.approx(
      ((1 / 2 + 1) / 2 - 1 / 3) / (1 - 1 / 3), abs=0.03)


@pytest.mark.parametrize("distance", [0, 1, 2, 4])
def test_information_on_a_bit(distance):
  """Of neighbors and, as the best classifier is linear, of the classifier."""
  data = small_data.Factors([2, 2], num_noise=2)
  results = score(lambda x: distance * x[:, :2] + x[:, 2:], data,
                  num_train=4000)
  expected = information(distance)
  np.testing.assert_allclose(np.diag(results["mutual_information"]), expected,
                             atol=0.04)
  # A cross entropy over 4,000 points has standard errors of up to 0.01.
  assert results["info_explicitness"] == pytest.approx(
      expected / np.log(2), abs=0.03)


def test_ratio():
  random = np.random.RandomState(0)
  for matrix in (random.uniform(size=[4, 3]), np.eye(3), np.ones([2, 5])):
    least = 1 / matrix.shape[1]
    expected = (np.mean([max(row) / sum(row) for row in matrix])
                - least) / (1 - least)
    assert infomec.ratio(matrix) == pytest.approx(expected)
  assert infomec.ratio(np.array([[0.3, 0.1], [0, 0]])) == pytest.approx(0.5)
  assert np.isnan(infomec.ratio(np.zeros([2, 2])))


def test_information_is_in_units_of_the_factors_entropy():
  """A latent knows log(2) nats of each of two factors of 2 and 8 values."""
  results = score(lambda x: np.stack(
      [x[:, 0] + 4 * (x[:, 1] % 2) + 0.01 * x[:, 2], 5 * x[:, 1]], axis=1),
                  small_data.Factors([2, 8], num_noise=1))
  first = (1 / (1 + 1 / 3) - 1 / 2) / (1 / 2)
  assert results["info_modularity"] == pytest.approx((first + 1) / 2, abs=0.03)


@pytest.mark.parametrize("scale, active", [
    (1, [0, 1]), (0.13, [0, 1]), (0.125, [0]), (0.1, [0]), (0, [0])])
def test_inactive_latents(scale, active):
  data = small_data.Factors([9, 9])
  results = score(lambda x: x * [1, scale], data, num_train=500)
  assert results["active_latents"] == active
  assert results["mutual_information"][1] == pytest.approx(
      [0, 0 if 1 not in active else np.log(9)], abs=0.1)
  # The classifier sees all latents, standardized.
  assert (results["info_explicitness"] > 0.6) == (scale > 0)


def test_counts_of_discrete_codes():
  table = np.array([2.0, 0, 3, 1])
  data = small_data.Factors([4, 3])

  def function(x):
    return np.stack([table[x[:, 0].astype(int)], x[:, 0] % 2], axis=1)

  results = score(function, data, discrete_codes=True)
  # Latent 1 is the parity of factor 0.
  np.testing.assert_allclose(
      np.array(results["mutual_information"])[:, 0], [np.log(4), np.log(2)],
      atol=0.01)
  np.testing.assert_allclose(
      np.array(results["mutual_information"])[:, 1], 0, atol=0.01)
  assert results["explicitness_per_factor"][0] == pytest.approx(1, abs=0.02)
  assert results["num_distinct_points"] == 2000


def test_without_codes_each_class_has_an_equal_share():
  factor = np.repeat([0, 1, 2], [70, 20, 10])
  classifier = linear_model.LogisticRegression(
      C=np.inf, class_weight="balanced").fit(np.zeros([100, 2]), factor)
  expected = -np.mean(
      classifier.predict_log_proba(np.zeros([100, 2]))[range(100), factor])
  assert expected == pytest.approx(np.log(3))
  assert infomec.explicitness(np.zeros([100, 2]), factor, False)[0] == (
      pytest.approx(0, abs=1e-12))


def test_images_that_are_drawn_twice_count_once():
  draw = np.random.RandomState(0)
  table = draw.normal(size=[25, 20])
  points = np.stack(np.divmod(draw.randint(500, size=2000), 20), axis=1)
  results = score(lambda x: table[tuple(x.astype(int).T)][:, np.newaxis],
                  small_data.Points(points))
  assert results["num_distinct_points"] == len(np.unique(points, axis=0)) < 500
  np.testing.assert_allclose(results["mutual_information"], 0, atol=0.2)
  copies = infomec.mutual_information(
      table[tuple(points.T)][:, np.newaxis], points, False,
      np.random.RandomState(0))
  assert np.all(copies > 1)


@pytest.mark.parametrize("function, name, reason", [
    (lambda x: 0 * x[:, :2], "info_compactness",
     "it takes 2 or more latents that vary, and there are 0"),
    (lambda x: x[:, :1], "info_compactness",
     "it takes 2 or more latents that vary, and there are 1"),
    (lambda x: 0 * x[:, :2], "info_modularity",
     "it takes 1 or more latents that vary, and there are 0"),
    (lambda x: x[:, :0], "info_modularity",
     "it takes 1 or more latents that vary, and there are 0")])
def test_undefined(function, name, reason):
  results = score(function, num_train=300)
  assert results[name] is None and results[f"{name}_undefined"] == reason
  assert 0 <= results["info_explicitness"] < 0.6


def test_a_latent_that_knows_nothing_of_single_factors():
  bits = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 5)
  results = score(lambda x: (x[:, :1] + x[:, 1:]) % 2, small_data.Points(bits),
                  num_train=20, batch_size=20, discrete_codes=True)
  assert results["info_modularity_undefined"] == (
      "no active latent has information on a factor")


def test_constant_factors():
  results = score(lambda x: x[:, [0, 2]] + 0.01 * x[:, 3:],
                  small_data.Factors([4, 1, 6], num_noise=2))
  assert results["constant_factors"] == [1]
  assert results["info_modularity"] == pytest.approx(1, abs=0.03)
  assert len(results["explicitness_per_factor"]) == 2


@pytest.mark.parametrize("arguments, message", [
    ({"discrete_codes": 1}, "infomec.discrete_codes must be True or False, but "
     "is 1. False is the default."),
    ({"num_train": 2}, "infomec.num_train must be so large that a value of "
     "each factor occurs twice, but is 2. Raise it."),
    ({"num_train": 0}, "infomec.num_train must be a positive integer, but is "
     "0. Upstream's studies use num_train = 10000 and batch_size = 16.")])
def test_messages(arguments, message):
  with pytest.raises(ValueError) as error:
    score(near_factors, **arguments)
  assert str(error.value).splitlines()[0] == message


def test_gin_binds_parameters():
  gin.parse_config("infomec.num_train = 200\ninfomec.discrete_codes = True")
  results = gin.get_configurable("infomec")(
      small_data.Factors(), small_data.reader(lambda x: x),
      np.random.RandomState(0))
  assert results["info_explicitness"] == pytest.approx(1, abs=0.05)


@pytest.mark.filterwarnings("error")
def test_discrete_codes_need_not_be_integers():
  """As those of quantized latents; a warning of scikit-learn would fail."""
  codes = {scale: score(lambda x, scale=scale: x[:, :3] / scale,
                        discrete_codes=True) for scale in (1, 7)}
  assert codes[7]["info_modularity"] == pytest.approx(
      codes[1]["info_modularity"], abs=1e-12)
