"""Reconstruction losses of exported models, retyped in NumPy."""
import copy
import shutil

import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.evaluation.metrics import utils
from scipy import special
from scipy import stats
from support import exported_runs

from sparse_disent import export as compaction
from sparse_disent.export import costs
from sparse_disent.metrics import reconstruction

GROUPED = """
  sparse_vae.latent = @l0_pair()
  sparse_vae.groups = [2, 3]
"""
LOCATIONS = np.array([4.6, -1.0, -4.0, 1.4, 0.3])
GATES = np.clip(1.2 * stats.logistic.cdf(LOCATIONS) - 0.1, 0, 1)


def score(model_dir, data=None):
  gin.parse_config("reconstruction.num_train = 100")
  return reconstruction.compute_reconstruction(
      data or dummy_data.DummyData(), None, np.random.RandomState(2),
      model_dir=str(model_dir))


def images():
  """The same images, [100, 4096]."""
  flat, _ = utils.generate_batch_factor_code(
      dummy_data.DummyData(), lambda x: x.reshape([len(x), -1]), 100,
      np.random.RandomState(2), 64)
  return flat.T


def decode(variables, num_latents, gates=1.0):
  """Logits of the means, of which the first latents are kept."""
  codes = gates * (images() @ variables["encoder/e1/kernel"]
                   + variables["encoder/e1/bias"])
  codes[:, num_latents:] = 0.0
  return (codes @ variables["decoder/d1/kernel"]
          + variables["decoder/d1/bias"])


def bernoulli(logits, pixels):
  """-log of the Bernoulli likelihood, nats per image."""
  return np.mean(np.sum(np.logaddexp(0.0, logits) - pixels * logits, axis=1))


def test_prefixes_of_a_grouped_and_gated_model(tmp_path):
  variables = exported_runs.export(
      tmp_path / "model", GROUPED,
      {"encoder/l0_pair/scaled_log_alpha": LOCATIONS,
       "decoder/d1/kernel": np.random.RandomState(1).normal(size=[5, 4096])})
  results = score(tmp_path / "model")
  expected = [bernoulli(decode(variables, size, GATES), images())
              for size in (2, 5)]
  assert abs(expected[0] - expected[1]) > 10
  np.testing.assert_allclose(results["prefix_losses"], expected, rtol=1e-5)
  np.testing.assert_allclose(
      results["prefix_losses_per_pixel"], np.divide(expected, 4096), rtol=1e-5)
  assert results["reconstruction_loss"] == results["prefix_losses"][-1]
  assert results["reconstruction_loss_per_pixel"] == results[
      "prefix_losses_per_pixel"][-1]
  assert results["groups"] == [2, 3]
  assert (results["loss_fn"], results["unit"]) == ("bernoulli_loss", "nats")


class Colours(dummy_data.DummyData):
  """Images of three channels."""

  @property
  def observation_shape(self):
    return [64, 64, 3]

  def sample_observations_from_factors(self, factors, random_state):
    return random_state.uniform(size=[len(factors), 64, 64, 3])


def test_a_pixel_has_all_of_its_colours(tmp_path):
  """The likelihood of a coin for each of 3 * 4096 numbers: log 2 nats."""
  exported_runs.export(tmp_path / "model", values={
      "decoder/d1/kernel": np.zeros([5, 3 * 4096])}, num_channels=3)
  results = score(tmp_path / "model", Colours())
  np.testing.assert_allclose(
      [results["reconstruction_loss"], results["reconstruction_loss_per_pixel"],
       *results["prefix_losses_per_pixel"]],
      np.log(2) * np.array([3 * 4096, 3, 3]), rtol=1e-5)


@pytest.mark.parametrize("closed, groups, after", [
    ([0], [2, 3], [1, 3]), ([0, 1], [2, 3], [0, 3]),
    ([1, 2, 4], [1, 2, 2], [1, 0, 1])])
def test_compaction_changes_no_prefix(
    tmp_path, monkeypatch, closed, groups, after):
  """It computes the same; a prefix without latents decodes zeros."""
  monkeypatch.setattr(costs, "_ROUNDS", 1)
  locations = np.full(5, 4.6)
  locations[closed] = -4.6
  exported_runs.export(
      tmp_path / "model", GROUPED.replace("[2, 3]", str(groups)),
      {"encoder/l0_pair/scaled_log_alpha": locations,
       "decoder/d1/kernel": np.random.RandomState(1).normal(size=[5, 4096])})
  compaction.compact(str(tmp_path / "model"), str(tmp_path / "small"))
  before, small = score(tmp_path / "model"), score(tmp_path / "small")
  assert np.ptp(before["prefix_losses"]) > 10
  np.testing.assert_allclose(
      small["prefix_losses"], before["prefix_losses"], rtol=1e-6)
  assert (before["groups"], small["groups"]) == (groups, after)


def test_groups_of_another_code(tmp_path):
  exported_runs.export(tmp_path / "model", GROUPED)
  path = tmp_path / "model" / "results" / "gin" / "train.gin"
  path.write_text(path.read_text().replace("[2, 3]", "[3, 3]"))
  with pytest.raises(ValueError) as error:
    score(tmp_path / "model")
  assert str(error.value).splitlines()[0] == (
      "sparse_vae.groups must sum to the width of the code, 5, but is [3, 3]. "
      "Correct it in the configuration that was saved with the model; if that "
      "is a compacted one, compact its original again.")


SQUARES = "reconstruction_loss.loss_fn = @l2_loss"
TANH = "reconstruction_loss.activation = 'tanh'"


@pytest.mark.parametrize("bindings, expected, unit", [
    (SQUARES, lambda logits, x: np.mean(np.sum(
        (x - special.expit(logits))**2, axis=1)), "squared error"),
    (f"{SQUARES}\n{TANH}", lambda logits, x: np.mean(np.sum(
        (x - np.tanh(logits) / 2 - 0.5)**2, axis=1)), "squared error"),
    ("bernoulli_loss.subtract_true_image_entropy = True",
     lambda logits, x: bernoulli(logits, x) + np.mean(np.sum(
         special.xlogy(x, x) + special.xlog1py(1 - x, -x), axis=1)), "nats"),
])
def test_the_loss_is_the_one_of_training(tmp_path, bindings, expected, unit):
  variables = exported_runs.export(
      tmp_path / "model", bindings,
      {"decoder/d1/kernel": np.random.RandomState(1).normal(size=[5, 4096])})
  # What the evaluation binds does not matter.
  gin.parse_config("""
      reconstruction_loss.activation = "none"
      bernoulli_loss.subtract_true_image_entropy = False
  """)
  results = score(tmp_path / "model")
  np.testing.assert_allclose(
      results["reconstruction_loss"],
      expected(decode(variables, 5), images()), rtol=2e-5)
  assert (results["groups"], results["unit"]) == ([5], unit)


class Images(dummy_data.DummyData):
  """Hands out the images that the tests' models are built on."""

  def sample_observations_from_factors(self, factors, random_state):
    del random_state
    return np.resize(exported_runs.IMAGES, [len(factors), 64, 64, 1])


def test_without_noise_it_is_what_the_evaluation_of_training_reports(tmp_path):
  quiet = {"encoder/e2/kernel": np.zeros([4096, 5]),
           "encoder/e2/bias": np.full([5], -60.0)}
  variables = exported_runs.export(tmp_path / "model", GROUPED, quiet)
  gin.parse_config(exported_runs.CONFIG + GROUPED)
  model = copy.deepcopy(gin.query_parameter("model.model"))
  with tf.Graph().as_default(), tf.Session() as session:
    tf.train.get_or_create_global_step()
    losses, _ = model.build(
        tf.constant(exported_runs.IMAGES, tf.float32), is_training=False)
    for variable in tf.global_variables():
      session.run(variable.assign(variables[variable.op.name]))
    expected = session.run(losses.reconstruction.prefixes)
  gin.clear_config()
  results = score(tmp_path / "model", Images())
  np.testing.assert_allclose(results["prefix_losses"], expected, rtol=1e-6)


def test_a_run_without_its_configuration(tmp_path):
  exported_runs.export(tmp_path / "model")
  shutil.rmtree(tmp_path / "model" / "results")
  with pytest.raises(ValueError) as error:
    score(tmp_path / "model")
  path = tmp_path / "model" / "results" / "gin" / "train.gin"
  assert str(error.value).splitlines()[0] == (
      "reconstruction needs to know the loss that the model was trained with, "
      f"but '{path}' does not say: keep the folder 'results' that training "
      "wrote beside 'tfhub'.")


def test_a_loss_that_nothing_has_registered(tmp_path):
  exported_runs.export(tmp_path / "model")
  path = tmp_path / "model" / "results" / "gin" / "train.gin"
  path.write_text("reconstruction_loss.loss_fn = @my_loss\n")
  with pytest.raises(ValueError) as error:
    score(tmp_path / "model")
  assert str(error.value).splitlines()[0] == (
      "The model was trained with reconstruction_loss.loss_fn = @my_loss, "
      f"which nothing has registered; see '{path}'. Import the module that "
      "does in the metric's gin file.")


def test_a_loss_that_is_not_finite(tmp_path):
  exported_runs.export(tmp_path / "model", values={
      "decoder/d1/bias": np.full([4096], np.nan)})
  with pytest.raises(ValueError, match=r"is not finite: \[nan\]\. The model"):
    score(tmp_path / "model")
