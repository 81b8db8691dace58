"""Codes that come as arrays or from a function."""
import numpy as np
import pytest
import sklearn.metrics
import small_run
from disentanglement_lib.data.ground_truth import named_data

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
  # Of the 60 samples that the metric draws; the plug-in estimate is biased.
  assert scores["mig"]["discrete_mig"] > 0.9


def test_mig_equals_numpy(protocol):
  draw = np.random.RandomState(1)
  codes = GRID + draw.normal(size=GRID.shape)
  scores = arrays.evaluate_arrays(codes, GRID, protocol=protocol,
                                  num_processes=1,
                                  metrics=["mig"])
  # The rows that the metric draws, 16 at a time, with its seed 0.
  draw, rows = np.random.RandomState(0), []
  for size in (16, 16, 16, 12):
    picked = draw.randint(len(GRID), size=size)
    draw.random_sample(size)
    rows.extend(picked)
  codes, factors = codes[rows], GRID[rows]
  bins = [np.digitize(c, np.histogram(c, 20)[1][:-1]) for c in codes.T]
  information = np.array([[
      sklearn.metrics.mutual_info_score(f, b) for f in factors.T]
      for b in bins])
  entropy = [sklearn.metrics.mutual_info_score(f, f) for f in factors.T]
  top = np.sort(information, axis=0)[::-1]
  assert scores["mig"]["discrete_mig"] == pytest.approx(
      np.mean((top[0] - top[1]) / entropy))


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


def test_metrics_that_need_a_full_grid_say_so(protocol):
  scores = arrays.evaluate_arrays(
      GRID[1:], GRID[1:], protocol=protocol, num_processes=1,
      metrics=["factor_vae_metric", "sap_score"])
  assert "there are 23 of 24" in scores["factor_vae_metric"]["undefined"]
  assert "\n" not in scores["factor_vae_metric"]["undefined"]
  assert scores["sap_score"]["SAP_score"] > 0


@pytest.mark.parametrize("codes, factors, message", [
    (np.ones([3, 2]), np.ones([4, 2]), "but have 3 and 4 rows"),
    (np.ones(3), np.ones([3, 2]), r"representations must be a matrix .*\(3,\)"),
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
