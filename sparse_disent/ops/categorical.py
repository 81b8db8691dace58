"""A categorical latent, relaxed so that gradients pass through samples.

Sources: Jang, Gu and Poole, "Categorical Reparameterization with
Gumbel-Softmax" (ICLR 2017); Dupont, "Learning Disentangled Joint Continuous and
Discrete Representations" (NeurIPS 2018).
"""
import math

import tensorflow.compat.v1 as tf


def kl_from_uniform(logits: tf.Tensor) -> tf.Tensor:
  """KL divergence of a categorical posterior from the uniform prior.

    KL = sum over k of p_k * log(p_k) + log(K),  p = softmax(logits)

  Args:
    logits: [batch_size, num_classes].

  Returns:
    kl: [batch_size], nats; between 0 and log(num_classes).
  """
  log_p = tf.nn.log_softmax(logits)
  num_classes = logits.get_shape().as_list()[1]
  return tf.reduce_sum(tf.exp(log_p) * log_p, axis=1) + math.log(num_classes)


def sample(
    logits: tf.Tensor, seed: tf.Tensor, *, temperature: float) -> tf.Tensor:
  """Samples the relaxed one-hot distribution (Jang et al., eq. 2).

    y = softmax((logits + g) / temperature),  g_k = -log(-log(u_k)),
    u_k ~ U(0, 1)

  Args:
    logits: [batch_size, num_classes].
    seed: int32 tensor [2]; the only source of randomness.
    temperature: Positive number; near 0 the samples are almost one-hot.

  Returns:
    sample: [batch_size, num_classes]; positive rows that sum to 1.
  """
  # Imported only when used: it takes half a second, and few models have
  # classes.
  import tensorflow_probability as tfp
  return tfp.distributions.RelaxedOneHotCategorical(
      temperature, logits=logits).sample(seed=seed)
