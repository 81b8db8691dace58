"""sparse_vae: what the gates do to losses, gradients, evaluation and export."""
import functools
import random

import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import vae
from scipy import stats

import sparse_disent  # noqa: F401
from sparse_disent.layers import L0Pair
from sparse_disent.models import SparseVAE

# 6 x 6 images and linear networks: small enough for finite differences.
NETWORKS = """
  encoder.encoder_fn = @test_encoder
  encoder.num_latent = 5
  decoder.decoder_fn = @test_decoder
  discriminator.discriminator_fn = @fc_discriminator
  reconstruction_loss.loss_fn = @bernoulli_loss
  vae_optimizer.optimizer_fn = @AdamOptimizer
  vae_optimizer.learning_rate = 1e-2
  discriminator_optimizer.optimizer_fn = @AdamOptimizer
  discriminator_optimizer.learning_rate = 1e-2
"""
IMAGES = np.random.RandomState(0).uniform(size=[8, 6, 6, 1])
LOG_ALPHA = "encoder/l0_pair/scaled_log_alpha:0"
TRAIN, EVAL = tf.estimator.ModeKeys.TRAIN, tf.estimator.ModeKeys.EVAL


@pytest.fixture(autouse=True)
def networks(clean_gin):
  # Keras draws the seeds of initial weights from Python's own generator.
  random.seed(0)
  gin.parse_config(NETWORKS)


class RecordingDIPVAE(vae.DIPVAE):
  """DIP-VAE-I with lambda_od 20 and lambda_d 2 that keeps what it is given."""

  def __init__(self):
    super().__init__(lambda_od=20.0, lambda_d_factor=0.1)

  def gaussian_encoder(self, input_tensor, is_training):
    self.posterior = super().gaussian_encoder(input_tensor, is_training)
    return self.posterior

  def decode(self, latent_tensor, observation_shape, is_training):
    self.decoder_input = latent_tensor
    return super().decode(latent_tensor, observation_shape, is_training)

  def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
    self.regularized = [z_mean, z_logvar, z_sampled]
    return super().regularizer(kl_loss, z_mean, z_logvar, z_sampled)


class Built:
  """A model in a graph and session of its own."""

  def __init__(self, objective=None, seed=0, dtype=tf.float32, mode=TRAIN,
               **layer):
    self.graph = tf.Graph()
    self.objective = objective or RecordingDIPVAE()
    self.model = SparseVAE(self.objective, L0Pair(**layer))
    with self.graph.as_default():
      tf.set_random_seed(seed)
      self.step = tf.train.get_or_create_global_step()
      self.features = tf.placeholder(dtype, [8, 6, 6, 1])
      self._build(mode)
      self.session = tf.Session()
      self.session.run(tf.global_variables_initializer())

  def _build(self, mode):
    self.scalars, _, _ = self.model.build(self.features, mode == TRAIN)

  def run(self, fetches, feeds=None, images=IMAGES):
    return self.session.run(fetches, {self.features: images, **(feeds or {})})

  def variable(self, name):
    variable, = (variable for variable in self.graph.get_collection(
        tf.GraphKeys.GLOBAL_VARIABLES) if variable.name == name)
    return variable

  def assign(self, name, value):
    with self.graph.as_default():
      self.session.run(self.variable(name).assign(value))

  def gradients(self, target, variables=None):
    with self.graph.as_default():
      return tf.gradients(target, variables or tf.trainable_variables())

  def tensor(self, name):
    return self.graph.get_tensor_by_name(name)


class BuiltSpec(Built):
  """The same with all that `model_fn` adds."""

  def _build(self, mode):
    self.spec = self.model.model_fn(self.features, None, mode, {})
    self.saver = tf.train.Saver()

  def save(self, path):
    with self.graph.as_default():
      return self.saver.save(self.session, str(path))

  def restore(self, checkpoint):
    with self.graph.as_default():
      self.saver.restore(self.session, checkpoint)

  def train(self, steps):
    """Trains and returns the values of all variables."""
    for _ in range(steps):
      self.run(self.spec.train_op)
    return self.session.run(self.graph.get_collection(
        tf.GraphKeys.GLOBAL_VARIABLES))


def kl(mean, logvar):
  return 0.5 * (mean**2 + np.exp(logvar) - 1 - logvar)


def dip(mean):
  """DIP-VAE-I with lambda_od 20 and lambda_d 2, by NumPy's covariance."""
  covariance = np.cov(mean.T, bias=True)
  diagonal = np.diag(covariance)
  off_diagonal = (covariance**2).sum() - (diagonal**2).sum()
  return 20 * off_diagonal + 2 * ((diagonal - 1)**2).sum()


FED_GATES = np.array([1.0, 0.0, 0.5, 0.125, 0.75])


@pytest.mark.parametrize("feeds", [{}, {"l0_pair/gates:0": FED_GATES}])
@pytest.mark.parametrize("mode", [TRAIN, EVAL])
def test_one_draw_in_decoder_input_kl_and_covariance(mode, feeds):
  # At this temperature nearly all gates are fractions: a second draw shows.
  built = Built(dtype=tf.float64, mode=mode, temperature=2 / 3,
                initial_log_alpha=0.3)
  fetches = [
      built.objective.posterior, built.tensor("l0_pair/gates:0"),
      built.tensor("latent_noise:0"), built.objective.decoder_input,
      built.objective.regularized, built.scalars]
  (mean, logvar), gates, noise, decoded, regularized, scalars = built.run(
      fetches, feeds)
  if feeds:
    np.testing.assert_array_equal(gates, FED_GATES)
  assert gates.shape == (5,) and ((gates > 0) & (gates < 1)).sum() >= 2
  code = gates * (mean + np.exp(logvar / 2) * noise)
  np.testing.assert_allclose(decoded, code, rtol=1e-9)
  np.testing.assert_allclose(regularized[2], code, rtol=1e-9)
  np.testing.assert_allclose(regularized[0], gates * mean, rtol=1e-9)
  expected_kl = (gates * kl(mean, logvar)).sum(1).mean()
  np.testing.assert_allclose(scalars["kl_loss"], expected_kl, rtol=1e-9)
  np.testing.assert_allclose(
      scalars["regularizer"], expected_kl + dip(gates * mean), rtol=1e-9)


@pytest.mark.parametrize("mode", [TRAIN, EVAL])
def test_loss_counts_the_penalty_once(mode):
  built = Built(dtype=tf.float64, mode=mode, tau=7.0, temperature=2 / 3)
  scalars = built.run(built.scalars)
  expected = 7 * 5 * stats.logistic.cdf(
      np.log(4) - 2 / 3 * np.log(0.1 / 1.1))
  np.testing.assert_allclose(scalars["l0_penalty"], expected, rtol=1e-9)
  np.testing.assert_allclose(
      scalars["loss"] - scalars["reconstruction_loss"] - scalars["regularizer"],
      expected, rtol=1e-9)
  np.testing.assert_allclose(
      scalars["expected_active_latents"], expected / 7, rtol=1e-9)
  np.testing.assert_allclose(
      -scalars["elbo"], scalars["reconstruction_loss"] + scalars["kl_loss"])


def test_active_latents_are_those_whose_test_gate_is_open():
  built = Built()
  # The Louizos gate closes at log_alpha = log(1 / 11) = -2.398.
  built.assign(LOG_ALPHA, [-4.0, -2.41, -2.39, 0.0, 4.0])
  assert built.run(built.scalars["active_latents"]) == 3
  built = Built(test_gate="median")
  built.assign(LOG_ALPHA, [-4.0, -2.39, 0.0, 0.01, 4.0])
  assert built.run(built.scalars["active_latents"]) == 2


@functools.cache
def gradients_and_differences():
  """Gradients of each term for log_alpha, and central differences of each."""
  gin.parse_config(NETWORKS)
  built = Built(dtype=tf.float64, temperature=2 / 3)
  start = np.array([-2.0, -0.5, 0.0, 0.4, 1.0])
  built.assign(LOG_ALPHA, start)
  terms = dict(built.scalars)
  with built.graph.as_default():
    terms["dip"] = terms["regularizer"] - terms["kl_loss"]
  variables = [built.variable(LOG_ALPHA)]
  names = ["reconstruction_loss", "kl_loss", "dip", "l0_penalty", "loss"]
  gates, gradients = built.run([built.tensor("l0_pair/gates:0"), {
      name: built.gradients(terms[name], variables)[0] for name in names}])
  differences = {name: np.zeros(5) for name in names}
  for i in range(5):
    for sign in (1, -1):
      built.assign(LOG_ALPHA, start + sign * 1e-6 * np.eye(5)[i])
      values = built.run(terms)
      for name in names:
        differences[name][i] += sign * values[name] / 2e-6
  return gates, gradients, differences


@pytest.mark.parametrize(
    "name", ["reconstruction_loss", "kl_loss", "dip", "l0_penalty", "loss"])
def test_gates_learn_from_each_term(name):
  gates, gradients, differences = gradients_and_differences()
  np.testing.assert_allclose(
      gradients[name], differences[name], rtol=1e-5, atol=1e-7)
  inside = (gates > 0) & (gates < 1)
  assert 0 < inside.sum() < 5
  assert np.all(gradients[name][inside] != 0)
  # A clipped gate learns from the penalty alone.
  if name in ("reconstruction_loss", "kl_loss", "dip"):
    np.testing.assert_array_equal(gradients[name][~inside], 0)
  else:
    assert np.all(gradients[name][~inside] > 0)


def test_closed_gates_pass_nothing_to_the_encoder():
  built = Built()
  gradients = dict(zip(
      [variable.name for variable in built.graph.get_collection(
          tf.GraphKeys.TRAINABLE_VARIABLES)],
      built.run(built.gradients(built.scalars["loss"]),
                {"l0_pair/gates:0": [1.0, 0.0, 1.0, 0.0, 1.0]}), strict=True))
  for name in ("encoder/e1/kernel:0", "encoder/e2/kernel:0"):
    moved = np.any(gradients[name] != 0, axis=0)
    np.testing.assert_array_equal(moved, [True, False, True, False, True])
  moved = np.any(gradients["decoder/d1/kernel:0"] != 0, axis=1)
  np.testing.assert_array_equal(moved, [True, False, True, False, True])


@pytest.mark.parametrize("gates", [
    [1, 1, 1, 1, 1], [1, 0, 1, 0, 1], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0],
    [1e-8, 0, 1, 0.5, 1]])
@pytest.mark.parametrize("objective", [
    vae.BetaVAE(4.0), vae.AnnealedVAE(10.0, 5.0, 100), vae.FactorVAE(10.0),
    vae.BetaTCVAE(6.0), vae.DIPVAE(20.0, 0.1), vae.DIPVAE(20.0, 0.1, "ii")],
                         ids=lambda objective: type(objective).__name__)
def test_finite_whichever_gates_are_closed(objective, gates):
  built = Built(objective)
  values, gradients = built.run(
      [built.scalars, [gradient for gradient in built.gradients(
          built.scalars["loss"]) if gradient is not None]], {"l0_pair/gates:0": gates})
  assert np.isfinite(list(values.values())).all()
  for gradient in gradients:
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max() < 1e6


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
  # The tags that end in _1 are upstream's, so one chart can show both.
  assert set(values) == {
      "loss", "reconstruction_loss_1", "elbo_1", "regularizer", "kl_loss",
      "l0_penalty", "expected_active_latents", "active_latents", "gates"}
  assert values["gates"].histo.num == 5
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


def test_messages():
  objective = vae.DIPVAE(20.0, 0.1)
  with pytest.raises(ValueError) as error:
    SparseVAE(objective, L0Pair)
  assert str(error.value).splitlines()[0] == (
      f"sparse_vae.latent must be a latent layer, but is {L0Pair!r}. Write "
      "sparse_vae.latent = @l0_pair() with the parentheses, or leave it out.")
  with pytest.raises(NotImplementedError) as error:
    SparseVAE(objective, L0Pair()).model_fn(None, None, "infer", {})
  assert str(error.value) == (
      "sparse_vae has no mode 'infer'; use 'train' or 'eval'.")
