"""Diagonal Gaussian posteriors with gates on their latents.

Equation numbers: Shi, Glocker and Castro, "PVAE: Learning Disentangled
Representations with Intrinsic Dimension via Approximated L0 Regularization".
"""
import math

import tensorflow.compat.v1 as tf

# Replaces the variance 0 of a closed gate, whose logarithm is -inf. It is a
# standard deviation of 1e-10, far below the resolution of a float32 code. The
# inverse of the variance, 1e20, is still finite.
VARIANCE_FLOOR = 1e-20


def kl_per_latent(z_mean: tf.Tensor, z_logvar: tf.Tensor) -> tf.Tensor:
  """KL divergence of each latent from the standard normal prior.

    KL(N(mu, sigma^2) || N(0, 1)) = (mu^2 + sigma^2 - log(sigma^2) - 1) / 2

  Args:
    z_mean: mu, [batch_size, num_latent].
    z_logvar: log(sigma^2), [batch_size, num_latent].

  Returns:
    kl: [batch_size, num_latent], nats.
  """
  return 0.5 * (tf.square(z_mean) + tf.exp(z_logvar) - z_logvar - 1.0)


def gated_kl(
    z_mean: tf.Tensor, z_logvar: tf.Tensor, gates: tf.Tensor) -> tf.Tensor:
  """KL divergence without the latents of closed gates (eq. 1).

    sum over i of m_i * KL(q(z_i | x) || p(z_i))

  q is the posterior before gating. The gated posterior cannot be used: its
  divergence goes to infinity as its variance m * sigma^2 goes to 0.

  Args:
    z_mean: Ungated mean, [batch_size, num_latent].
    z_logvar: Ungated log variance, [batch_size, num_latent].
    gates: m, [num_latent].

  Returns:
    kl: [batch_size], nats.
  """
  return tf.reduce_sum(gates * kl_per_latent(z_mean, z_logvar), axis=1)


def gate_posterior(
    z_mean: tf.Tensor, z_logvar: tf.Tensor,
    gates: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
  """Mean and log variance after the L0Pair layer (eq. 5).

    mean' = m * mu
    logvar' = log(m * sigma^2), and log(VARIANCE_FLOOR) where m = 0

  Args:
    z_mean: mu, [batch_size, num_latent].
    z_logvar: log(sigma^2), [batch_size, num_latent].
    gates: m, [num_latent].

  Returns:
    gated_mean: [batch_size, num_latent]; exactly 0 where the gate is 0.
    gated_logvar: [batch_size, num_latent], finite. Where the gate is 0 it is a
      constant; where the gate is 1 it is `z_logvar` itself, bit for bit.
  """
  is_open = support(gates)
  # 1 in place of a closed gate keeps the logarithm and its gradient finite.
  log_gates = tf.log(gates + (1.0 - is_open))
  floor = (1.0 - is_open) * math.log(VARIANCE_FLOOR)
  # A plain product would also return -0.0.
  gated_mean = tf.math.multiply_no_nan(z_mean, gates)
  return gated_mean, is_open * (z_logvar + log_gates) + floor


def support(gates: tf.Tensor) -> tf.Tensor:
  """Indicator of the gates that are not closed.

    1 if m > 0 else 0

  Args:
    gates: m, a tensor of any shape.

  Returns:
    is_open: The shape and type of `gates`; 0 or 1; no gradient.
  """
  return tf.cast(gates > 0.0, gates.dtype)


def sample(
    z_mean: tf.Tensor, z_logvar: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
  """Samples a posterior by the reparameterization trick.

    z = mu + sigma * noise

  Args:
    z_mean: mu, [batch_size, num_latent].
    z_logvar: log(sigma^2), [batch_size, num_latent].
    noise: Standard normal noise, [batch_size, num_latent].

  Returns:
    z: [batch_size, num_latent].
  """
  return z_mean + tf.exp(z_logvar / 2.0) * noise
