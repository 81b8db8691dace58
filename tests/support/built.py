"""Graphs in sessions of their own, for tests."""
import tensorflow.compat.v1 as tf


class Built:
  """Results of `build` in a graph and a session of its own.

  Names of variables and tensors are those of their operations; ":0" may follow.
  """

  def __init__(self, seed=0):
    self.feeds = {}
    self.graph = tf.Graph()
    with self.graph.as_default():
      tf.set_random_seed(seed)
      self.build()
      self.session = tf.Session()
      self.session.run(tf.global_variables_initializer())

  def build(self):
    raise NotImplementedError

  def run(self, fetches, feeds=None):
    return self.session.run(fetches, {**self.feeds, **(feeds or {})})

  def tensor(self, name):
    return self.graph.get_tensor_by_name(f"{name.removesuffix(':0')}:0")

  def variable(self, name):
    variable, = (variable for variable in self.graph.get_collection(
        tf.GraphKeys.GLOBAL_VARIABLES)
                 if variable.op.name == name.removesuffix(":0"))
    return variable

  def value(self, name):
    return self.session.run(self.variable(name))

  def assign(self, variable, value):
    if isinstance(variable, str):
      variable = self.variable(variable)
    with self.graph.as_default():
      self.session.run(variable.assign(value))

  def gradients(self, target, variables=None):
    """Gradients for variables or names of them; by default all trainable."""
    with self.graph.as_default():
      if variables is None:
        variables = tf.trainable_variables()
      return tf.gradients(target, [
          self.variable(variable) if isinstance(variable, str) else variable
          for variable in variables])
