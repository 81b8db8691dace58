"""Terms of upstream's models beside the reconstruction loss, for gated codes.

Upstream's models do encoding, sampling, losses and training in one method. Here
only their regularizer is used, through their own functions and
hyper-parameters.
"""
import dataclasses

import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.shared import architectures
from disentanglement_lib.methods.shared import optimizers
from disentanglement_lib.methods.unsupervised import vae

from sparse_disent.models import latents
from sparse_disent.ops import dip
from sparse_disent.ops import gaussian
from sparse_disent.ops import noise

_DIP_DIAGONALS = ("all", "active")


@dataclasses.dataclass(frozen=True)
class Terms:
  """Part of an objective beside the reconstruction loss.

  Attributes:
    regularizer: Scalar, nats; all of the loss except the reconstruction.
    discriminator_loss: Scalar to minimize over the discriminator, or None.
  """

  regularizer: tf.Tensor
  discriminator_loss: tf.Tensor | None = None


def check_type(objective: vae.BaseVAE) -> None:
  """Raises a ValueError unless an objective is one of upstream's models."""
  if not isinstance(objective, vae.BaseVAE):
    raise ValueError(
        "sparse_vae.objective must be one of upstream's models, but is "
        f"{objective!r}. Write sparse_vae.objective = @dip_vae() with the "
        "parentheses.")


def check(objective: vae.BaseVAE) -> None:
  """Raises a ValueError unless `terms` and `minimize` support an objective.

  Args:
    objective: Value bound to `sparse_vae.objective`.

  Raises:
    ValueError: If it is not one of upstream's models. Also if it has a training
      procedure or a sampler of its own, or is a FactorVAE with a regularizer,
      because that would silently not be used.
  """
  check_type(objective)
  is_factor_vae = isinstance(objective, vae.FactorVAE)
  upstreams = vae.FactorVAE if is_factor_vae else vae.BaseVAE
  cure = ("derive it from vae.BaseVAE, with a `regularizer` method"
          if is_factor_vae else
          "give the objective a `regularizer` method instead")
  for method in ("model_fn", "sample_from_latent_distribution"):
    if getattr(type(objective), method) is not getattr(upstreams, method):
      raise ValueError(
          "sparse_vae.objective must train as upstream's models do when "
          "sparse_vae.latent, groups or categorical is set, but "
          f"{type(objective).__name__} has a {method} of its own. Leave them "
          f"out, or {cure}.")
  if is_factor_vae and hasattr(objective, "regularizer"):
    raise ValueError(
        "sparse_vae.objective must have no `regularizer` if it is a FactorVAE, "
        f"which never calls it, but {type(objective).__name__} has one. Leave "
        f"it out, or {cure}.")


def check_dip_diagonal(
    dip_diagonal: str, objective: vae.BaseVAE, latent: object | None) -> None:
  """Raises a ValueError unless `dip_diagonal` fits objective and latent.

  Args:
    dip_diagonal: Value bound to `sparse_vae.dip_diagonal`.
    objective: One of upstream's models.
    latent: Layer with gates, or None.

  Raises:
    ValueError: If it is neither "all" nor "active". Also if it is "active" but
      the objective is not DIP-VAE, of type i or ii, has its own regularizer, or
      has no gates.
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
  if dip_diagonal == "active" and objective.dip_type not in ("i", "ii"):
    raise ValueError(
        "dip_vae.dip_type must be \"i\" or \"ii\", but is "
        f"{objective.dip_type!r}.")
  if dip_diagonal == "active" and (
      type(objective).regularizer is not vae.DIPVAE.regularizer):
    raise ValueError(
        "sparse_vae.dip_diagonal can be \"active\" only with upstream's "
        f"regularizer, but {type(objective).__name__} has a `regularizer` of "
        "its own, which would not be used. Leave dip_diagonal out.")


def terms(objective: vae.BaseVAE, sample: latents.Sample, kl_loss: tf.Tensor,
          dip_diagonal: str = "all") -> Terms:
  """Computes the terms of an objective for a gated posterior.

  Args:
    objective: One of upstream's models.
    sample: The batch of codes.
    kl_loss: Gated divergence of the sample, scalar, nats.
    dip_diagonal: "all" for DIP-VAE's diagonal of m * mu over all latents, as in
      the paper's eq. 1. "active" to weigh the term of each latent by its gate;
      see `ops.dip.active_diagonal`.

  Returns:
    terms: A `Terms`.
  """
  if isinstance(objective, vae.FactorVAE):
    return _factor_vae_terms(objective, sample, kl_loss)
  gated = gaussian.gate_posterior(sample.z_mean, sample.z_logvar, sample.gates)
  if dip_diagonal == "all":
    return Terms(objective.regularizer(kl_loss, *gated, sample.code))
  # DIP-VAE-II differs from DIP-VAE-I only on the diagonal.
  off_diagonal = vae.regularize_diag_off_diag_dip(
      vae.compute_covariance_z_mean(gated[0]), objective.lambda_od, 0.0)
  variances = dip.variances(
      sample.z_mean, sample.z_logvar if objective.dip_type == "ii" else None)
  lambda_d = objective.lambda_d_factor * objective.lambda_od
  diagonal = lambda_d * dip.active_diagonal(variances, sample.gates)
  return Terms(kl_loss + off_diagonal + diagonal)


def minimize(
    loss: tf.Tensor,
    discriminator_loss: tf.Tensor | None = None) -> tf.Operation:
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


def _factor_vae_terms(objective, sample, kl_loss):
  """Eq. 2 and 3 of "Disentangling by Factorizing", arXiv 1802.05983.

    regularizer = KL + gamma * E[logit_real - logit_permuted]

  The total correlation is that of the gated code. The latent of a closed gate
  is the same constant in real and permuted codes.
  """
  shuffled = tf.identity(
      noise.permuted(sample.code, name="latent_shuffled", draw=sample.draw),
      name="latent_shuffled")
  with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
    logits, probabilities = architectures.make_discriminator(
        sample.code, is_training=sample.is_training)
    _, shuffled_probabilities = architectures.make_discriminator(
        shuffled, is_training=sample.is_training)
  total_correlation = tf.reduce_mean(logits[:, 0] - logits[:, 1])
  discriminator_loss = -0.5 * tf.add(
      tf.reduce_mean(tf.log(probabilities[:, 0])),
      tf.reduce_mean(tf.log(shuffled_probabilities[:, 1])))
  return Terms(kl_loss + objective.gamma * total_correlation,
               discriminator_loss)
