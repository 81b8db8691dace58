"""Codes that come as arrays or from a function."""
import gin
import numpy as np
import pytest
import sklearn.metrics
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import named_data
from support import small_run

from sparse_disent.evaluation import arrays

GRID = np.stack(np.meshgrid(*map(range, (3, 2, 4)), indexing="ij"),
                -1).reshape(-1, 3)


@pytest.fixture(scope="module")
def protocol(tmp_path_factory):
  return small_run.write_protocol(
      tmp_path_factory.mktemp("p") / "small",
      metrics=("mig", "sap_score", "beta_vae_sklearn", "factor_vae_metric"))


def test_perfect_codes_get_perfect_scores(protocol):
  scores = arrays.evaluate_arrays(3.0 * GRID[:, ::-1], GRID, protocol=protocol)
  assert list(scores) == ["beta_vae_sklearn", "factor_vae_metric", "mig",
                          "sap_score"]
  assert scores["factor_vae_metric"]["eval_accuracy"] > 0.9
  assert scores["beta_vae_sklearn"]["eval_accuracy"] > 0.9
  assert scores["mig"]["discrete_mig"] == pytest.approx(1.0)


def test_mig_equals_numpy(protocol):
  draw = np.random.RandomState(1)
  codes = GRID + draw.normal(size=GRID.shape)
  scores = arrays.evaluate_arrays(codes, GRID, protocol=protocol,
                                  num_processes=1,
                                  metrics=["mig"])
  # The metric asks for 60 rows: it gets each of the 24 once.
  bins = [np.digitize(c, np.histogram(c, 20)[1][:-1]) for c in codes.T]
  information = np.array([[
      sklearn.metrics.mutual_info_score(f, b) for f in GRID.T]
      for b in bins])
  entropy = [sklearn.metrics.mutual_info_score(f, f) for f in GRID.T]
  top = np.sort(information, axis=0)[::-1]
  assert scores["mig"]["discrete_mig"] == pytest.approx(
      np.mean((top[0] - top[1]) / entropy))


def test_codes_of_narrow_types_are_scored_as_numbers(protocol):
  """Bytes wrap when BetaVAE subtracts them; bins of Booleans are all True."""
  draw = np.random.RandomState(0)
  # Noise as wide as two steps of a factor, so that differences of two codes of
  # the same factor are often below 0.
  noisy = 20 * GRID + draw.randint(40, size=GRID.shape)
  expected, actual = (arrays.evaluate_arrays(
      noisy.astype(kind), GRID, protocol=protocol, num_processes=1,
      metrics=["beta_vae_sklearn"])["beta_vae_sklearn"]
                      for kind in (np.float64, np.uint8))
  assert actual == expected
  # Each latent tells the first of a factor's values from the others, and all
  # combinations are equally frequent: the other latents know nothing. Entropies
  # of Bernoulli(1/n) and of n equal values:
  information = [np.log(n) - (n - 1) / n * np.log(n - 1) for n in (3, 2, 4)]
  scores = arrays.evaluate_arrays(
      GRID == 0, GRID, protocol=protocol, num_processes=1, metrics=["mig"])
  assert scores["mig"]["discrete_mig"] == pytest.approx(
      np.mean(information / np.log([3, 2, 4])))


def test_continuous_factors_are_binned_and_said_to_be(protocol):
  draw = np.random.RandomState(0)
  factors = np.stack([draw.uniform(size=400), draw.randint(3, size=400)], 1)
  scores = arrays.evaluate_arrays(
      factors, factors, protocol=protocol, num_processes=1, num_bins=4)
  assert scores["binned_factors"] == [0]
  assert scores["mig"]["discrete_mig"] > 0.5
  whole = arrays.evaluate_arrays(
      factors[:, 1:], factors[:, 1:], protocol=protocol, num_processes=1,
      metrics=["sap_score"])
  assert "binned_factors" not in whole


@pytest.mark.parametrize("kind", [np.float16, np.longdouble])
def test_floats_of_other_types_are_scored_as_numbers(protocol, kind):
  """Two bins: above and below the middle, which float16 cannot hold."""
  column = np.array([-60000, 60000, 200, 0.5] * 6, kind)
  factors = np.stack([column, np.tile([0, 1], 12)], 1).astype(kind)
  scores = arrays.evaluate_arrays(
      factors, factors, protocol=protocol, num_processes=1, num_bins=2,
      metrics=["mig"])
  assert scores["binned_factors"] == [0]
  # The middle is 0, so that three of four points are above. Latent 0 has a bin
  # for each end and one for both others: it tells a quarter from the rest.
  # Latent 1 is 0 in one half, which holds that quarter.
  half, quarter = np.log(2), np.log(4) - 3 / 4 * np.log(3)
  gaps = [quarter - (quarter - half / 2), half - half / 2]
  assert scores["mig"]["discrete_mig"] == pytest.approx(
      np.mean(np.array(gaps) / [quarter, half]))


@pytest.mark.parametrize("column, is_binned", [
    (np.arange(40), True), (np.arange(40) * 3.0, True),
    (np.arange(40) // 2 * 2, False), (np.r_[np.arange(39), 0], True),
    (np.arange(40) % 20, False)])
def test_an_integer_that_names_rows_is_no_class(protocol, column, is_binned):
  factors = np.stack([np.arange(40) % 2, column], 1)
  scores = arrays.evaluate_arrays(
      factors, factors, protocol=protocol, num_processes=1, metrics=["mig"])
  assert scores.get("binned_factors") == ([1] if is_binned else None)


def test_a_grid_with_a_row_a_cell_is_left_as_it_is(protocol):
  scores = arrays.evaluate_arrays(
      GRID, GRID[:, :1], protocol=protocol, num_processes=1, metrics=["mig"])
  assert "binned_factors" not in scores


GAUSSIANS = """
  evaluation.evaluation_fn = @total_correlation
  evaluation.random_seed = 0
  dataset.name = "auto"
  total_correlation.num_train = 10000
"""


@pytest.fixture(scope="module")
def own_protocol(tmp_path_factory):
  """A protocol with our total correlation and an own metric."""
  folder = tmp_path_factory.mktemp("own")
  protocol = small_run.write_protocol(folder / "own", metrics=(
      "dci", "downstream_task_boosted_trees", "unsupervised"))
  (folder / "own/metric_configs/tc.gin").write_text(GAUSSIANS)
  (folder / "own/metric_configs/looks.gin").write_text(GAUSSIANS.replace(
      "@total_correlation", "@looks_at_images"))
  return protocol


@gin.configurable
def looks_at_images(ground_truth_data, representation_function, random_state,
                    artifact_dir=None):
  """An own metric that needs images."""
  images = ground_truth_data.sample_observations(10, random_state)
  return {"brightness": float(np.mean(images))}


@pytest.mark.parametrize("num_points", [500, 2000])
def test_total_correlation_of_gaussians(own_protocol, num_points):
  draw = np.random.RandomState(0)
  factors = draw.randint(2, size=[num_points, 1])
  scores = arrays.evaluate_arrays(
      draw.normal(size=[num_points, 10]), factors, protocol=own_protocol,
      metrics=["tc"], num_processes=1)["tc"]
  assert scores["nearest_neighbor_total_correlation"] == pytest.approx(
      0.0, abs=0.1)
  # Its bias is about (number of pairs) / (2 num_points).
  assert scores["gaussian_total_correlation"] == pytest.approx(
      45 / (2 * num_points), abs=0.03)
  assert scores["rows"] == (
      f"distinct, {num_points} in all: num_train = {num_points} (asked for: "
      "num_train = 10000)")


def test_total_correlation_of_correlated_gaussians(own_protocol):
  draw = np.random.RandomState(0)
  correlations = np.array([[1.0, 0.8, 0.3], [0.8, 1.0, 0.0], [0.3, 0.0, 1.0]])
  scores = arrays.evaluate_arrays(
      draw.multivariate_normal(np.zeros(3), correlations, size=3000),
      draw.randint(2, size=[3000, 1]), protocol=own_protocol, metrics=["tc"],
      num_processes=1)["tc"]
  expected = -0.5 * np.log(np.linalg.det(correlations))
  for name in ("gaussian", "nearest_neighbor"):
    assert scores[f"{name}_total_correlation"] == pytest.approx(
        expected, abs=0.08)


def test_random_codes_predict_by_chance(own_protocol):
  draw = np.random.RandomState(0)
  factors = np.stack([draw.randint(3, size=300), draw.randint(6, size=300)], 1)
  scores = arrays.evaluate_arrays(
      draw.normal(size=[300, 5]), factors, protocol=own_protocol,
      metrics=["dci", "downstream_task_boosted_trees"])
  chance = (1 / 3 + 1 / 6) / 2
  # 30 test rows of each factor.
  error = np.sqrt((1 / 3 * 2 / 3 + 1 / 6 * 5 / 6) / 30) / 2
  assert scores["dci"]["informativeness_train"] > 0.9
  assert scores["dci"]["informativeness_test"] == pytest.approx(
      chance, abs=4 * error)
  found = scores["downstream_task_boosted_trees"]
  for num_train in (40, 60):
    assert found[f"{num_train}:mean_test_accuracy"] == pytest.approx(
        chance, abs=4 * error)
  assert scores["dci"]["rows"] == (
      "distinct, 300 in all: num_train = 60, num_test = 30")
  assert found["rows"] == (
      "distinct, 300 in all: num_train = [40, 60], num_test = 30")


def test_what_asks_for_more_rows_than_there_are_gets_fewer(own_protocol):
  scores = arrays.evaluate_arrays(
      GRID, GRID, protocol=own_protocol, num_processes=1,
      metrics=["downstream_task_boosted_trees"])
  found = scores["downstream_task_boosted_trees"]
  assert found["rows"] == (
      "distinct, 24 in all: num_train = [16], num_test = 8 (asked for: "
      "num_train = [40, 60], num_test = 30)")
  assert "16:mean_test_accuracy" in found


def test_own_metrics_are_told_that_there_are_no_images(own_protocol):
  scores = arrays.evaluate_arrays(
      GRID, GRID, protocol=own_protocol, num_processes=1, metrics=["looks"])
  assert scores["looks"]["undefined"].startswith(
      "The metric looks into observations, but arrays of codes have none.")


def test_metrics_that_need_a_full_grid_say_so(protocol):
  scores = arrays.evaluate_arrays(
      GRID[1:], GRID[1:], protocol=protocol, num_processes=1,
      metrics=["factor_vae_metric", "sap_score"])
  assert "there are 23 of 24" in scores["factor_vae_metric"]["undefined"]
  assert "\n" not in scores["factor_vae_metric"]["undefined"]
  assert scores["sap_score"]["SAP_score"] > 0


@pytest.mark.parametrize("codes, factors, message", [
    (np.ones([3, 2]), np.ones([4, 2]), "but have 3 and 4 rows"),
    (np.ones([1, 2]), np.ones([1, 2]), "two rows or more, but have 1"),
    (np.ones(3), np.ones([3, 2]), r"representations must be a matrix .*\(3,\)"),
    (np.ones([3, 2]), np.ma.masked_equal([[1, -1], [2, -1], [3, 4]], -1),
     r"factors must have no masked values, but 2 are masked\. Leave out"),
    (np.full([3, 2], np.nan), np.ones([3, 2]), "finite, but row 0 is"),
    (np.ones([3, 2]), np.array([["a"], ["b"], ["c"]]), "factors must be a mat"),
])
def test_bad_arrays(codes, factors, message):
  with pytest.raises(ValueError, match=message):
    arrays.evaluate_arrays(codes, factors)


def test_bad_number_of_bins():
  with pytest.raises(ValueError, match="num_bins must be 2 or more, but is 1"):
    arrays.evaluate_arrays(np.ones([3, 2]), np.ones([3, 2]), num_bins=1)


def total(images):
  """A model of another framework: NumPy."""
  return images.mean(axis=(1, 3))[:, :4]


@pytest.mark.parametrize("arguments, error, message", [
    ({"protocol": "no_such"}, FileNotFoundError, "no protocol 'no_such'"),
    ({"metrics": ["no_such"]}, ValueError, "has no metric 'no_such', only"),
    ({"num_processes": 0}, ValueError, "num_processes must be a positive"),
])
def test_wrong_arguments_are_found_before_anything_is_encoded(
    protocol, tmp_path, arguments, error, message):
  arguments = {"protocol": protocol, **arguments}
  with small_run.data(tmp_path), pytest.raises(error, match=message):
    arrays.evaluate_function(None, "dsprites_full", **arguments)


@pytest.mark.parametrize("name", ["dsprites_full", "noisy_dsprites"])
def test_function(protocol, tmp_path, name):
  with small_run.data(tmp_path):
    scores = arrays.evaluate_function(
        total, name, protocol=protocol, num_processes=1,
        metrics=["mig", "sap_score"])
    again = arrays.evaluate_function(
        total, name, protocol=protocol, num_processes=1, metrics=["mig"])
  assert 0 < scores["mig"]["discrete_mig"] < 1
  assert again["mig"] == scores["mig"]


def test_own_metrics_of_a_function_get_images(own_protocol, tmp_path):
  with small_run.data(tmp_path):
    scores = arrays.evaluate_function(
        total, "dsprites_full", protocol=own_protocol, num_processes=1,
        metrics=["looks", "unsupervised"])
    images = dsprites.DSprites([1, 2, 3, 4, 5]).sample_observations(
        10, np.random.RandomState(0))
  assert scores["looks"]["brightness"] == pytest.approx(np.mean(images))
  assert scores["unsupervised"]["mutual_info_score"] > 0


def test_a_function_that_depends_on_the_batch_is_called_as_metrics_ask(
    protocol, tmp_path):
  sizes = []

  def standardized(images):
    sizes.append(len(images))
    codes = total(images)
    return (codes - codes.mean(axis=0)) / (codes.std(axis=0) + 1e-6)

  with small_run.data(tmp_path):
    arrays.evaluate_function(
        standardized, "dsprites_full", protocol=protocol, num_processes=1,
        metrics=["mig"])
  # Three trials, then what mig draws: not all 96 images.
  assert sizes == [64, 64, 64, 16, 16, 16, 12]
def test_function_on_a_data_object(protocol, tmp_path):
  with small_run.data(tmp_path):
    data = named_data.get_named_ground_truth_data("dsprites_full")
    arguments = {"protocol": protocol, "num_processes": 1, "metrics": ["mig"]}
    assert arrays.evaluate_function(total, data, **arguments) == (
        arrays.evaluate_function(total, "dsprites_full", **arguments))


def test_function_on_what_is_no_data(protocol):
  with pytest.raises(ValueError, match="dataset_name must be upstream's Ground"
                     "TruthData, but is None"):
    arrays.evaluate_function(total, None, protocol=protocol)


@pytest.mark.parametrize("name", ["dsprites_full", "noisy_dsprites"])
def test_function_that_returns_too_few_codes(protocol, tmp_path, name):
  with small_run.data(tmp_path), \
      pytest.raises(ValueError, match="returned 1 codes for 64 images"):
    arrays.evaluate_function(
        lambda images: np.ones([1, 2]), name, protocol=protocol,
        num_processes=1)


def test_function_that_fails_later(protocol, tmp_path):
  calls = []

  def fail_in_the_second_call(images):
    calls.append(len(images))
    return total(images) * (1.0 if len(calls) < 2 else np.nan)

  with small_run.data(tmp_path), \
      pytest.raises(ValueError, match="function returns must be finite"):
    arrays.evaluate_function(
        fail_in_the_second_call, "dsprites_full", protocol=protocol,
        num_processes=1, metrics=["mig"])
  assert calls[0] == 64
