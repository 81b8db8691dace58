"""The diagonal term of DIP-VAE for gated latents.

Source: Kumar, Sattigeri and Balakrishnan, "Variational Inference of
Disentangled Latent Concepts from Unlabeled Observations" (ICLR 2018), eq. 6 and
7.
"""
import tensorflow.compat.v1 as tf


def variances(
    z_mean: tf.Tensor, z_logvar: tf.Tensor | None = None) -> tf.Tensor:
  """Diagonal of the covariance that DIP-VAE compares with the identity.

    C_ii = Var[mu_i]                       DIP-VAE-I
    C_ii = Var[mu_i] + E[sigma_i^2]        DIP-VAE-II

  Args:
    z_mean: mu, [batch_size, num_latent].
    z_logvar: log(sigma^2), [batch_size, num_latent], for DIP-VAE-II.

  Returns:
    variances: [num_latent].
  """
  of_mean = tf.math.reduce_variance(z_mean, axis=0)
  if z_logvar is None:
    return of_mean
  return of_mean + tf.reduce_mean(tf.exp(z_logvar), axis=0)


def active_diagonal(
    variances_of_latents: tf.Tensor, gates: tf.Tensor) -> tf.Tensor:
  """Penalty on open latents for variances other than 1.

    sum over i of m_i * (C_ii - 1)^2

  C is the covariance of the posterior before gating. As in the gated KL, the
  gate m_i scales the penalty of its latent.

  Eq. 1 of the PVAE paper takes the covariance of m * mu instead. There a closed
  gate has C_ii = 0 and a penalty of 1, which drives it to open. Leaving closed
  gates out of that sum would not help: wherever a gate has a gradient,
  m_i^2 Var[mu_i] still is below 1.

  Args:
    variances_of_latents: C_ii, [num_latent].
    gates: m, [num_latent].

  Returns:
    diagonal: Scalar; to be multiplied by lambda_d.
  """
  return tf.reduce_sum(gates * tf.square(variances_of_latents - 1.0))
