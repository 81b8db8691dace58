"""One model that composes an upstream objective with sparsity and structure.

  total loss = reconstruction of m o z + the objective's regularizer + penalties

m o z is the product of gates and code, entry by entry.
Equation numbers: Shi, Glocker and Castro, "PVAE: Learning Disentangled
Representations with Intrinsic Dimension via Approximated L0 Regularization".
"""
from typing import Any

import gin
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import vae
from tensorflow.contrib import tpu as contrib_tpu

from sparse_disent.models import grouped
from sparse_disent.models import latents
from sparse_disent.models import losses as losses_lib
from sparse_disent.models import objectives
from sparse_disent.ops import noise

_LOGGED = ("loss", "reconstruction_loss", "elbo", "l0_penalty",
           "active_latents")


@gin.configurable("sparse_vae")
class SparseVAE(vae.BaseVAE):
  """Any upstream model, with gates, groups or classes among its latents.

  In training the gates are random and drawn once a step. In evaluation and in
  exported modules they are the layer's test-time gates. All noise is a function
  of the graph's seed and the global step. Without latent layer, groups and
  classes, this model is the objective itself.

  With groups, the loss has a reconstruction loss for each prefix of the groups
  (see `models.grouped`). In the encoder, prefix i trains only z_i and its
  gates. Exported modules use the whole code.

  Exported modules are deterministic:

  * The encoder returns m * mu and log(m * sigma^2). The mean is exactly 0 for a
    closed gate. If there are classes, the last means are their probabilities.
  * Reconstructions decode this mean.
  * The decoder expects a code like those that the encoder returns, so it does
    not multiply by m again. It ignores the latent of a closed gate, which is 0
    in such a code. In training a gate that is closed in tests may still open at
    times: see `ops.hard_concrete.HardConcrete.probability_positive`.

  Two equations of the paper agree only for gates of 0 and 1: eq. 1 decodes
  m * z, whose variance is m^2 * sigma^2, but the variance in eq. 5 is
  m * sigma^2. Codes here follow eq. 1. The posterior that objectives and
  exports use follows eq. 5.
  """

  def __init__(
      self, objective: vae.BaseVAE = gin.REQUIRED, latent: object | None = None,
      *, groups: list[int] | None = None,
      group_weights: list[float] | None = None,
      categorical: object | None = None, dip_diagonal: str = "all"):
    """Creates the model.

    Args:
      objective: One of upstream's models, e.g. `@dip_vae()`. Its networks and
        its regularizer are used.
      latent: Layer with gates for the latents, e.g. `@l0_pair()`, or None.
      groups: Sizes of the groups of latents, most important first; they sum to
        `encoder.num_latent`. None for a single group.
      group_weights: Weight of each prefix's reconstruction loss. None for a
        weight of 1 each, as in the paper.
      categorical: Layer that turns the last latents into classes, e.g.
        `@categorical_latent()`, or None.
      dip_diagonal: "all" to penalize every latent for a variance other than 1,
        as in the paper's eq. 1. "active" to multiply this penalty by the
        latent's gate.

    Raises:
      ValueError: If an argument is not what it should be, before anything is
        trained.
    """
    objectives.check_type(objective)
    self.objective = objective
    self._latents: Any = None
    if any(part is not None for part in (latent, groups, categorical)):
      objectives.check(objective)
      self._latents = latents.Latents(latent, categorical)
    objectives.check_dip_diagonal(dip_diagonal, objective, latent)
    grouped.check(groups, group_weights)
    self._groups = groups
    self._group_weights = group_weights
    self._dip_diagonal = dip_diagonal
    if self._latents is not None and (size := _bound_num_latent()) is not None:
      self._check_sizes(size)

  def model_fn(self, features: tf.Tensor, labels: Any, mode: str,
               params: dict[str, Any]) -> Any:
    """Builds a `TPUEstimatorSpec`, as TPUEstimator asks for it."""
    if self._latents is None:
      return self.objective.model_fn(features, labels, mode, params)
    if mode == tf.estimator.ModeKeys.TRAIN:
      return self._training_spec(features)
    if mode == tf.estimator.ModeKeys.EVAL:
      return self._evaluation_spec(features)
    raise NotImplementedError(
        f"sparse_vae has no mode {mode!r}; use {tf.estimator.ModeKeys.TRAIN!r} "
        f"or {tf.estimator.ModeKeys.EVAL!r}.")

  def gaussian_encoder(
      self, input_tensor: tf.Tensor,
      is_training: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """Applies the encoder and the test-time gates (eq. 5).

    Args:
      input_tensor: Observations, [batch_size] + observation shape.
      is_training: Boolean for the networks; the gates do not depend on it.

    Returns:
      mean: [batch_size, num_latent]; exactly 0 where a gate is closed. If there
        are classes, the last entries are their probabilities.
      logvar: [batch_size, num_latent], finite.
    """
    posterior = self.objective.gaussian_encoder(
        input_tensor, is_training=is_training)
    if self._latents is None:
      return posterior
    return self._latents.posterior(*posterior)

  def sample_from_latent_distribution(
      self, z_mean: tf.Tensor, z_logvar: tf.Tensor) -> tf.Tensor:
    """Returns the gated mean: exported modules of this model have no noise."""
    if self._latents is None:
      return self.objective.sample_from_latent_distribution(z_mean, z_logvar)
    return z_mean

  def decode(
      self, latent_tensor: tf.Tensor, observation_shape: list[int],
      is_training: bool) -> tf.Tensor:
    """Decodes a gated code; values under closed gates are ignored."""
    if self._latents is not None:
      latent_tensor = self._latents.without_closed(latent_tensor)
    return self.objective.decode(latent_tensor, observation_shape, is_training)

  def build(self, features: tf.Tensor,
            is_training: bool) -> tuple[losses_lib.Losses, latents.Sample]:
    """Builds the networks and all losses.

    Args:
      features: Observations, [batch_size] + observation shape.
      is_training: Boolean; random gates and classes if True, else the test-time
        gates and the class probabilities.

    Returns:
      losses: A `Losses`.
      sample: The batch of codes that the losses belong to.
    """
    draw = (noise.training_draw() if is_training
            else noise.evaluation_draw(features))
    posterior = self.objective.gaussian_encoder(
        features, is_training=is_training)
    self._check_sizes(posterior[0].get_shape().as_list()[1])
    sample = self._latents.sample(
        *posterior, is_training=is_training, draw=draw)
    reconstruction = self._reconstruction(
        features, sample.decoder_input, is_training)
    charges = self._latents.charges(sample)
    terms = objectives.terms(
        self.objective, sample, charges.kl_loss, self._dip_diagonal)
    total = (reconstruction.charged + terms.regularizer
             + self._latents.penalty(charges))
    return losses_lib.Losses(
        total=total, reconstruction=reconstruction, charges=charges,
        regularizer=terms.regularizer,
        discriminator=terms.discriminator_loss), sample

  def _check_sizes(self, num_latent):
    self._latents.check_size(num_latent)
    if self._groups is not None:
      grouped.check_size(self._groups, num_latent, self._latents.num_classes)

  def _reconstruction(self, features, code, is_training):
    groups = self._groups or [code.get_shape().as_list()[1]]
    losses = grouped.reconstruction_losses(
        self.objective, features, code, groups, is_training)
    whole = losses[-1]
    if self._groups is None:
      return losses_lib.Reconstruction(whole)
    weights = self._group_weights or [1.0] * len(groups)
    return losses_lib.Reconstruction(
        whole, tf.reduce_sum(weights * losses),
        [losses[i] for i in range(len(groups))])

  def _training_spec(self, features):
    losses, sample = self.build(features, True)
    self._latents.watch(sample)
    scalars = losses.scalars()
    train_op = tf.group(
        objectives.minimize(losses.total, losses.discriminator),
        tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    with tf.control_dependencies([train_op]):
      train_op = self._latents.after_step(sample)
    for name, value in scalars.items():
      tf.summary.scalar(name, value)
    for name, value in self._latents.histograms(sample).items():
      tf.summary.histogram(name, value)
    logged = tf.train.LoggingTensorHook(
        {name: scalars[name] for name in _LOGGED if name in scalars},
        every_n_iter=100)
    return contrib_tpu.TPUEstimatorSpec(
        mode=tf.estimator.ModeKeys.TRAIN, loss=losses.total,
        train_op=train_op, training_hooks=[logged])

  def _evaluation_spec(self, features):
    losses, _ = self.build(features, False)
    scalars = losses.scalars()
    del scalars["loss"]  # The estimator itself reports it.
    return contrib_tpu.TPUEstimatorSpec(
        mode=tf.estimator.ModeKeys.EVAL, loss=losses.total,
        eval_metrics=(vae.make_metric_fn(*scalars), list(scalars.values())))


def _bound_num_latent():
  """Number bound to `encoder.num_latent` in gin, or None."""
  try:
    value = gin.query_parameter("encoder.num_latent")
  except ValueError:
    return None
  return value if isinstance(value, int) else None
