"""A trainable mask under an L1 penalty.

Rakowski, "Learning Disentangled Deep Latent Space Representations", and the
author's published code, homaralex/disentanglement_lib on GitHub. Of its
variants this is `dim_wise_mask_l1_vae` with `dim = None` and without
`scale_per_layer`. It has the same weights, and the same Euclidean norm of each
layer's kernel, not squared.

The published code has more options, which this package leaves out:

* `dim`: the norm of the sums of a mask's columns or rows, not the sum of all
* `scale_per_layer`: a scale by a layer's size; `penalty_reduction` is our own
* an L1 penalty on kernels without masks
* proximal steps
* variational dropout
* kernels under dropout or a softmax
"""
import gin
import tensorflow.compat.v1 as tf

from sparse_disent.layers import gate
from sparse_disent.layers import penalty
from sparse_disent.layers import scaled_variable
from sparse_disent.layers import watching
from sparse_disent.ops import masks


@gin.configurable("l1_gate")
class L1Gate(gate.Gate):
  """Learns real-valued masks that start at 1.

    penalty = lambda_l1 * sum of |M| / s + lambda_l2 * ||K||  for each layer

  The scale s is 1, sqrt(N) or N, for a mask of N entries.

  An L1 penalty alone could be made small without any effect: M / c and c * K
  give the same network for every c. The Euclidean norm of the layer's kernel K
  penalizes a large c. The norm of K * M would not, as it does not depend on c.

  In evaluation and in exported modules, entries of magnitude below the
  threshold are 0.
  """

  kind = "l1_gate"

  def __init__(
      self, *, lambda_l1: float = 1e-3, lambda_l2: float = 0.01,
      threshold: float = 0.01, penalty_reduction: str = "sum",
      granularity: str = "connection", learning_rate_multiplier: float = 1.0):
    """Creates the gate.

    Args:
      lambda_l1: Weight of the L1 penalty, nats; the published experiments use
        1e-6 to 1e-1, with the sum.
      lambda_l2: Weight of the norm of each masked layer's kernel, nats.
      threshold: Magnitude below which a mask entry counts as 0.
      penalty_reduction: "sum", "root" or "mean", for s = 1, sqrt(N) or N.
        With the sum, the layers with the most connections close first; with the
        root, layers of all sizes close alike. See `layers.penalty.reduce`.
      granularity: See `Gate`.
      learning_rate_multiplier: Factor on the optimizer's learning rate for
        the mask.

    Raises:
      ValueError: If an argument is outside its range.
    """
    super().__init__(granularity)
    self._check(lambda x: x >= 0, "lambda_l1", "be 0 or greater", lambda_l1,
                "The published experiments use 1e-6 to 1e-1; 0 turns the "
                "penalty off.")
    self._check(lambda x: x >= 0, "lambda_l2", "be 0 or greater", lambda_l2,
                "The published experiments use 0.01; 0 turns the penalty off.")
    self._check(lambda x: 0 <= x < 1, "threshold", "lie in [0, 1)", threshold,
                "The mask starts at 1; 0.01 is the default.")
    penalty.check_reduction(self.kind, penalty_reduction)
    scaled_variable.check_multiplier(self.kind, learning_rate_multiplier)
    self._lambda_l1 = lambda_l1
    self._lambda_l2 = lambda_l2
    self._threshold = threshold
    self._reduction = penalty_reduction
    self._multiplier = learning_rate_multiplier

  @property
  def cure(self) -> str:
    """See `Gate`."""
    return penalty.cure(self.kind, "lambda_l1", self._reduction)

  def training_mask(self, layer: gate.Layer) -> tuple[tf.Tensor, tf.Tensor]:
    """See `Gate`."""
    mask = self._mask_value(layer)
    value = self.penalty(mask, layer.kernel)
    watching.summarize_penalty(self.kind, value)
    mask, kernel = penalty.attach(value, [mask, layer.kernel])
    return mask, kernel

  def test_mask(self, layer: gate.Layer) -> tf.Tensor:
    """See `Gate`."""
    mask = self._mask_value(layer)
    return tf.where(tf.abs(mask) < self._threshold, tf.zeros_like(mask), mask)

  def current_penalty(self, layer: gate.Layer) -> tf.Tensor:
    """See `Gate`."""
    return self.penalty(self._mask_value(layer), layer.kernel)

  def penalty(self, mask: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Penalty of one layer.

    Args:
      mask: M, [in, out] or [out].
      kernel: K, before masking.

    Returns:
      penalty: Scalar, nats.
    """
    # tf.norm would need memory for the squares and, in the backward pass, for
    # a third tensor of the kernel's size.
    norm = masks.norm(2.0 * tf.nn.l2_loss(kernel))
    return (self._lambda_l1 * penalty.reduce(tf.abs(mask), self._reduction) +
            self._lambda_l2 * norm)

  def _mask_value(self, layer):
    with self.variable_scope():
      variable = scaled_variable.get(
          "mask", layer.mask_shape, layer.kernel.dtype, 1.0, self._multiplier)
    return scaled_variable.read(variable, self._multiplier)
