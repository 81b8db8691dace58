"""A categorical latent beside the Gaussian ones, as in PJVAE.

Shi, Glocker and Castro, "PVAE: Learning Disentangled Representations with
Intrinsic Dimension via Approximated L0 Regularization", appendix B; Dupont,
"Learning Disentangled Joint Continuous and Discrete Representations" (JointVAE,
NeurIPS 2018).
"""
import math

import gin
import tensorflow.compat.v1 as tf

from sparse_disent.common import checks
from sparse_disent.ops import categorical
from sparse_disent.ops import gaussian
from sparse_disent.ops import noise


@gin.configurable("categorical_latent")
class CategoricalLatent:
  """Turns the last `num_classes` latents of an encoder into one class.

    total loss = loss of the other latents + weight * KL(q(c | x) || uniform)

  `encoder.num_latent` includes the classes. Their logits are the last means of
  the encoder, so that any encoder can be used. The log variances of these
  latents are not used.

  In training the decoder gets a relaxed one-hot sample. In evaluation and in
  exported modules it gets the class probabilities, which are also the
  representation.
  """

  def __init__(
      self, *, num_classes: int = 10, temperature: float = 0.67,
      weight: float = 1.0):
    """Creates the latent; the default temperature is that of JointVAE.

    Args:
      num_classes: Number of classes, K.
      temperature: Temperature of the relaxed one-hot samples.
      weight: Weight of the KL divergence; 1 gives the evidence lower bound.

    Raises:
      ValueError: If an argument is outside its range.
    """
    checks.check(
        checks.is_integer(num_classes, 2),
        "categorical_latent.num_classes", "be an integer of at least 2",
        num_classes, "MNIST has 10 digits.")
    checks.check(
        lambda x: x > 0, "categorical_latent.temperature", "be greater than 0",
        temperature, "JointVAE uses 0.67.")
    checks.check(
        lambda x: x >= 0, "categorical_latent.weight", "be 0 or greater",
        weight,
        "1 is the evidence lower bound's; 0 turns the KL divergence off.")
    self.num_classes = num_classes
    self._temperature = temperature
    self.weight = weight

  def split(
      self, z_mean: tf.Tensor,
      z_logvar: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Splits the outputs of an encoder.

    Args:
      z_mean: [batch_size, num_latent].
      z_logvar: [batch_size, num_latent].

    Returns:
      z_mean: [batch_size, num_latent - num_classes].
      z_logvar: [batch_size, num_latent - num_classes].
      logits: [batch_size, num_classes].
    """
    last = self.num_classes
    return z_mean[:, :-last], z_logvar[:, :-last], z_mean[:, -last:]

  def check_size(self, num_latent: int) -> None:
    """Raises a ValueError unless `num_latent` exceeds `num_classes`."""
    checks.check(
        self.num_classes < num_latent, "categorical_latent.num_classes",
        f"be less than encoder.num_latent, {num_latent}, which counts the "
        "classes", self.num_classes,
        "Increase encoder.num_latent by the number of classes.")

  def join(
      self, z_mean: tf.Tensor, z_logvar: tf.Tensor,
      logits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Joins continuous latents and classes to one posterior for export.

    Args:
      z_mean: [batch_size, num_continuous].
      z_logvar: [batch_size, num_continuous].
      logits: [batch_size, num_classes].

    Returns:
      mean: [batch_size, num_latent]; the last entries are probabilities.
      logvar: [batch_size, num_latent]; log(VARIANCE_FLOOR) for a probability,
        so that a sample of it is the probability itself.
    """
    floor = tf.fill(tf.shape(logits), math.log(gaussian.VARIANCE_FLOOR))
    return (tf.concat([z_mean, self.probabilities(logits)], axis=1),
            tf.concat([z_logvar, tf.cast(floor, z_logvar.dtype)], axis=1))

  def probabilities(self, logits: tf.Tensor) -> tf.Tensor:
    """Class probabilities, [batch_size, num_classes]."""
    return tf.nn.softmax(logits)

  def sample(self, logits: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
    """Relaxed one-hot samples for a training step.

    Args:
      logits: [batch_size, num_classes].
      draw: int64 scalar, the number of the draw; see `ops.noise`.

    Returns:
      sample: [batch_size, num_classes]; positive rows that sum to 1.
    """
    seed = noise.seed(name="categorical_latent", draw=draw)
    return categorical.sample(logits, seed, temperature=self._temperature)

  def kl_loss(self, logits: tf.Tensor) -> tf.Tensor:
    """KL(q(c | x) || uniform), mean over the batch: scalar, nats."""
    return tf.reduce_mean(categorical.kl_from_uniform(logits))
