"""Fixed random masks in variables."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from support.small_layers import Built
from support.small_layers import message

from sparse_disent.layers import RandomGate
from sparse_disent.layers import masked


def mask_of(model_seed=0, **arguments):
  return Built(RandomGate(**arguments), seed=model_seed).value(
      "layer/random_gate/mask")


def test_sparsity_is_exact():
  assert mask_of(sparsity=0.25).sum() == 9
  assert mask_of(sparsity=0.25, granularity="channel").sum() == 2
  # The default, .55 of 12 entries, rounded.
  assert mask_of().sum() == 12 - 7


def test_depends_on_its_own_seed_only():
  np.testing.assert_array_equal(mask_of(model_seed=0), mask_of(model_seed=1))
  assert not np.array_equal(mask_of(seed=0), mask_of(seed=1))


def test_layers_of_the_same_name_in_two_trunks_have_masks_of_their_own():
  gate = RandomGate(sparsity=0.5)
  with tf.Graph().as_default() as graph, tf.Session() as session:
    for trunk in ("group_1", "group_2"):
      with tf.variable_scope(trunk):
        masked.dense(tf.ones([1, 50]), 40, name="e2", gate=gate,
                     is_training=False)
    session.run(tf.global_variables_initializer())
    one, two = session.run([graph.get_tensor_by_name(
        f"{trunk}/e2/random_gate/test_mask:0")
        for trunk in ("group_1", "group_2")])
  # 1,000 of 2,000 are open in each: overlap is hypergeometric with deviation
  # sqrt(125).
  assert abs((one * two).sum() - 500) < 4.5 * np.sqrt(125)


def test_is_the_same_in_training_and_testing():
  built = Built(RandomGate())
  np.testing.assert_array_equal(*built.run([
      built.tensor("layer/random_gate/training_mask"),
      built.tensor("layer/random_gate/test_mask")]))


@pytest.mark.parametrize("arguments, expected", [
    ({"sparsity": 1.0}, "random_gate.sparsity must lie in [0, 1), but is 1.0. "
     "The default, 0.55, is the middle of the published experiments."),
    ({"sparsity": -0.1}, "random_gate.sparsity must lie in [0, 1), but is "
     "-0.1. The default, 0.55, is the middle of the published experiments."),
    ({"seed": 0.5}, "random_gate.seed must be an integer, but is 0.5. 0 is the "
     "default."),
    ({"seed": True}, "random_gate.seed must be an integer, but is True. 0 is "
     "the default."),
])
def test_messages(arguments, expected):
  with pytest.raises(ValueError) as error:
    RandomGate(**arguments)
  assert message(error) == expected
