"""Gradual pruning by magnitude.

Zhu and Gupta, "To prune, or not to prune: exploring the efficacy of pruning for
model compression" (2017).
"""
from typing import Any

import gin
import tensorflow.compat.v1 as tf

from sparse_disent.layers import gate
from sparse_disent.layers import random_gate
from sparse_disent.ops import masks


@gin.configurable("magnitude_gate")
class MagnitudeGate(gate.Gate):
  """Closes the connections whose slices of the kernel have the smallest norms.

  The sparsity follows the polynomial schedule of `ops.masks`. Whenever the
  schedule asks for more zeros than the mask has, all zeros are chosen anew. The
  mask is kept in a variable, so that evaluation and export use the mask of the
  last step.

  Steps are global steps. FactorVAE counts two of them for each batch.
  """

  kind = "magnitude_gate"

  def __init__(
      self, *, sparsity: float = random_gate.SPARSITY,
      initial_sparsity: float = 0.0, begin_step: int = 1000,
      end_step: int = 8000, frequency: int = 100,
      granularity: str = "connection"):
    """Creates the gate.

    Args:
      sparsity: Final fraction of mask entries that are 0.
      initial_sparsity: Fraction of zeros at `begin_step`.
      begin_step: Step before which nothing is pruned.
      end_step: Step from which on the sparsity is final.
      frequency: Steps between two values of the schedule.
      granularity: See `Gate`.

    Raises:
      ValueError: If an argument is outside its range.
    """
    super().__init__(granularity)
    self._check(lambda x: 0 <= x < 1, "sparsity", "lie in [0, 1)", sparsity,
                "Give the fraction of connections to be pruned.")
    self._check(lambda x: 0 <= x <= sparsity, "initial_sparsity",
                f"lie in [0, sparsity = {sparsity!r}]", initial_sparsity,
                "0 starts with the whole network.")
    self._check(lambda x: x >= 0, "begin_step", "be 0 or greater", begin_step,
                "1000 is the default.")
    self._check(lambda x: x > begin_step, "end_step",
                f"be greater than begin_step = {begin_step!r}", end_step,
                "Give a step before the end of training.")
    self._check(lambda x: x >= 1, "frequency", "be 1 or greater", frequency,
                "100 is the default.")
    self._schedule: dict[str, Any] = {
        "sparsity": sparsity, "initial_sparsity": initial_sparsity,
        "begin_step": begin_step, "end_step": end_step, "frequency": frequency}

  def training_mask(self, layer: gate.Layer) -> tuple[tf.Tensor, tf.Tensor]:
    """See `Gate`.

    The mask is updated before it is used, from the kernel that this step reads.
    The result therefore does not depend on the order in which a train op runs
    its parts.
    """
    variable = self._variable(layer)
    current = variable.read_value()
    size = current.shape.num_elements()
    target = masks.num_closed(masks.polynomial_sparsity(
        gate.training_draw(), **self._schedule), size)

    # Without this, the branch would add a gradient of zeros to the kernel's.
    kernel = tf.stop_gradient(layer.kernel)

    def prune():
      norms = masks.slice_norms(
          kernel, self.granularity, transposed=layer.transposed)
      return masks.keep_largest(norms, target)

    mask = tf.cond(target > masks.count_closed(current), prune, lambda: current)
    mask = tf.ensure_shape(mask, layer.mask_shape)
    with tf.control_dependencies([variable.assign(mask, read_value=False)]):
      return tf.identity(mask), layer.kernel

  def test_mask(self, layer: gate.Layer) -> tf.Tensor:
    """See `Gate`."""
    return self._variable(layer).read_value()

  def _variable(self, layer):
    return self.variable("mask", layer.mask_shape, layer.kernel.dtype,
                         lambda: tf.ones(layer.mask_shape))
