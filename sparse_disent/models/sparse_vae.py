"""One model that composes an upstream objective with sparsity.

  total loss = reconstruction of m o z + the objective's regularizer + penalties

Equation numbers: Shi, Glocker and Castro, "PVAE: Learning Disentangled
Representations with Intrinsic Dimension via Approximated L0 Regularization".
"""
import gin
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.shared import losses
from disentanglement_lib.methods.unsupervised import vae
from tensorflow.contrib import tpu as contrib_tpu

from sparse_disent.models import objectives
from sparse_disent.ops import gaussian
from sparse_disent.ops import noise

_LOGGED = ("loss", "reconstruction_loss", "elbo", "l0_penalty",
           "active_latents")


@gin.configurable("sparse_vae")
class SparseVAE(vae.BaseVAE):
  """Any upstream model, with gates on its latents.

  In training the gates are random, one draw a step; in evaluation and in what
  is exported they are the layer's test-time gates. All noise is a function of
  the graph's seed and the global step. Without a latent layer this is the
  objective itself.

  Exported modules are deterministic. The encoder returns m * mu (exactly 0 for
  a closed gate) and log(m * sigma^2); reconstructions decode m * mu; the
  decoder expects a code like those the encoder returns, so it does not scale by
  m again, but it ignores a closed gate's latent: in training that latent was
  always 0, so the weights that read it have learned nothing.
  """

  def __init__(self, objective=gin.REQUIRED, latent=None):
    """Creates the model.

    Args:
      objective: One of upstream's models, e.g. `@dip_vae()`; gives the networks
        and the regularizer.
      latent: Layer with gates for the latents, e.g. `@l0_pair()`, or None.

    Raises:
      ValueError: If the objective or the layer is not what it should be.
    """
    if latent is not None:
      objectives.check(objective)
      if not hasattr(latent, "random_gates") or isinstance(latent, type):
        raise ValueError(
            f"sparse_vae.latent must be a latent layer, but is {latent!r}. "
            "Write sparse_vae.latent = @l0_pair() with the parentheses, or "
            "leave it out.")
    self.objective = objective
    self.latent = latent

  def model_fn(self, features, labels, mode, params):
    """TPUEstimator compatible model function."""
    if self.latent is None:
      return self.objective.model_fn(features, labels, mode, params)
    if mode == tf.estimator.ModeKeys.TRAIN:
      return self._training_spec(features)
    if mode == tf.estimator.ModeKeys.EVAL:
      return self._evaluation_spec(features)
    raise NotImplementedError(
        f"sparse_vae has no mode {mode!r}; use {tf.estimator.ModeKeys.TRAIN!r} "
        f"or {tf.estimator.ModeKeys.EVAL!r}.")

  def gaussian_encoder(self, input_tensor, is_training):
    """Applies the encoder and the test-time gates (eq. 5).

    Args:
      input_tensor: Observations, [batch_size] + observation shape.
      is_training: Boolean for the networks; the gates do not depend on it.

    Returns:
      mean: [batch_size, num_latent]; exactly 0 where a gate is closed.
      logvar: [batch_size, num_latent], finite.
    """
    mean, logvar = self.objective.gaussian_encoder(
        input_tensor, is_training=is_training)
    if self.latent is None:
      return mean, logvar
    gates = self.latent.test_gates(self._log_alpha(mean))
    return gaussian.gate_posterior(mean, logvar, gates)

  def sample_from_latent_distribution(self, z_mean, z_logvar):
    """Returns the gated mean: what this model exports has no noise."""
    if self.latent is None:
      return self.objective.sample_from_latent_distribution(z_mean, z_logvar)
    return z_mean

  def decode(self, latent_tensor, observation_shape, is_training):
    """Decodes a gated code; values under closed gates are ignored."""
    if self.latent is not None:
      gates = self.latent.test_gates(self._log_alpha(latent_tensor))
      latent_tensor = gaussian.support(gates) * latent_tensor
    return self.objective.decode(latent_tensor, observation_shape, is_training)

  def _log_alpha(self, codes):
    """Gate locations [num_latent] for codes [batch_size, num_latent]."""
    with tf.variable_scope("encoder"):
      return self.latent.log_alpha(codes.get_shape().as_list()[1], codes.dtype)

  def build(self, features, is_training):
    """Builds the networks and all losses.

    Args:
      features: Observations, [batch_size] + observation shape.
      is_training: Boolean; random gates if True, else the test-time gates.

    Returns:
      scalars: Dictionary of what is reported, nats or latents. "loss" is eq. 2;
        it holds the L0 penalty in training and in evaluation.
      log_alpha: [num_latent].
      discriminator_loss: Scalar, or None for an objective without one.
    """
    draw = (noise.training_draw() if is_training
            else noise.evaluation_draw(features))
    z_mean, z_logvar = self.objective.gaussian_encoder(
        features, is_training=is_training)
    log_alpha = self._log_alpha(z_mean)
    gates = tf.identity(
        self.latent.random_gates(log_alpha, draw) if is_training
        else self.latent.test_gates(log_alpha), name="l0_pair/gates")
    code = gates * _sample(z_mean, z_logvar, draw)
    reconstruction_loss = self._reconstruction_loss(features, code, is_training)
    kl_loss = tf.reduce_mean(gaussian.gated_kl(z_mean, z_logvar, gates))
    terms = objectives.terms(
        self.objective, kl_loss, *gaussian.gate_posterior(
            z_mean, z_logvar, gates), code, is_training=is_training, draw=draw)
    l0_penalty = self.latent.penalty(log_alpha)
    loss = reconstruction_loss + terms.regularizer
    scalars = {
        "loss": loss + l0_penalty,
        "reconstruction_loss": reconstruction_loss,
        "elbo": -tf.add(reconstruction_loss, kl_loss, name="elbo"),
        "regularizer": terms.regularizer,
        "kl_loss": kl_loss,
        "l0_penalty": l0_penalty,
        "expected_active_latents":
            self.latent.expected_active_latents(log_alpha),
        "active_latents":
            tf.reduce_sum(gaussian.support(self.latent.test_gates(log_alpha))),
    }
    return scalars, log_alpha, terms.discriminator_loss

  def _reconstruction_loss(self, features, code, is_training):
    """Mean over the batch of -log p(x | code), nats."""
    shape = features.get_shape().as_list()[1:]
    reconstructions = self.objective.decode(code, shape, is_training)
    return tf.reduce_mean(
        losses.make_reconstruction_loss(features, reconstructions))

  def _training_spec(self, features):
    scalars, log_alpha, discriminator_loss = self.build(features, True)
    train_op = tf.group(
        objectives.minimize(scalars["loss"], discriminator_loss),
        tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    with tf.control_dependencies([train_op]), tf.variable_scope("encoder"):
      train_op = self.latent.clamp(log_alpha.get_shape()[0], log_alpha.dtype)
    for name, value in scalars.items():
      tf.summary.scalar(name, value)
    tf.summary.histogram("gates", self.latent.test_gates(log_alpha))
    logged = tf.train.LoggingTensorHook(
        {name: scalars[name] for name in _LOGGED}, every_n_iter=100)
    return contrib_tpu.TPUEstimatorSpec(
        mode=tf.estimator.ModeKeys.TRAIN, loss=scalars["loss"],
        train_op=train_op, training_hooks=[logged])

  def _evaluation_spec(self, features):
    scalars, _, _ = self.build(features, False)
    loss = scalars.pop("loss")
    return contrib_tpu.TPUEstimatorSpec(
        mode=tf.estimator.ModeKeys.EVAL, loss=loss,
        eval_metrics=(vae.make_metric_fn(*scalars), list(scalars.values())))


def _sample(z_mean, z_logvar, draw):
  """Samples z ~ q(z | x), [batch_size, num_latent]."""
  latent_noise = noise.normal(
      tf.shape(z_mean), name="latent_noise", draw=draw, dtype=z_mean.dtype)
  return gaussian.sample(
      z_mean, z_logvar, tf.identity(latent_noise, name="latent_noise"))
