"""Gates and classes together: what the decoder sees, losses, export."""
import random

import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import vae
from scipy import special
from scipy import stats
from support.small_models import EVAL
from support.small_models import IMAGES
from support.small_models import NETWORKS
from support.small_models import TRAIN
from support.small_models import Built
from support.small_models import BuiltSpec
from support.small_models import RecordingDIPVAE

from sparse_disent.layers import CategoricalLatent
from sparse_disent.layers import L0Pair
from sparse_disent.models import SparseVAE
from sparse_disent.models import latents


@pytest.fixture(autouse=True)
def networks(clean_gin):
  # Keras draws the seeds of initial weights from Python's own generator.
  random.seed(0)
  gin.parse_config(NETWORKS)


def joint(**others):
  """Two classes beside three gated latents."""
  return {"latent": L0Pair(temperature=2 / 3),
          "categorical": CategoricalLatent(num_classes=2, weight=3.0), **others}


@pytest.mark.parametrize("mode", [TRAIN, EVAL])
def test_objective_sees_continuous_latents_and_decoder_sees_all(mode):
  built = Built(dtype=tf.float64, mode=mode, parts=joint())
  gates = [0.5, 0.0, 1.0]
  (mean, logvar), noise, decoded, regularized, scalars = built.run(
      [built.objective.posterior, built.tensor("latent_noise:0"),
       built.objective.decoder_input, built.objective.regularized,
       built.scalars], {"l0_pair/gates:0": gates})
  code = gates * (mean[:, :3] + np.exp(logvar[:, :3] / 2) * noise)
  np.testing.assert_allclose(decoded[:, :3], code, rtol=1e-9)
  np.testing.assert_allclose(decoded[:, 3:].sum(axis=1), 1, rtol=1e-6)
  np.testing.assert_allclose(regularized[2], code, rtol=1e-9)
  probabilities = special.softmax(mean[:, 3:], axis=1)
  is_probability = np.allclose(decoded[:, 3:], probabilities)
  assert is_probability == (mode == EVAL)
  kl = (np.log(2) - stats.entropy(probabilities, axis=1)).mean()
  np.testing.assert_allclose(scalars["categorical_kl_loss"], kl, rtol=1e-6)
  np.testing.assert_allclose(scalars["loss"], scalars["reconstruction_loss"] +
                             scalars["regularizer"] + scalars["l0_penalty"]
                             + 3 * kl, rtol=1e-9)
  np.testing.assert_allclose(
      -scalars["elbo"],
      scalars["reconstruction_loss"] + scalars["kl_loss"] + kl, rtol=1e-9)


def test_logits_learn_from_reconstruction_and_their_kl_alone():
  built = Built(parts=joint())
  names = ("reconstruction_loss", "categorical_kl_loss", "kl_loss",
           "regularizer", "l0_penalty")
  logits = built.objective.posterior[0]
  gradients = {}
  for name in names:
    gradient, = built.gradients(built.scalars[name], [logits])
    gradients[name] = 0.0 if gradient is None else built.run(gradient)[:, 3:]
  assert np.all(gradients["reconstruction_loss"] != 0)
  assert np.all(gradients["categorical_kl_loss"] != 0)
  for name in names[2:]:
    assert np.all(gradients[name] == 0)


def test_discriminator_does_not_see_the_classes():
  built = BuiltSpec(vae.FactorVAE(10.0), parts=joint())
  assert built.variable("discriminator/d1/kernel:0").shape == (3, 1000)


def test_classes_have_no_gate():
  built = Built(parts=joint())
  assert built.sample.gates.shape == (3,)
  assert built.run(built.scalars["active_latents"]) == 3


@pytest.mark.parametrize("parts", [
    joint, lambda: {"categorical": CategoricalLatent(num_classes=2)},
    lambda: {"groups": [1, 4]}, lambda: joint(groups=[1, 2, 2])])
def test_exported_posterior(parts):
  model = SparseVAE(RecordingDIPVAE(), **parts())
  with tf.Graph().as_default(), tf.Session() as session:
    posterior = model.gaussian_encoder(
        tf.constant(IMAGES, tf.float32), is_training=False)
    code = model.sample_from_latent_distribution(*posterior)
    model.decode(code, [6, 6, 1], False)
    session.run(tf.global_variables_initializer())
    (mean, logvar), raw, decoded = session.run(
        [posterior, model.objective.posterior, model.objective.decoder_input])
  gate = np.clip(1.2 * 0.8 - 0.1, 0, 1) if "latent" in parts() else 1.0
  expected = gate * raw[0]
  if "categorical" in parts():
    expected[:, 3:] = special.softmax(raw[0][:, 3:], axis=1)
    assert np.ptp(logvar[:, 3:]) == 0
  np.testing.assert_allclose(mean, expected, rtol=1e-5)
  assert np.isfinite(logvar).all()
  # Reconstructions decode the exported mean, the whole of it.
  np.testing.assert_array_equal(decoded, mean)


def test_decoder_keeps_the_classes_of_a_code_and_drops_closed_latents():
  model = SparseVAE(RecordingDIPVAE(), **joint(
      latent=L0Pair(initial_log_alpha=-4.0)))
  with tf.Graph().as_default(), tf.Session() as session:
    model.decode(tf.ones([2, 5]), [6, 6, 1], False)
    session.run(tf.global_variables_initializer())
    decoded = session.run(model.objective.decoder_input)
  np.testing.assert_array_equal(decoded, [[0, 0, 0, 1, 1]] * 2)


def test_no_random_operation_keeps_state():
  built = BuiltSpec(parts=joint(groups=[1, 2, 2]))
  types = {op.type for op in built.graph.get_operations()
           if "Random" in op.type and "Initializer" not in op.name}
  assert all(name.startswith("Stateless") for name in types)


def test_all_noise_of_a_step_has_a_stream_of_its_own():
  """Gates, latents, classes, and the permutation for the discriminator."""
  built = Built(vae.FactorVAE(10.0), parts=joint())
  seeds = [op.inputs[0] for op in built.graph.get_operations()
           if op.type == "StatelessRandomGetKeyCounter"
           and "Initializer" not in op.name]
  assert len(seeds) >= 4
  streams = {tuple(seed) for seed in built.run(seeds)}
  assert len(streams) == len(seeds)


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path):
  whole, first, resumed = (
      BuiltSpec(parts=joint(groups=[1, 2, 2])) for _ in range(3))
  first.restore(whole.save(tmp_path / "start"))
  expected = whole.train(6)
  first.train(2)
  resumed.restore(first.save(tmp_path / "second"))
  for one, two in zip(expected, resumed.train(4), strict=True):
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("parts, reported", [
    (joint, {"l0_penalty", "expected_active_latents", "active_latents",
             "categorical_kl_loss"}),
    (lambda: {"groups": [2, 3]}, {
        "reconstruction_loss_prefix_1", "reconstruction_loss_prefix_2",
        "grouped_reconstruction_loss"})])
def test_what_is_reported(parts, reported):
  built = BuiltSpec(mode=EVAL, parts=parts())
  metric_fn, tensors = built.spec.eval_metrics
  with built.graph.as_default():
    assert set(metric_fn(*tensors)) == reported | {
        "reconstruction_loss", "kl_loss", "regularizer", "elbo"}


@pytest.mark.parametrize("layers, message", [
    ((L0Pair, None), f"sparse_vae.latent must be a latent layer, but is "
     f"{L0Pair!r}. Write sparse_vae.latent = @l0_pair() with the parentheses, "
     "or leave it out."),
    ((None, "ten"), "sparse_vae.categorical must be a categorical layer, but "
     "is 'ten'. Write sparse_vae.categorical = @categorical_latent() with the "
     "parentheses, or leave it out.")])
def test_messages(layers, message):
  with pytest.raises(ValueError) as error:
    latents.Latents(*layers)
  assert str(error.value) == message


def test_number_of_classes_is_checked_when_the_model_is_made():
  with pytest.raises(ValueError, match="num_classes must be less than encoder"):
    SparseVAE(vae.BetaVAE(1.0), categorical=CategoricalLatent(num_classes=5))
