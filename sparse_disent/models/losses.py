"""Losses of one batch, and the scalars to report of them.

Equation numbers: Shi, Glocker and Castro, "PVAE: Learning Disentangled
Representations with Intrinsic Dimension via Approximated L0 Regularization".
"""
import dataclasses

import tensorflow.compat.v1 as tf

from sparse_disent.models import latents


@dataclasses.dataclass(frozen=True)
class Reconstruction:
  """Reconstruction losses, scalars in nats; means over the batch.

  Attributes:
    whole: Loss of the whole code, as in upstream's models.
    grouped: Weighted sum over the prefixes of the groups; None without groups.
    prefixes: Loss of each prefix; empty without groups.
  """

  whole: tf.Tensor
  grouped: tf.Tensor | None = None
  prefixes: list[tf.Tensor] = dataclasses.field(default_factory=list)

  @property
  def charged(self) -> tf.Tensor:
    """Term in the total loss: with groups the weighted sum, else `whole`."""
    return self.whole if self.grouped is None else self.grouped


@dataclasses.dataclass(frozen=True, kw_only=True)
class Losses:
  """Losses of one batch, scalars in nats.

  Attributes:
    total: The loss that is minimized, with all penalties (eq. 2); evaluation
      reports the same sum.
    reconstruction: The reconstruction losses.
    charges: Divergences and penalties of the latents.
    regularizer: The objective's loss without the reconstruction.
    discriminator: Loss of the discriminator; None without one.
  """

  total: tf.Tensor
  reconstruction: Reconstruction
  charges: latents.Charges
  regularizer: tf.Tensor
  discriminator: tf.Tensor | None = None

  def scalars(self) -> dict[str, tf.Tensor]:
    """Scalars to report, by name: nats, or numbers of latents.

    "elbo" is the evidence lower bound of the whole code, without weights.
    """
    parts = {
        "reconstruction_loss": self.reconstruction.whole,
        "grouped_reconstruction_loss": self.reconstruction.grouped,
        **{f"reconstruction_loss_prefix_{i}": loss for i, loss in enumerate(
            self.reconstruction.prefixes, start=1)},
        **vars(self.charges),
        "loss": self.total,
        "regularizer": self.regularizer,
        "elbo": self._elbo(),
    }
    return {name: value for name, value in parts.items() if value is not None}

  def _elbo(self):
    kl_loss = self.charges.kl_loss
    if self.charges.categorical_kl_loss is not None:
      kl_loss += self.charges.categorical_kl_loss
    return -tf.add(self.reconstruction.whole, kl_loss, name="elbo")
