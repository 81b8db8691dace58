"""One masked layer in a graph of its own, for the tests of gates."""
import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.layers import masked

INPUTS = np.random.RandomState(0).normal(size=[5, 4])


class Built:
  """A dense layer "layer" of 4 inputs and 3 outputs under a gate."""

  def __init__(self, gate, *, is_training=True, with_step=True, seed=0,
               applications=1):
    self.graph = tf.Graph()
    with self.graph.as_default():
      tf.set_random_seed(seed)
      self.step = tf.train.get_or_create_global_step() if with_step else None
      with tf.variable_scope("", reuse=tf.AUTO_REUSE):
        self.outputs = [masked.dense(
            tf.constant(INPUTS), 3, name="layer", gate=gate,
            is_training=is_training) for _ in range(applications)]
      self.session = tf.Session()
      self.session.run(tf.global_variables_initializer())

  def run(self, fetches, step=None):
    if step is not None:
      self.assign("global_step", step)
    return self.session.run(fetches)

  def tensor(self, name):
    return self.graph.get_tensor_by_name(f"{name}:0")

  def variable(self, name):
    variable, = (variable for variable in self.graph.get_collection(
        tf.GraphKeys.GLOBAL_VARIABLES) if variable.name == f"{name}:0")
    return variable

  def assign(self, name, value):
    with self.graph.as_default():
      self.session.run(self.variable(name).assign(value))

  def value(self, name):
    return self.session.run(self.variable(name))

  def gradients(self, target, names):
    with self.graph.as_default():
      return tf.gradients(target, [self.variable(name) for name in names])

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
