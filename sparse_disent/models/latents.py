"""Sampling of codes: gates and classes between encoder and decoder.

Equation numbers: Shi, Glocker and Castro, "PVAE: Learning Disentangled
Representations with Intrinsic Dimension via Approximated L0 Regularization".
"""
import dataclasses
from typing import Any

import tensorflow.compat.v1 as tf

from sparse_disent.layers import closed_gates
from sparse_disent.ops import gaussian
from sparse_disent.ops import noise


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample:
  """A batch of codes, with the tensors that they were computed from.

  Attributes:
    z_mean: Ungated mean of the continuous latents, [batch_size,
      num_continuous].
    z_logvar: Ungated log variance, [batch_size, num_continuous].
    gates: m, [num_continuous]; 1 without gates.
    code: m * z, [batch_size, num_continuous].
    is_training: Whether gates and classes are random.
    draw: int64 scalar, the number of the draw; see `ops.noise`.
    decoder_input: The code and the classes, [batch_size, num_latent].
    logits: [batch_size, num_classes], or None.
    log_alpha: [num_continuous], or None without gates.
  """

  z_mean: tf.Tensor
  z_logvar: tf.Tensor
  gates: tf.Tensor
  code: tf.Tensor
  is_training: bool
  draw: tf.Tensor
  decoder_input: tf.Tensor | None = None
  logits: tf.Tensor | None = None
  log_alpha: Any = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Charges:
  """Divergences and penalties of the latents, scalars.

  An attribute is None if the model lacks the layer that it belongs to.

  Attributes:
    kl_loss: Gated divergence of the continuous latents (eq. 1), nats.
    categorical_kl_loss: Divergence of the classes, without its weight, nats.
    l0_penalty: Penalty of the gates, nats.
    expected_active_latents: Expected number of open random gates.
    active_latents: Number of open test-time gates.
  """

  kl_loss: tf.Tensor
  categorical_kl_loss: tf.Tensor | None = None
  l0_penalty: tf.Tensor | None = None
  expected_active_latents: tf.Tensor | None = None
  active_latents: tf.Tensor | None = None


class Latents:
  """The optional layers between encoder and decoder: gates and classes."""

  def __init__(self, gated: Any, categorical: Any):
    """Combines the two layers, of which one may be missing.

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
  def num_classes(self) -> int:
    """Number of classes; 0 without a categorical latent."""
    return 0 if self._categorical is None else self._categorical.num_classes

  def check_size(self, num_latent: int) -> None:
    """Raises a ValueError if the encoder returns too few latents."""
    if self._categorical is not None:
      self._categorical.check_size(num_latent)

  def sample(
      self, z_mean: tf.Tensor, z_logvar: tf.Tensor, *, is_training: bool,
      draw: tf.Tensor) -> Sample:
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
    return Sample(
        z_mean=z_mean, z_logvar=z_logvar, logits=logits, log_alpha=log_alpha,
        gates=gates, code=code, decoder_input=decoder_input,
        is_training=is_training, draw=draw)

  def posterior(
      self, z_mean: tf.Tensor,
      z_logvar: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Deterministic posterior that is exported (eq. 5).

    Args:
      z_mean: [batch_size, num_latent].
      z_logvar: [batch_size, num_latent].

    Returns:
      mean: [batch_size, num_latent]; exactly 0 where a gate is closed. If there
        are classes, the last entries are their probabilities.
      logvar: [batch_size, num_latent], finite.
    """
    z_mean, z_logvar, logits = self._split(z_mean, z_logvar)
    _, gates = self._gates(z_mean, is_training=False, draw=None)
    gated = gaussian.gate_posterior(z_mean, z_logvar, gates)
    if self._categorical is None:
      return gated
    return self._categorical.join(*gated, logits)

  def without_closed(self, codes: tf.Tensor) -> tf.Tensor:
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

  def charges(self, sample: Sample) -> Charges:
    """Divergences, penalties and numbers of open gates of a sample."""
    kl_loss = tf.reduce_mean(gaussian.gated_kl(
        sample.z_mean, sample.z_logvar, sample.gates))
    charges = Charges(kl_loss=kl_loss)
    if self._categorical is not None:
      charges = dataclasses.replace(
          charges, categorical_kl_loss=self._categorical.kl_loss(sample.logits))
    if self._gated is None:
      return charges
    return dataclasses.replace(
        charges, l0_penalty=self._gated.penalty(sample.log_alpha),
        expected_active_latents=self._gated.expected_active_latents(
            sample.log_alpha),
        active_latents=tf.reduce_sum(gaussian.support(
            self._gated.test_gates(sample.log_alpha))))

  def penalty(self, charges: Charges) -> tf.Tensor | float:
    """Sum of the terms that the layers add to the loss of the objective.

    Args:
      charges: The return value of `charges`.

    Returns:
      penalty: Scalar, nats; 0 without layers.
    """
    penalty = 0.0 if charges.l0_penalty is None else charges.l0_penalty
    if self._categorical is not None:
      penalty += self._categorical.weight * charges.categorical_kl_loss
    return penalty

  def after_step(self, sample: Sample) -> tf.Operation:
    """Op that clamps the gates; to be run after the optimizer's step.

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

  def histograms(self, sample: Sample) -> dict[str, tf.Tensor]:
    """Tensors to draw histograms of, by name."""
    if self._gated is None:
      return {}
    return {"gates": self._gated.test_gates(sample.log_alpha)}

  def watch(self, sample: Sample) -> None:
    """Lets the training of a sample's graph warn when all gates are closed."""
    if self._gated is not None:
      closed_gates.watch(
          "the latents", self._gated.test_gates(sample.log_alpha),
          "Lower the weight of their penalty, such as l0_pair.tau.")

  def _split(self, z_mean, z_logvar):
    if self._categorical is None:
      return z_mean, z_logvar, None
    return self._categorical.split(z_mean, z_logvar)

  def _gates(self, z_mean, is_training, draw):
    """Log_alpha, or None without gates, and gates; both [num_continuous]."""
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
