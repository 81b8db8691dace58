"""One masked layer in a graph of its own, for the tests of gates."""
import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.layers import masked
from support import built

INPUTS = np.random.RandomState(0).normal(size=[5, 4])


class Built(built.Built):
  """A dense layer "layer" of 4 inputs and 3 outputs under a gate."""

  def __init__(self, gate, *, is_training=True, with_step=True, seed=0,
               applications=1):
    self._gate = gate
    self._is_training = is_training
    self._with_step = with_step
    self._applications = applications
    super().__init__(seed)

  def build(self):
    self.step = (
        tf.train.get_or_create_global_step() if self._with_step else None)
    with tf.variable_scope("", reuse=tf.AUTO_REUSE):
      self.outputs = [masked.dense(
          tf.constant(INPUTS), 3, name="layer", gate=self._gate,
          is_training=self._is_training) for _ in range(self._applications)]

  def run(self, fetches, step=None):
    if step is not None:
      self.assign("global_step", step)
    return super().run(fetches)

  def weighted_outputs(self, factor=1.0):
    """A loss on all applications of the layer.

    Its gradient with respect to the masked kernel is `ARRIVING`, times the
    factor and the number of applications.
    """
    with self.graph.as_default():
      return factor * sum(
          tf.reduce_sum(outputs * WEIGHTS) for outputs in self.outputs)


WEIGHTS = np.random.RandomState(1).normal(size=[5, 3])
ARRIVING = INPUTS.T @ WEIGHTS


def message(error):
  # gin adds a line that says which configurable was called.
  return str(error.value).splitlines()[0]
