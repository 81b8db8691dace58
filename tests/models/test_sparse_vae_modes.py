"""sparse_vae in training and evaluation mode: noise, steps, specs, metrics."""
import random

import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import vae
from support.small_models import EVAL
from support.small_models import IMAGES
from support.small_models import LOG_ALPHA
from support.small_models import NETWORKS
from support.small_models import TRAIN
from support.small_models import Built
from support.small_models import BuiltSpec
from support.small_models import RecordingDIPVAE

from sparse_disent.models import SparseVAE


@pytest.fixture(autouse=True)
def networks(clean_gin):
  # Keras draws the seeds of initial weights from Python's own generator.
  random.seed(0)
  gin.parse_config(NETWORKS)


def test_no_random_operation_keeps_state():
  built = BuiltSpec(vae.FactorVAE(10.0))
  types = {op.type for op in built.graph.get_operations()
           if "Random" in op.type and "Initializer" not in op.name}
  assert types >= {"StatelessRandomNormalV2", "StatelessRandomUniformV2"}
  assert all(name.startswith("Stateless") for name in types)


def draws(seed=0, step=5):
  built = Built(seed=seed, temperature=2 / 3)
  built.assign("global_step:0", step)
  return np.concatenate([np.ravel(values) for values in built.run(
      [built.tensor("l0_pair/gates:0"), built.tensor("latent_noise:0")])])


def test_noise_is_a_function_of_seed_and_step():
  np.testing.assert_array_equal(draws(), draws())
  for other in (draws(seed=1), draws(step=6)):
    assert not np.array_equal(draws()[:5], other[:5])
    assert not np.any(draws()[5:] == other[5:])


def test_codes_are_permuted_anew_in_each_step():
  built = Built(vae.FactorVAE(10.0))
  code = np.arange(40.0).reshape(8, 5)
  permuted = []
  for step in (5, 5, 6):
    built.assign("global_step:0", step)
    permuted.append(built.run(
        built.tensor("latent_shuffled:0"), {built.sample.code: code}))
    np.testing.assert_array_equal(np.sort(permuted[-1], axis=0), code)
  np.testing.assert_array_equal(permuted[0], permuted[1])
  assert not np.any(np.all(permuted[1] == permuted[2], axis=0))


class Counting(RecordingDIPVAE):
  """Updates a variable in each step, as batch normalization does."""

  def decode(self, latent_tensor, observation_shape, is_training):
    steps = tf.get_variable(
        "steps", [], initializer=tf.zeros_initializer(), trainable=False)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, steps.assign_add(1.0))
    return super().decode(latent_tensor, observation_shape, is_training)


def test_training_runs_the_updates_of_the_networks():
  built = BuiltSpec(Counting())
  built.train(3)
  assert built.session.run(built.variable("steps:0")) == 3


class Modes(RecordingDIPVAE):
  """Keeps which modes its networks are built in."""

  def __init__(self):
    super().__init__()
    self.modes = []

  def gaussian_encoder(self, input_tensor, is_training):
    self.modes.append(is_training)
    return super().gaussian_encoder(input_tensor, is_training)

  def decode(self, latent_tensor, observation_shape, is_training):
    self.modes.append(is_training)
    return super().decode(latent_tensor, observation_shape, is_training)


@pytest.mark.parametrize("mode, is_training", [(TRAIN, True), (EVAL, False)])
def test_networks_are_told_the_mode(mode, is_training):
  objective = Modes()
  BuiltSpec(objective, mode=mode)
  assert objective.modes == [is_training] * 2


@pytest.mark.parametrize("objective", [
    RecordingDIPVAE, lambda: vae.FactorVAE(10.0)])
def test_a_resumed_run_equals_an_uninterrupted_one(objective, tmp_path):
  whole = BuiltSpec(objective(), learning_rate_multiplier=10.0)
  first = BuiltSpec(objective(), learning_rate_multiplier=10.0)
  first.restore(whole.save(tmp_path / "start"))
  expected = whole.train(6)
  first.train(2)
  checkpoint = first.save(tmp_path / "second")
  resumed = BuiltSpec(objective(), learning_rate_multiplier=10.0)
  resumed.restore(checkpoint)
  for one, two in zip(expected, resumed.train(4), strict=True):
    np.testing.assert_array_equal(one, two)


def test_training_clamps_the_gates_after_the_step():
  built = BuiltSpec()
  built.assign(LOG_ALPHA, [-9.0, -1.0, 0.0, 1.0, 9.0])
  built.train(1)
  log_alpha = built.session.run(built.variable(LOG_ALPHA))
  np.testing.assert_allclose(
      log_alpha[[0, 4]], [-np.log(100), np.log(100)], rtol=1e-6)
  # The others have moved by Adam's first step, 1e-2 at most.
  assert np.all(np.abs(log_alpha[1:4] - [-1.0, 0.0, 1.0]) > 1e-3)


def test_training_spec():
  built = BuiltSpec()
  assert built.spec.mode == TRAIN
  assert [type(hook) for hook in built.spec.training_hooks] == [
      tf.train.LoggingTensorHook]
  summaries = built.graph.get_collection(tf.GraphKeys.SUMMARIES)
  values = {}
  for summary in built.run(summaries):
    for value in tf.Summary.FromString(summary).value:
      values[value.tag] = value
  # As in upstream's models; `summary_tags` takes the numbers off.
  assert set(values) == {
      "loss", "reconstruction_loss_1", "elbo_1", "regularizer", "kl_loss",
      "l0_penalty", "expected_active_latents", "active_latents", "gates"}
  assert values["gates"].histo.num == 5
  # Those of evaluation and export, 1.2 * 0.8 - 0.1 at the start.
  assert values["gates"].histo.min == pytest.approx(0.86)
  assert values["gates"].histo.max == pytest.approx(0.86)
  assert values["active_latents"].simple_value == 5


def test_evaluation_is_deterministic():
  built = BuiltSpec(mode=EVAL)
  fetches = [built.spec.loss, built.tensor("l0_pair/gates:0"),
             built.tensor("latent_noise:0")]
  one, again = built.run(fetches), built.run(fetches)
  other = built.run(fetches, images=IMAGES[::-1])
  np.testing.assert_allclose(one[1], np.full(5, 0.86), rtol=1e-6)
  for first, second in zip(one, again, strict=True):
    np.testing.assert_array_equal(first, second)
  # Each batch has noise of its own, at the same global step.
  assert not np.any(one[2] == other[2])


def test_evaluation_metrics():
  built = BuiltSpec(mode=EVAL)
  metric_fn, tensors = built.spec.eval_metrics
  with built.graph.as_default():
    metrics = metric_fn(*tensors)
    built.session.run(tf.local_variables_initializer())
  built.run([update for _, update in metrics.values()])
  values = built.session.run(
      {name: value for name, (value, _) in metrics.items()})
  assert set(values) == {
      "reconstruction_loss", "elbo", "regularizer", "kl_loss", "l0_penalty",
      "expected_active_latents", "active_latents"}
  np.testing.assert_allclose(
      built.run(built.spec.loss), values["reconstruction_loss"] +
      values["regularizer"] + values["l0_penalty"], rtol=1e-5)


def test_without_a_latent_layer_it_is_the_objective():
  graphs = []
  for model in (vae.DIPVAE(20.0, 0.1), SparseVAE(vae.DIPVAE(20.0, 0.1))):
    with tf.Graph().as_default() as graph:
      tf.set_random_seed(0)
      tf.train.get_or_create_global_step()
      images = tf.constant(IMAGES, tf.float32)
      model.model_fn(images, None, TRAIN, {})
      with tf.variable_scope("", reuse=tf.AUTO_REUSE):
        posterior = model.gaussian_encoder(images, is_training=False)
        code = model.sample_from_latent_distribution(*posterior)
        model.decode(code, [6, 6, 1], False)
    # Keras draws the seeds of initial weights from Python's own generator.
    graphs.append([node for node in graph.as_graph_def().node
                   if not node.name.endswith("GetKeyCounter/seed")])
  assert graphs[0] == graphs[1]
