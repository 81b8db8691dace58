"""Active latents of exported models, and of codes made by hand."""
import gin
import numpy as np
import pytest
import tensorflow_probability as tfp
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.evaluation.metrics import utils
from scipy import stats
from support import exported_runs

from sparse_disent.metrics import active_latents

# Gates 0, 0.223, 0.589, 0.863 and 1.
GATED = """
  sparse_vae.latent = @l0_pair()
"""
LOCATIONS = np.array([-4.0, -1.0, 0.3, 1.4, 4.6])
GATES = np.clip(1.2 * stats.logistic.cdf(LOCATIONS) - 0.1, 0, 1)


def score(model_dir, **arguments):
  gin.parse_config("active_latents.num_train = 300")
  return active_latents.compute_active_latents(
      dummy_data.DummyData(), None, np.random.RandomState(2),
      model_dir=str(model_dir), **arguments)


def encode(variables):
  """Ungated means and log variances of the same images, [300, 5] each."""
  images, _ = utils.generate_batch_factor_code(
      dummy_data.DummyData(), lambda x: x.reshape([len(x), -1]), 300,
      np.random.RandomState(2), 64)
  return [images.T @ variables[f"encoder/{layer}/kernel"]
          + variables[f"encoder/{layer}/bias"] for layer in ("e1", "e2")]


def kl(mean, logvar):
  """By TensorFlow Probability: mean over the points, nats."""
  normal = tfp.distributions.Normal
  divergence = normal(mean, np.exp(logvar / 2)).kl_divergence(
      normal(np.float64(0.0), np.float64(1.0)))
  return np.mean(divergence, axis=0)


def test_gated_model(tmp_path):
  variables = exported_runs.export(
      tmp_path / "model", GATED,
      {"encoder/l0_pair/scaled_log_alpha": LOCATIONS})
  means, logvars = encode(variables)
  means, logvars = GATES * means, np.log(np.maximum(GATES, 1e-20)) + logvars
  logvars[:, 0] = np.log(1e-20)
  results = score(tmp_path / "model", variance_threshold=0.05)
  variances = np.var(means, axis=0)
  expected_kl = np.append(0.0, kl(means[:, 1:], logvars[:, 1:]))
  active = np.flatnonzero(variances > 0.05).tolist()
  assert 0 < len(active) < 4
  assert results["active_latents"] == active
  assert results["num_active_latents"] == len(active)
  assert results["pruned_latents"] == [0]
  assert results["num_pruned_latents"] == 1
  assert results["num_latents"] == 5
  np.testing.assert_allclose(results["kl"], expected_kl, rtol=1e-4)
  np.testing.assert_allclose(results["total_kl"], expected_kl.sum(), rtol=1e-4)
  np.testing.assert_allclose(
      results["variance_of_mean"], variances, rtol=1e-4)
  np.testing.assert_allclose(
      results["mean_variance"], np.mean(np.exp(logvars), axis=0), rtol=1e-4)
  # A pruned latent is exactly that.
  assert results["kl"][0] == results["variance_of_mean"][0] == 0.0
  assert not set(results) & {"num_classes", "categorical_kl"}


def test_a_mean_of_0_with_a_variance_is_not_pruned(tmp_path):
  """Remains of a latent whose means a mask closes."""
  kernel = 0.05 * np.random.RandomState(0).normal(size=[4096, 5])
  means_kernel = kernel * [0, 1, 0, 1, 1]
  variables = exported_runs.export(tmp_path / "model", values={
      "encoder/e1/kernel": means_kernel,
      "encoder/e2/kernel": kernel[:, ::-1] * [0, 1, 1, 1, 1]})
  means, logvars = encode(variables)
  assert not means[:, [0, 2]].any() and not logvars[:, 0].any()
  assert np.ptp(logvars[:, 2]) > 1
  results = score(tmp_path / "model")
  assert results["pruned_latents"] == []
  assert results["active_latents"] == [1, 3, 4]
  assert results["informative_latents"] == [1, 2, 3, 4]
  np.testing.assert_allclose(
      results["kl"], kl(means, logvars), rtol=1e-3, atol=1e-6)


def test_collapsed_latents(tmp_path):
  kernel = np.random.RandomState(0).normal(size=[4096, 5]) * [
      0.05, 0.0, 0.001, 0.05, 0.0]
  variables = exported_runs.export(tmp_path / "model", values={
      "encoder/e1/kernel": kernel,
      "encoder/e1/bias": [0.0, 0.0, 0.0, 0.3, 2.0],
      "encoder/e2/kernel": np.zeros([4096, 5]),
      "encoder/e2/bias": [-1.0, 0.0, 0.0, -2.0, 0.0]})
  means, logvars = encode(variables)
  # Varies, but by less than Burda et al. ask for.
  assert 0 < np.var(means[:, 2]) < 0.01
  results = score(tmp_path / "model")
  assert results["active_latents"] == [0, 3]
  # The mean of latent 4 is constant, but not 0: that costs 2 nats.
  # That of latent 1 is the prior's: no gate has closed it, and the decoder
  # reads its noise.
  assert results["pruned_latents"] == []
  assert results["informative_latents"] == [0, 3, 4]
  np.testing.assert_allclose(
      results["kl"], kl(means, logvars), rtol=1e-3, atol=1e-6)
  assert results["kl"][1] == 0.0
  assert results["kl"][4] == pytest.approx(2.0, rel=1e-6)
  assert results["variance_of_mean"][4] == 0.0
  assert score(tmp_path / "model", kl_threshold=3.0)[
      "informative_latents"] == [
          i for i, value in enumerate(kl(means, logvars)) if value > 3.0]
  assert score(tmp_path / "model", variance_threshold=0)[
      "active_latents"] == [0, 2, 3]


def test_classes_are_no_latents(tmp_path):
  variables = exported_runs.export(tmp_path / "model", """
      sparse_vae.categorical = @categorical_latent()
      categorical_latent.num_classes = 2
  """)
  logits = encode(variables)[0][:, 3:]
  probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
  results = score(tmp_path / "model")
  assert (results["num_latents"], results["num_classes"]) == (3, 2)
  assert len(results["kl"]) == len(results["mean_variance"]) == 3
  expected = np.log(2) - np.mean(stats.entropy(probabilities, axis=1))
  assert results["categorical_kl"] == pytest.approx(expected, rel=1e-4)


def test_certain_classes():
  # One in two points certain, the other uniform: log(4) / 2 nats.
  report = active_latents._report_classes(
      np.array([[0.0, 1.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]]))
  assert report == {"num_classes": 4,
                    "categorical_kl": pytest.approx(np.log(4) / 2)}


@pytest.mark.parametrize("name, value", [
    ("variance_threshold", -1), ("kl_threshold", "all"), ("batch_size", 0)])
def test_arguments(name, value):
  with pytest.raises(ValueError, match=f"active_latents.{name} must be a "):
    score("/nowhere", **{name: value})
