"""Nodes with inputs of which some channels are constant."""
import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.export import liveness
from sparse_disent.export import nodes
from sparse_disent.export import writing


def booleans(*numbers):
  return np.array(numbers, bool)


def known(mask, values):
  return nodes.Constants(booleans(*mask), np.array(values, float))


class Known(nodes.Input):
  """An input with constants; those are not given to the network."""

  def __init__(self, constants):
    super().__init__("input", constants.values.shape)
    self._constants = constants

  def constants(self):
    return self._constants


# The second channel is the constant -2.
CONSTANTS = known([0, 1, 0], [9, -2, 9])
SOURCE = Known(CONSTANTS)


def check(node, expected_mask, expected_values, needed, reads,
          constants=(CONSTANTS,)):
  """Asserts what is constant, and what is read if some channels are needed."""
  result = node.constants(*constants)
  np.testing.assert_array_equal(result.mask, booleans(*expected_mask))
  np.testing.assert_allclose(
      result.values[..., result.mask].reshape(-1), expected_values)
  actual = node.reads(booleans(*needed), *constants)
  assert len(actual) == len(reads)
  for mask, expected in zip(actual, reads, strict=True):
    np.testing.assert_array_equal(mask, booleans(*expected))


def computed(node, array, wanted):
  """Some channels of a node that is made from a `Known` input.

  Args:
    node: The node.
    array: What the input is; its constant channels are not used.
    wanted: The channels.

  Returns:
    values: The array of their values.
  """
  source, = node.inputs
  given, wanted = ~source.constants().mask, booleans(*wanted)
  plan = liveness.plan(
      nodes.Network(source, {"output": node}, [source, node], []), wanted)
  with tf.Graph().as_default(), tf.Session() as session:
    tensor = tf.constant(array[..., given], tf.float32)
    variables = writing.Variables()
    output = writing.Application(
        plan, variables, tensor, given).output("output", wanted)
    for variable in tf.global_variables():
      session.run(variable.assign(variables.values[variable.op.name]))
    return session.run(output)


def check_computed(node, expected, wanted):
  """Asserts that a node of `SOURCE` is a function of arrays."""
  array = np.random.RandomState(0).normal(size=[4, 3])
  array[:, 1] = -2.0
  np.testing.assert_allclose(
      computed(node, array, wanted), expected(array)[:, booleans(*wanted)],
      rtol=1e-6, atol=1e-6)
