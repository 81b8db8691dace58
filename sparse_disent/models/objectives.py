"""The terms that upstream's models add to the loss of a gated code.

Upstream's models keep encoder, sampling, losses and training in one method.
Here they are asked for their own part only, through their own functions and
hyper-parameters.
"""
import collections
import copy

import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.shared import architectures
from disentanglement_lib.methods.shared import optimizers
from disentanglement_lib.methods.unsupervised import vae

from sparse_disent.ops import dip
from sparse_disent.ops import gaussian
from sparse_disent.ops import noise

_DIP_DIAGONALS = ("all", "active")

Terms = collections.namedtuple("Terms", ["regularizer", "discriminator_loss"])
Terms.__doc__ = """What an objective adds.

  regularizer: Scalar, nats; all of the loss except the reconstruction.
  discriminator_loss: Scalar to minimize over the discriminator, or None.
"""


def check(objective):
  """Raises a ValueError unless `terms` and `minimize` know this objective.

  Args:
    objective: What was bound to `sparse_vae.objective`.

  Raises:
    ValueError: If it is not one of upstream's models, or if it is one with a
      training procedure of its own, which would silently not be used.
  """
  if not isinstance(objective, vae.BaseVAE):
    raise ValueError(
        "sparse_vae.objective must be one of upstream's models, but is "
        f"{objective!r}. Write sparse_vae.objective = @dip_vae() with the "
        "parentheses.")
  if isinstance(objective, vae.FactorVAE):
    known = vae.FactorVAE.model_fn
  else:
    known = vae.BaseVAE.model_fn
  if type(objective).model_fn is not known:
    raise ValueError(
        "sparse_vae.objective must train as upstream's models do when "
        "sparse_vae.latent, groups or categorical is set, but "
        f"{type(objective).__name__} has a model_fn of its own. Leave them "
        "out, or give the objective a `regularizer` method instead.")


def check_dip_diagonal(dip_diagonal, objective, latent):
  """Raises a ValueError unless `terms` can take this `dip_diagonal`.

  Args:
    dip_diagonal: What was bound to `sparse_vae.dip_diagonal`.
    objective: One of upstream's models.
    latent: Layer with gates, or None.

  Raises:
    ValueError: If it is neither "all" nor "active", or if it is "active" and
      there is no diagonal or no gate.
  """
  if dip_diagonal not in _DIP_DIAGONALS:
    raise ValueError(
        "sparse_vae.dip_diagonal must be one of "
        f"{', '.join(_DIP_DIAGONALS)}, but is {dip_diagonal!r}. Use \"active\" "
        "to charge a latent only as far as its gate is open.")
  if dip_diagonal == "active" and (
      latent is None or not isinstance(objective, vae.DIPVAE)):
    raise ValueError(
        "sparse_vae.dip_diagonal can be \"active\" only with sparse_vae.latent "
        "= @l0_pair() and sparse_vae.objective = @dip_vae(), but latent is "
        f"{latent!r} and objective is {objective!r}. Set both, or leave "
        "dip_diagonal out.")


def terms(objective, kl_loss, z_mean, z_logvar, gates, code, *, is_training,
          draw, dip_diagonal="all"):
  """Computes the terms of an objective for a gated posterior.

  Args:
    objective: One of upstream's models.
    kl_loss: Scalar, nats.
    z_mean: Ungated mean, [batch_size, num_latent].
    z_logvar: Ungated log variance, [batch_size, num_latent].
    gates: m, [num_latent].
    code: Gated sample, [batch_size, num_latent].
    is_training: Boolean, handed to the discriminator.
    draw: int64 scalar, the number of the draw; see `ops.noise`.
    dip_diagonal: "all" for DIP-VAE's diagonal over all latents of m * mu, as in
      the paper's eq. 1; "active" to weigh each latent's by its gate, see
      `ops.dip.active_diagonal`.

  Returns:
    terms: A `Terms`.
  """
  if isinstance(objective, vae.FactorVAE):
    return _factor_vae_terms(objective, kl_loss, code, is_training, draw)
  gated = gaussian.gate_posterior(z_mean, z_logvar, gates)
  if dip_diagonal == "all":
    return Terms(objective.regularizer(kl_loss, *gated, code), None)
  off_diagonal = copy.copy(objective)
  off_diagonal.lambda_d_factor = 0.0
  variances = dip.variances(
      z_mean, z_logvar if objective.dip_type == "ii" else None)
  lambda_d = objective.lambda_d_factor * objective.lambda_od
  diagonal = lambda_d * dip.active_diagonal(variances, gates)
  return Terms(
      off_diagonal.regularizer(kl_loss, *gated, code) + diagonal, None)


def minimize(loss, discriminator_loss=None):
  """Minimizes the losses as upstream does, with upstream's optimizers.

  With a discriminator each of the two optimizers advances the global step, as
  in upstream's FactorVAE.

  Args:
    loss: Scalar, nats.
    discriminator_loss: Scalar, or None for an objective without one.

  Returns:
    train_op: Operation.
  """
  step = tf.train.get_global_step()
  optimizer = optimizers.make_vae_optimizer()
  if discriminator_loss is None:
    return optimizer.minimize(loss, global_step=step)
  discriminator_optimizer = optimizers.make_discriminator_optimizer()
  return tf.group(
      optimizer.minimize(loss, global_step=step,
                         var_list=_variables("encoder", "decoder")),
      discriminator_optimizer.minimize(
          discriminator_loss, global_step=step,
          var_list=_variables("discriminator")))


def _variables(*scopes):
  return [variable for scope in scopes
          for variable in tf.trainable_variables() if scope in variable.name]


def _factor_vae_terms(objective, kl_loss, code, is_training, draw):
  """Eq. 2 and 3 of "Disentangling by Factorizing", arXiv 1802.05983.

    regularizer = KL + gamma * E[logit_real - logit_permuted]

  The total correlation is that of the gated code: a closed gate's latent is the
  same constant in real and permuted codes.
  """
  shuffled = tf.identity(
      noise.permuted(code, name="latent_shuffled", draw=draw),
      name="latent_shuffled")
  with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
    logits, probabilities = architectures.make_discriminator(
        code, is_training=is_training)
    _, shuffled_probabilities = architectures.make_discriminator(
        shuffled, is_training=is_training)
  total_correlation = tf.reduce_mean(logits[:, 0] - logits[:, 1])
  discriminator_loss = -0.5 * tf.add(
      tf.reduce_mean(tf.log(probabilities[:, 0])),
      tf.reduce_mean(tf.log(shuffled_probabilities[:, 1])))
  return Terms(kl_loss + objective.gamma * total_correlation,
               discriminator_loss)
