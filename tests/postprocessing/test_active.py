"""Representations without inactive latents."""
import json

import numpy as np
import pytest
import tensorflow_hub as hub
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.evaluation import evaluate
from disentanglement_lib.postprocessing import postprocess
from support import exported_runs
from support import representations

from sparse_disent.postprocessing import active

# The last one is constant but not 0.
DEVIATIONS = np.array([2.0, 0.0, 0.09, 0.11, 0.5, 0.0])
OFFSETS = [0, 0, 0.7, 0.7, 0, 0.7]
MEAN = np.random.RandomState(5).normal(size=[8, 6])
FUNCTIONS = [active.active_mean_representation,
             active.active_sampled_representation]


def extract(function, save_path, deviations=DEVIATIONS, **arguments):
  size = len(deviations)
  transform_fn, checkpoint = function(
      representations.Normal(size),
      representations.encoder(deviations, OFFSETS[:size]),
      np.random.RandomState(0), str(save_path), **arguments)
  assert checkpoint is None
  return transform_fn


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("arguments, kept", [
    ({}, [0, 3, 4]), ({"variance_threshold": 0}, [0, 2, 3, 4]),
    ({"variance_threshold": 0.1}, [0, 4])])
def test_columns_are_those_of_the_active_latents(
    tmp_path, function, arguments, kept):
  transform_fn = extract(function, tmp_path, **arguments)
  # Without variance a sample is the mean.
  codes = representations.apply(transform_fn, MEAN, np.full([8, 6], -80.0))
  np.testing.assert_allclose(codes, MEAN[:, kept], rtol=1e-6)
  record = representations.recorded(tmp_path)
  assert record["latents"] == record["active_latents"] == kept
  assert record["variance_threshold"] == arguments.get(
      "variance_threshold", 0.01)
  # Five standard errors of the variance of 10,000 normal values.
  np.testing.assert_allclose(
      record["variance_of_mean"], DEVIATIONS**2, rtol=5 * np.sqrt(2 / 1e4))


def test_samples_have_the_posteriors_deviation(tmp_path):
  transform_fn = extract(active.active_sampled_representation, tmp_path)
  shape = [20000, 6]
  logvar = np.zeros(shape) + np.log([1, 1, 1, 4, 9, 1])
  codes = representations.apply(transform_fn, np.zeros(shape), logvar)
  np.testing.assert_allclose(
      codes.std(axis=0), [1, 2, 3], rtol=5 / np.sqrt(2 * shape[0]))


@pytest.mark.parametrize("deviations, kept, of_them_active", [
    ([0, 0.05, 0, 0.09], [1, 3], []), ([0, 0.05, 2, 0.04], [1, 2], [2]),
    ([0, 0, 0], [0, 1], []), ([0], [0], []), ([3], [0], [0])])
def test_two_latents_are_kept_at_least(
    tmp_path, deviations, kept, of_them_active):
  transform_fn = extract(
      active.active_mean_representation, tmp_path, np.array(deviations))
  mean = MEAN[:, :len(deviations)]
  np.testing.assert_allclose(
      representations.apply(transform_fn, mean, mean), mean[:, kept],
      rtol=1e-6)
  record = representations.recorded(tmp_path)
  assert (record["latents"], record["active_latents"]) == (kept, of_them_active)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_threshold_below_zero(tmp_path, function):
  with pytest.raises(ValueError) as error:
    extract(function, tmp_path, variance_threshold=-0.1)
  assert str(error.value).splitlines()[0] == (
      f"{function.__name__}.variance_threshold must be a number of 0 or "
      "greater, but is -0.1. Leave it out for the default.")
  assert not list(tmp_path.iterdir())


METRICS = """
  mig.num_train = 200
  modularity_explicitness.num_train = 200
  modularity_explicitness.num_test = 100
  sap_score.num_train = 200
  sap_score.num_test = 100
  sap_score.continuous_factors = False
  unsupervised_metrics.num_train = 200
  discretizer.discretizer_fn = @histogram_discretizer
  discretizer.num_bins = 20
  dataset.name = "auto"
  evaluation.random_seed = 0
"""


@pytest.fixture(scope="module", name="run")
def pruned_run(tmp_path_factory):
  """A model whose gates 1, 2 and 4 are open, and its representations."""
  run = tmp_path_factory.mktemp("run")
  exported_runs.export(
      run / "model", "sparse_vae.latent = @l0_pair()",
      {"encoder/l0_pair/scaled_log_alpha": [-4.0, 4.6, 4.6, -4.0, 4.6]})
  for name in ("mean", "active_mean", "active_sampled"):
    postprocess.postprocess_with_gin(
        str(run / "model"), str(run / name), gin_bindings=[
            "dataset.name = 'auto'", "postprocess.random_seed = 0",
            f"postprocess.postprocess_fn = @{name}_representation"])
  return run


def encode(run, name):
  images = dummy_data.DummyData().sample_observations(
      8, np.random.RandomState(0))
  with hub.eval_function_for_module(str(run / name / "tfhub")) as f:
    return f({"images": images}, signature="representation")


def test_exported_module(run):
  expected = encode(run, "mean")
  assert np.all(expected[:, [0, 3]] == 0)
  np.testing.assert_array_equal(
      encode(run, "active_mean"), expected[:, [1, 2, 4]])
  samples = [encode(run, "active_sampled") for _ in range(2)]
  assert samples[0].shape == (8, 3)
  assert np.all(samples[0] != samples[1])


def evaluated(representation, output, name):
  bindings = [line.strip() for line in METRICS.splitlines() if line.strip()]
  evaluate.evaluate_with_gin(str(representation), str(output), gin_bindings=[
      *bindings, f"evaluation.evaluation_fn = @{name}"])
  return json.loads((output / "results/aggregate/evaluation.json").read_text())


@pytest.mark.parametrize("name, score", [
    ("mig", "discrete_mig"), ("modularity_explicitness", "modularity_score"),
    ("sap_score", "SAP_score"),
    ("unsupervised_metrics", "gaussian_total_correlation")])
def test_upstreams_scores_are_finite_and_know_their_latents(
    run, name, score, tmp_path):
  scores = evaluated(run / "active_mean", tmp_path / name, name)
  assert np.isfinite(scores[f"evaluation_results.{score}"])
  assert scores["representation_results.latents"] == [1, 2, 4]
