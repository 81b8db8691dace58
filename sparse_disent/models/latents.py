"""From what an encoder returns to what the decoder sees: gates and classes.

Equation numbers: Shi, Glocker and Castro, "PVAE: Learning Disentangled
Representations with Intrinsic Dimension via Approximated L0 Regularization".
"""
import collections

import tensorflow.compat.v1 as tf

from sparse_disent.ops import gaussian
from sparse_disent.ops import noise

Sample = collections.namedtuple("Sample", [
    "z_mean", "z_logvar", "logits", "log_alpha", "gates", "code",
    "decoder_input"])
Sample.__doc__ = """A batch of codes, and what they were made from.

  z_mean: Ungated mean of the continuous latents, [batch_size, num_continuous].
  z_logvar: Ungated log variance, [batch_size, num_continuous].
  logits: [batch_size, num_classes], or None.
  log_alpha: [num_continuous], or None without gates.
  gates: m, [num_continuous]; 1 without gates.
  code: m * z, [batch_size, num_continuous].
  decoder_input: The code and the classes, [batch_size, num_latent].
"""


class Latents:
  """Gates on the continuous latents, classes beside them, or either."""

  def __init__(self, gated, categorical):
    """Combines two layers.

    Args:
      gated: Layer with gates for the continuous latents, or None.
      categorical: Layer for the classes, or None.

    Raises:
      ValueError: If one is not such a layer.
    """
    _check_layer("latent", "l0_pair", "random_gates", gated)
    _check_layer(
        "categorical", "categorical_latent", "probabilities", categorical)
    self._gated = gated
    self._categorical = categorical

  @property
  def num_classes(self):
    """Number of classes; 0 without a categorical latent."""
    return 0 if self._categorical is None else self._categorical.num_classes

  def check_size(self, num_latent):
    """Raises a ValueError if the encoder returns too few latents."""
    if self._categorical is not None:
      self._categorical.check_size(num_latent)

  def sample(self, z_mean, z_logvar, *, is_training, draw):
    """Samples codes from the outputs of an encoder.

    Args:
      z_mean: [batch_size, num_latent].
      z_logvar: [batch_size, num_latent].
      is_training: Boolean; random gates and classes if True, else the test-time
        gates and the class probabilities.
      draw: int64 scalar, the number of the draw; see `ops.noise`.

    Returns:
      sample: A `Sample`.
    """
    z_mean, z_logvar, logits = self._split(z_mean, z_logvar)
    log_alpha, gates = self._gates(z_mean, is_training, draw)
    gates = tf.identity(gates, name="l0_pair/gates")
    code = gates * _sample(z_mean, z_logvar, draw)
    decoder_input = code
    if self._categorical is not None:
      classes = (self._categorical.sample(logits, draw) if is_training
                 else self._categorical.probabilities(logits))
      decoder_input = tf.concat([code, classes], axis=1)
    return Sample(z_mean, z_logvar, logits, log_alpha, gates, code,
                  decoder_input)

  def posterior(self, z_mean, z_logvar):
    """The deterministic posterior that is exported (eq. 5).

    Args:
      z_mean: [batch_size, num_latent].
      z_logvar: [batch_size, num_latent].

    Returns:
      mean: [batch_size, num_latent]; exactly 0 where a gate is closed; the last
        entries are class probabilities if there are classes.
      logvar: [batch_size, num_latent], finite.
    """
    z_mean, z_logvar, logits = self._split(z_mean, z_logvar)
    _, gates = self._gates(z_mean, is_training=False, draw=None)
    gated = gaussian.gate_posterior(z_mean, z_logvar, gates)
    if self._categorical is None:
      return gated
    return self._categorical.join(*gated, logits)

  def without_closed(self, codes):
    """Sets the entries of closed gates to 0.

    Args:
      codes: [batch_size, num_latent].

    Returns:
      codes: [batch_size, num_latent].
    """
    continuous, _, _ = self._split(codes, codes)
    _, gates = self._gates(continuous, is_training=False, draw=None)
    is_open = tf.concat(
        [gaussian.support(gates), tf.ones([self.num_classes], gates.dtype)], 0)
    return is_open * codes

  def scalars(self, sample):
    """Returns the reported values of the layers.

    Args:
      sample: A `Sample`.

    Returns:
      scalars: Dictionary; "kl_loss" is the gated divergence (eq. 1), nats.
    """
    scalars = {"kl_loss": tf.reduce_mean(gaussian.gated_kl(
        sample.z_mean, sample.z_logvar, sample.gates))}
    if self._categorical is not None:
      scalars["categorical_kl_loss"] = self._categorical.kl_loss(sample.logits)
    if self._gated is not None:
      scalars.update({
          "l0_penalty": self._gated.penalty(sample.log_alpha),
          "expected_active_latents":
              self._gated.expected_active_latents(sample.log_alpha),
          "active_latents": tf.reduce_sum(gaussian.support(
              self._gated.test_gates(sample.log_alpha))),
      })
    return scalars

  def penalty(self, scalars):
    """Returns the layers' part of the total loss, without the objective's.

    Args:
      scalars: What `scalars` returned.

    Returns:
      penalty: Scalar, nats; 0 without layers.
    """
    penalty = scalars.get("l0_penalty", 0.0)
    if self._categorical is not None:
      penalty += self._categorical.weight * scalars["categorical_kl_loss"]
    return penalty

  def after_step(self, sample):
    """Op to run after the optimizer's step: clamps the gates.

    Args:
      sample: A `Sample`.

    Returns:
      after_step: Operation.
    """
    if self._gated is None:
      return tf.no_op()
    with tf.variable_scope("encoder"):
      return self._gated.clamp(
          sample.log_alpha.get_shape()[0], sample.log_alpha.dtype)

  def histograms(self, sample):
    """Tensors worth a histogram, by name."""
    if self._gated is None:
      return {}
    return {"gates": self._gated.test_gates(sample.log_alpha)}

  def _split(self, z_mean, z_logvar):
    if self._categorical is None:
      return z_mean, z_logvar, None
    return self._categorical.split(z_mean, z_logvar)

  def _gates(self, z_mean, is_training, draw):
    """Locations [num_continuous], or None, and gates [num_continuous]."""
    num_latent, dtype = z_mean.get_shape().as_list()[1], z_mean.dtype
    if self._gated is None:
      return None, tf.ones([num_latent], dtype)
    with tf.variable_scope("encoder"):
      log_alpha = self._gated.log_alpha(num_latent, dtype)
    gates = (self._gated.random_gates(log_alpha, draw) if is_training
             else self._gated.test_gates(log_alpha))
    return log_alpha, gates


def _check_layer(parameter, configurable, method, layer):
  if layer is not None and (
      not hasattr(layer, method) or isinstance(layer, type)):
    raise ValueError(
        f"sparse_vae.{parameter} must be a {parameter} layer, but is "
        f"{layer!r}. Write sparse_vae.{parameter} = @{configurable}() with the "
        "parentheses, or leave it out.")


def _sample(z_mean, z_logvar, draw):
  """Samples z ~ q(z | x), [batch_size, num_latent]."""
  latent_noise = noise.normal(
      tf.shape(z_mean), name="latent_noise", draw=draw, dtype=z_mean.dtype)
  return gaussian.sample(
      z_mean, z_logvar, tf.identity(latent_noise, name="latent_noise"))
