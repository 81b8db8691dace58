"""With open gates and no penalty, sparse_vae equals its objective alone.

Both models are built on the same variables in the same graph and are fed the
same noise; the expected loss and gradients are those of the objective's
model_fn, which is upstream's.
"""
import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import vae
from support.masked_models import OBJECTIVES

import sparse_disent  # noqa: F401
from sparse_disent.layers import L0Pair
from sparse_disent.models import SparseVAE
from sparse_disent.models import latents
from sparse_disent.models import objectives

NETWORKS = """
  encoder.encoder_fn = @conv_encoder
  encoder.num_latent = 10
  decoder.decoder_fn = @deconv_decoder
  discriminator.discriminator_fn = @fc_discriminator
  reconstruction_loss.loss_fn = @bernoulli_loss
  vae_optimizer.optimizer_fn = @AdamOptimizer
  discriminator_optimizer.optimizer_fn = @AdamOptimizer
"""
IMAGES = (np.random.RandomState(0).uniform(size=[8, 64, 64, 1]) > 0.7).astype(
    np.float32)
NOISE = np.random.RandomState(1).normal(size=[8, 10])
# Losses come out equal to the bit; float32 gradients are summed in another
# order (measured: at most 1e-6 apart).
TOLERANCE = 5e-6


def upstream_noise(graph):
  """The noise tensor of upstream's sample_from_latent_distribution."""
  normal, = (op for op in graph.get_operations()
             if op.type == "RandomStandardNormal"
             and not op.name.startswith(("encoder", "decoder")))
  return normal.outputs[0]


# Ways to compose a model that is upstream's, by name.
PARTS = {
    "l0_pair": lambda: {"latent": L0Pair(tau=0.0)},
    "one_group": lambda: {"groups": [10]},
    "active_diagonal": lambda: {
        "latent": L0Pair(tau=0.0), "dip_diagonal": "active"},
}


def build_both(objective, parts=PARTS["l0_pair"]):
  """Builds upstream's and our training graph on the same variables."""
  graph = tf.get_default_graph()
  step = tf.train.get_or_create_global_step()
  features = tf.constant(IMAGES)
  with tf.variable_scope("", reuse=tf.AUTO_REUSE):
    theirs = objective.model_fn(features, None, "train", {}).loss
    noise = upstream_noise(graph)
    ours, _ = SparseVAE(objective, **parts()).build(features, is_training=True)
  feeds = {noise: NOISE, graph.get_tensor_by_name("latent_noise:0"): NOISE}
  return step, theirs, ours, feeds


def initialize(session):
  """Sets weights, far from the prior, and opens all gates.

  Next to the reconstruction loss of untrained networks, whose posteriors are
  close to the prior, no error of a regularizer would show.
  """
  session.run(tf.global_variables_initializer())
  random_state = np.random.RandomState(3)
  for variable in tf.trainable_variables():
    shape = variable.shape.as_list()
    values = random_state.normal(size=shape) * np.sqrt(2 / np.prod(shape[:-1]))
    if "bias" in variable.name:
      values = 0.1 * random_state.normal(size=shape)
    if variable.name in ("encoder/means/kernel:0", "encoder/log_var/kernel:0"):
      values *= 3.0
    if "log_alpha" in variable.name:
      values = np.full(shape, 50.0)
    session.run(variable.assign(values))


def relative_difference(actual, expected):
  return np.abs(actual - expected).max() / np.abs(expected).max()


CASES = [(name, parts) for name in sorted(OBJECTIVES) for parts in (
    ["l0_pair", "one_group"] + ["active_diagonal"] * name.startswith("dip"))]


@pytest.mark.slow
@pytest.mark.parametrize("name, parts", CASES)
def test_loss_and_gradients_are_upstreams(name, parts, record_property):
  gin.parse_config(NETWORKS)
  with tf.Graph().as_default(), tf.Session() as session:
    step, theirs, ours, feeds = build_both(
        OBJECTIVES[name](), PARTS[parts])
    variables = [
        variable for variable in tf.trainable_variables()
        if variable.name.startswith(("encoder", "decoder"))
        and "log_alpha" not in variable.name]
    initialize(session)
    session.run(tf.assign(step, 30))
    fetches = [[loss, tf.gradients(loss, variables)]
               for loss in (theirs, ours.total)]
    expected, actual, gates, regularizer = session.run(
        [*fetches, "l0_pair/gates:0", ours.regularizer], feeds)
  np.testing.assert_array_equal(gates, np.ones(10))
  assert abs(regularizer) > 10.0
  assert len(variables) == 26
  differences = [relative_difference(actual[0], expected[0]), max(
      relative_difference(*pair)
      for pair in zip(actual[1], expected[1], strict=True))]
  record_property("relative differences of loss and gradients",
                  [float(value) for value in differences])
  assert max(differences) < TOLERANCE


def test_discriminator_loss_and_gradients_are_upstreams():
  gin.parse_config(NETWORKS)
  with tf.Graph().as_default() as graph, tf.Session() as session:
    _, _, losses, feeds = build_both(OBJECTIVES["factor_vae"]())
    ours = losses.discriminator
    theirs = -graph.get_tensor_by_name("discriminator_loss:0")
    permuted = np.random.RandomState(2).normal(size=[8, 10])
    feeds.update({"latent_shuffled:0": permuted,
                  "latent_shuffled_1:0": permuted})
    variables = [variable for variable in tf.trainable_variables()
                 if variable.name.startswith("discriminator")]
    initialize(session)
    expected, actual = session.run(
        [[loss, *tf.gradients(loss, variables)] for loss in (theirs, ours)],
        feeds)
  for pair in zip(actual, expected, strict=True):
    assert relative_difference(*pair) < TOLERANCE


def test_factor_vae_trains_each_variable_with_its_optimizer():
  gin.parse_config(NETWORKS)
  gin.parse_config("""
    vae_optimizer.learning_rate = 1e-3
    discriminator_optimizer.learning_rate = 1e-2
  """)
  model = SparseVAE(OBJECTIVES["factor_vae"](), L0Pair())
  with tf.Graph().as_default(), tf.Session() as session:
    step = tf.train.get_or_create_global_step()
    spec = model.model_fn(tf.constant(IMAGES), None, "train", {})
    variables = tf.trainable_variables()
    session.run(tf.global_variables_initializer())
    before = session.run(variables)
    session.run(spec.train_op)
    after = session.run(variables)
    # Upstream's two optimizers both count.
    assert session.run(step) == 2
  assert len(variables) == 26 + 14 + 1
  for variable, old, new in zip(variables, before, after, strict=True):
    # Adam's first step is its learning rate, up to its epsilon.
    rate = 1e-2 if variable.name.startswith("discriminator") else 1e-3
    assert 0.7 * rate < np.abs(new - old).max() < 1.01 * rate, variable.name


def test_every_objective_is_tested():
  tested = {type(make()) for make in OBJECTIVES.values()}
  assert tested == set(vae.BaseVAE.__subclasses__()) - {SparseVAE}


DIP_GATES = np.array([1.0, 0.0, 0.5, 0.25, 0.0])


def sample(mean, logvar, gates, code):
  mean, logvar, gates, code = map(tf.constant, (mean, logvar, gates, code))
  return latents.Sample(z_mean=mean, z_logvar=logvar, gates=gates, code=code,
                        is_training=True, draw=0)


@pytest.mark.parametrize("dip_type", ["i", "ii"])
def test_active_diagonal_weighs_each_latent_by_its_gate(dip_type):
  random_state = np.random.RandomState(5)
  mean, logvar, code = random_state.normal(size=[3, 8, 5])
  with tf.Graph().as_default(), tf.Session() as session:
    actual = session.run(objectives.terms(
        vae.DIPVAE(20.0, 0.1, dip_type), sample(mean, logvar, DIP_GATES, code),
        tf.constant(3.0, tf.float64), dip_diagonal="active").regularizer)
  # lambda_od 20 off the diagonal of the gated means' covariance, and lambda_d 2
  # on the diagonal of the ungated one's, by NumPy.
  covariance = np.cov((DIP_GATES * mean).T, bias=True)
  off_diagonal = covariance - np.diag(np.diag(covariance))
  diagonal = mean.var(axis=0)
  if dip_type == "ii":
    diagonal += np.exp(logvar).mean(axis=0)
  expected = 3 + 20 * (off_diagonal**2).sum() + 2 * (
      DIP_GATES * (diagonal - 1)**2).sum()
  np.testing.assert_allclose(actual, expected, rtol=1e-9)


def test_a_closed_gate_is_charged_by_the_paper_and_not_by_active_diagonal():
  mean = np.random.RandomState(5).normal(size=[8, 5])
  charges = []
  for diagonal in ("all", "active"):
    losses = [objectives.terms(
        vae.DIPVAE(20.0, 0.1), sample(mean, mean, np.float64(gates), mean),
        tf.constant(0.0, tf.float64), dip_diagonal=diagonal).regularizer
              for gates in ([1, 0, 0, 0, 0], [0, 0, 0, 0, 0])]
    charges.append([loss.numpy() for loss in losses])
  # lambda_d is 2.
  np.testing.assert_allclose(charges[0][1], 2 * 5)
  np.testing.assert_allclose(charges[0][0] - charges[1][0], 2 * 4)
  assert charges[1][1] == 0


def test_active_diagonal_leaves_the_objective_as_it_is():

  class Frozen(vae.DIPVAE):

    def __copy__(self):
      raise AssertionError

    def __setattr__(self, name, value):
      if hasattr(self, name):
        raise AttributeError(name)
      super().__setattr__(name, value)

  zeros = np.zeros([8, 5])
  terms = objectives.terms(
      Frozen(20.0, 0.1), sample(zeros, zeros, np.ones(5), zeros),
      tf.constant(3.0, tf.float64), dip_diagonal="active")
  # lambda_d is 2, and no latent has a variance.
  np.testing.assert_allclose(terms.regularizer, 3 + 2 * 5)


class OwnDiagonal(vae.DIPVAE):

  def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
    raise AssertionError


def test_active_diagonal_replaces_no_regularizer_of_the_users_own():
  with pytest.raises(ValueError) as error:
    objectives.check_dip_diagonal(
        "active", OwnDiagonal(20.0, 0.1), "a layer")
  assert str(error.value) == (
      'sparse_vae.dip_diagonal can be "active" only with upstream\'s '
      "regularizer, but OwnDiagonal has a `regularizer` of its own, which "
      "would not be used. Leave dip_diagonal out.")


class OwnTraining(vae.BetaVAE):

  def model_fn(self, features, labels, mode, params):
    raise AssertionError


class OwnSampler(vae.FactorVAE):

  def sample_from_latent_distribution(self, z_mean, z_logvar):
    raise AssertionError


class OwnRegularizer(vae.BetaVAE):

  def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
    return 3.0 * kl_loss


class OwnFactorVAE(vae.FactorVAE):

  def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
    raise AssertionError


def test_an_objective_of_the_users_own():
  objectives.check(OwnRegularizer(beta=1.0))
  with tf.Graph().as_default():
    zeros = np.zeros([8, 5])
    terms = objectives.terms(OwnRegularizer(beta=1.0), sample(
        zeros, zeros, np.ones(5), zeros), 2.0)
  assert (terms.regularizer, terms.discriminator_loss) == (6.0, None)


@pytest.mark.parametrize("objective, message", [
    (vae.DIPVAE, "sparse_vae.objective must be one of upstream's models, but "
     f"is {vae.DIPVAE!r}. Write sparse_vae.objective = @dip_vae() with the "
     "parentheses."),
    (OwnTraining(beta=1.0), "sparse_vae.objective must train as upstream's "
     "models do when sparse_vae.latent, groups or categorical is set, but "
     "OwnTraining has a model_fn of its own. Leave them out, or give the "
     "objective a `regularizer` method instead."),
    (OwnSampler(gamma=1.0), "sparse_vae.objective must train as upstream's "
     "models do when sparse_vae.latent, groups or categorical is set, but "
     "OwnSampler has a sample_from_latent_distribution of its own. Leave them "
     "out, or derive it from vae.BaseVAE, with a `regularizer` method."),
    (OwnFactorVAE(gamma=1.0), "sparse_vae.objective must have no `regularizer` "
     "if it is a FactorVAE, which never calls it, but OwnFactorVAE has one. "
     "Leave it out, or derive it from vae.BaseVAE, with a `regularizer` "
     "method.")])
def test_messages(objective, message):
  with pytest.raises(ValueError) as error:
    objectives.check(objective)
  assert str(error.value) == message


@pytest.mark.parametrize("diagonal, objective, latent, message", [
    ("open", vae.DIPVAE(20.0, 0.1), "a layer",
     "sparse_vae.dip_diagonal must be one of all, active, but is 'open'. Use "
     '"active" to charge a latent only as far as its gate is open.'),
    ("active", "an objective", "a layer",
     'sparse_vae.dip_diagonal can be "active" only with sparse_vae.latent = '
     "@l0_pair() and sparse_vae.objective = @dip_vae(), but latent is 'a "
     "layer' and objective is 'an objective'. Set both, or leave dip_diagonal "
     "out."),
    ("active", "an objective", None,
     'sparse_vae.dip_diagonal can be "active" only with sparse_vae.latent = '
     "@l0_pair() and sparse_vae.objective = @dip_vae(), but latent is None and "
     "objective is 'an objective'. Set both, or leave dip_diagonal out."),
    ("active", vae.DIPVAE(20.0, 0.1, "II"), "a layer",
     "dip_vae.dip_type must be \"i\" or \"ii\", but is 'II'.")])
def test_messages_on_the_diagonal(diagonal, objective, latent, message):
  with pytest.raises(ValueError) as error:
    objectives.check_dip_diagonal(diagonal, objective, latent)
  assert str(error.value) == message
