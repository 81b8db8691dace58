"""What sparse_vae exports, through upstream's own export and training."""
import json
import pathlib

import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from disentanglement_lib.methods.unsupervised import gaussian_encoder_model
from disentanglement_lib.methods.unsupervised import train
from disentanglement_lib.postprocessing import methods
from scipy import stats
from support.small_models import IMAGES
from support.small_models import LOG_ALPHA
from support.small_models import NETWORKS
from support.small_models import BuiltSpec

CONFIG = (pathlib.Path(__file__).resolve().parent.parent.parent /
          "gin_configs" / "masked_dipvae.gin")
LOCATIONS = np.array([-4.0, -1.0, 0.3, 1.4, 4.6])
GATES = {
    "louizos": np.clip(1.2 * stats.logistic.cdf(LOCATIONS) - 0.1, 0, 1),
    "median": np.array([0.0, 0.0, 1.0, 1.0, 1.0]),
}


class Exported:
  """An exported module, and the weights it was made from."""

  def __init__(self, directory, test_gate):
    built = BuiltSpec(test_gate=test_gate)
    built.assign(LOG_ALPHA, LOCATIONS)
    checkpoint = built.save(directory / "trained")
    self.path = str(directory / "tfhub")
    with tf.Graph().as_default():
      gaussian_encoder_model.export_as_tf_hub(
          built.model, [6, 6, 1], checkpoint, self.path)
    reader = tf.train.load_checkpoint(checkpoint)
    self.weights = {name: reader.get_tensor(name)
                    for name in reader.get_variable_to_shape_map()}
    self.gates = GATES[test_gate]

  def __call__(self, signature, tags=None, **inputs):
    with tf.Graph().as_default(), tf.Session() as session:
      module = hub.Module(self.path, tags=tags)
      session.run(tf.global_variables_initializer())
      return session.run(module(
          {name: tf.constant(value, tf.float32)
           for name, value in inputs.items()}, signature=signature,
          as_dict=True))

  def dense(self, layer, inputs):
    """A linear layer by NumPy."""
    return inputs.reshape([8, -1]) @ self.weights[
        f"{layer}/kernel"] + self.weights[f"{layer}/bias"]


@pytest.fixture(scope="module", params=sorted(GATES), name="exported")
def exported_module(request, tmp_path_factory):
  gin.clear_config()
  gin.parse_config(NETWORKS)
  return Exported(tmp_path_factory.mktemp("export"), request.param)


@pytest.mark.parametrize("tags", [None, {"train"}])
def test_encoder_is_equation_5(exported, tags):
  outputs = exported("gaussian_encoder", tags, images=IMAGES)
  np.testing.assert_allclose(
      outputs["mean"], exported.gates * exported.dense("encoder/e1", IMAGES),
      rtol=1e-4, atol=1e-5)
  np.testing.assert_allclose(
      np.exp(outputs["logvar"]),
      exported.gates * np.exp(exported.dense("encoder/e2", IMAGES)),
      rtol=1e-4, atol=1e-9)
  closed = exported.gates == 0
  assert closed.any()
  assert np.all(outputs["mean"][:, closed] == 0.0)
  assert np.all(np.isfinite(outputs["logvar"]))


def test_sampled_representation_of_a_closed_latent_is_zero(exported):
  outputs = exported("gaussian_encoder", images=IMAGES)
  transform, _ = methods.sampled_representation(None, None, None, None)
  with tf.Graph().as_default(), tf.Session() as session:
    sampled = session.run(transform(**outputs))
  assert np.all(np.isfinite(sampled))
  assert np.abs(sampled[:, exported.gates == 0]).max() < 1e-8
  assert np.abs(sampled[:, exported.gates > 0]).min() > 1e-8


@pytest.mark.parametrize("tags", [None, {"train"}])
def test_reconstructions_decode_the_mean_without_noise(exported, tags):
  mean = exported.gates * exported.dense("encoder/e1", IMAGES)
  expected = exported.dense("decoder/d1", mean).reshape([8, 6, 6, 1])
  outputs = [exported("reconstructions", tags, images=IMAGES)["images"]
             for _ in range(2)]
  np.testing.assert_array_equal(*outputs)
  np.testing.assert_allclose(outputs[0], expected, rtol=1e-4, atol=1e-5)


def test_decoder_ignores_closed_latents_and_keeps_the_others(exported):
  codes = np.random.RandomState(4).normal(size=[8, 5])
  expected = exported.dense("decoder/d1", codes * (exported.gates > 0))
  actual = exported("decoder", latent_vectors=codes)["images"]
  np.testing.assert_allclose(
      actual.reshape([8, 36]), expected, rtol=1e-4, atol=1e-5)


def test_decoder_of_the_encoder_is_the_reconstruction(exported):
  mean = exported("gaussian_encoder", images=IMAGES)["mean"]
  np.testing.assert_allclose(
      exported("decoder", latent_vectors=mean)["images"],
      exported("reconstructions", images=IMAGES)["images"], atol=1e-6)


def test_modules_hold_no_noise(exported):
  saved = (pathlib.Path(exported.path) / "saved_model.pb").read_bytes()
  assert b"gaussian_encoder" in saved
  # Initial values aside, which the saved variables replace.
  with tf.Graph().as_default() as graph:
    hub.Module(exported.path)
    types = {op.type for op in graph.get_operations()
             if "Initializer" not in op.name}
  assert not [name for name in types if "Random" in name]


def test_masked_dipvae_config_trains(tmp_path):
  model_dir = str(tmp_path / "model")
  train.train_with_gin(model_dir, False, [str(CONFIG)], [
      "dataset.name = 'dummy_data'", "model.batch_size = 4",
      "model.training_steps = 2", "model.eval_steps = 2"])
  results = json.loads(
      (tmp_path / "model" / "results" / "json" / "train_results.json")
      .read_text())
  # Table 1: all 10 gates start at log(4), with tau 0.1.
  expected = 10 * stats.logistic.cdf(np.log(4) - 0.05 * np.log(0.1 / 1.1))
  np.testing.assert_allclose(
      results["expected_active_latents"], expected, atol=0.01)
  np.testing.assert_allclose(results["l0_penalty"], 0.1 * expected, atol=0.001)
  assert results["active_latents"] == 10
  assert set(results) >= {
      "loss", "reconstruction_loss", "elbo", "regularizer", "kl_loss"}


def test_masked_dipvae_config_is_the_papers():
  gin.parse_config_file(str(CONFIG))
  expected = {
      "dataset.name": "dsprites_full", "encoder.num_latent": 10,
      "model.batch_size": 64, "model.training_steps": 300000,
      "model.random_seed": 0, "model.eval_steps": 1000,
      "AdamOptimizer.learning_rate": 1e-4, "dip_vae.lambda_od": 20.0,
      "dip_vae.dip_type": "i", "l0_pair.temperature": 0.05, "l0_pair.tau": 0.1,
      "l0_pair.zeta": 1.1, "l0_pair.gamma": -0.1,
  }
  assert {name: gin.query_parameter(name) for name in expected} == expected
  # The paper's lambda_d.
  assert 2.0 == pytest.approx(20.0 * gin.query_parameter(
      "dip_vae.lambda_d_factor"))
