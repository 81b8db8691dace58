"""A hand-made network, through which constants and needs are followed."""
import numpy as np

from sparse_disent.export import linear
from sparse_disent.export import liveness
from sparse_disent.export import nodes
from sparse_disent.export import operations


def network():
  """4 inputs, 3 hidden units, 3 outputs.

  Unit 0 is the constant relu(2) = 2. Output 0 reads units 0 and 1, output 1
  unit 0 alone, output 2 units 1 and 2. Inputs 0 and 1 go to unit 1, input 2 to
  unit 2, input 3 nowhere.
  """
  source = nodes.Input("source", [4])
  hidden = linear.Linear("hidden", source, [3], linear.DENSE, np.array(
      [[0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], float),
                         np.array([2, -1, -1], float))
  relu = operations.Activation("relu", hidden, "Relu")
  output = linear.Linear("output", relu, [3], linear.DENSE, np.array(
      [[1, 5, 0], [1, 0, 1], [0, 0, 1]], float), np.array([0, 1, 0], float))
  return nodes.Network(
      source, {"output": output}, [source, hidden, relu, output], [])


def check(plan, expected):
  for node, mask in zip(plan.network.order, expected, strict=True):
    np.testing.assert_array_equal(plan.needed[node], np.array(mask, bool))


def test_everything_is_wanted():
  plan = liveness.plan(network())
  check(plan, [[1, 1, 1, 0], [0, 1, 1], [0, 1, 1], [1, 0, 1]])
  *_, relu, output = plan.network.order
  np.testing.assert_array_equal(plan.constants[relu].mask, [True, False, False])
  np.testing.assert_array_equal(
      plan.constants[output].mask, [False, True, False])
  assert plan.constants[output].values[1] == 2 * 5 + 1


def test_some_is_wanted():
  plan = liveness.plan(network(), np.array([True, True, False]))
  check(plan, [[1, 1, 0, 0], [0, 1, 0], [0, 1, 0], [1, 0, 0]])


def test_a_constant_alone_is_wanted():
  plan = liveness.plan(network(), np.array([False, True, False]))
  check(plan, [[0, 0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]])


def test_what_two_outputs_need_is_joined():
  base = network()
  source, hidden, relu, output = base.order
  both = nodes.Network(source, {"output": output, "relu": relu}, base.order, [])
  # Wanted of both: their last channel.
  plan = liveness.plan(both, np.array([False, False, True]))
  check(plan, [[1, 1, 1, 0], [0, 1, 1], [0, 1, 1], [0, 0, 1]])
