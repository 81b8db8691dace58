"""Trainable masks: penalty, gradients, exact zeros."""
import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from support.small_layers import ARRIVING
from support.small_layers import Built
from support.small_layers import message

from sparse_disent.layers import L1Gate

VARIABLES = ["layer/l1_gate/scaled_mask", "layer/kernel"]
MASK = np.array([[1.0, -0.5, 0.02], [0.0, 2.0, -0.009], [0.009, 0.5, -1.0],
                 [0.3, 0.1, 0.011]])


@pytest.mark.parametrize("granularity", ["connection", "channel"])
def test_the_penalty_has_the_norm_of_the_kernel_before_masking(granularity):
  """In training, by its summary, and in evaluation."""
  gate = L1Gate(lambda_l1=0.3, lambda_l2=0.7, granularity=granularity)
  mask = MASK if granularity == "connection" else MASK[0]
  for is_training in (True, False):
    built = Built(gate, is_training=is_training)
    built.assign(VARIABLES[0], mask)
    kernel = built.value("layer/kernel")
    with built.graph.as_default():
      penalty = (
          next(op for op in built.graph.get_operations()
               if op.type == "ScalarSummary" and "penalty" in op.name).inputs[1]
          if is_training else built.tensor("layer/l1_gate/current_penalty"))
    np.testing.assert_allclose(
        built.run(penalty),
        0.3 * np.abs(mask).sum() + 0.7 * np.linalg.norm(kernel), rtol=1e-6)


@pytest.mark.parametrize("reduction, scale", [
    ("sum", 1), ("root", np.sqrt(12)), ("mean", 12)])
def test_the_l1_penalty_is_scaled_by_the_size_of_the_layer(reduction, scale):
  """A mask of 12 entries, in evaluation and in the gradient of training."""
  gate = L1Gate(lambda_l1=6.0, lambda_l2=0.7, penalty_reduction=reduction)
  evaluated = Built(gate, is_training=False)
  evaluated.assign(VARIABLES[0], MASK)
  np.testing.assert_allclose(
      evaluated.run(evaluated.tensor("layer/l1_gate/current_penalty")),
      6.0 * np.abs(MASK).sum() / scale
      + 0.7 * np.linalg.norm(evaluated.value("layer/kernel")), rtol=1e-6)
  trained = Built(gate)
  trained.assign(VARIABLES[0], MASK)
  of_mask, = trained.run(
      trained.gradients(trained.weighted_outputs(), VARIABLES[:1]))
  np.testing.assert_allclose(
      of_mask, ARRIVING * trained.value("layer/kernel")
      + 6.0 / scale * np.sign(MASK), rtol=1e-5, atol=1e-6)


def test_starts_at_one():
  built = Built(L1Gate(learning_rate_multiplier=4.0))
  np.testing.assert_array_equal(built.value(VARIABLES[0]), np.full([4, 3], .25))
  np.testing.assert_array_equal(
      built.run(built.tensor("layer/l1_gate/training_mask")), np.ones([4, 3]))


@pytest.mark.parametrize("multiplier", [1.0, 5.0])
@pytest.mark.parametrize("factor", [1.0, 100.0])
@pytest.mark.parametrize("applications", [1, 2])
def test_gradients_are_the_losses_plus_the_penaltys(
    multiplier, factor, applications):
  built = Built(L1Gate(lambda_l1=0.3, lambda_l2=0.7,
                       learning_rate_multiplier=multiplier),
                applications=applications)
  built.assign(VARIABLES[0], MASK / multiplier)
  loss = built.weighted_outputs(factor)
  of_mask, of_kernel = built.run(built.gradients(loss, VARIABLES))
  kernel = built.value("layer/kernel")
  arriving = applications * factor * ARRIVING
  np.testing.assert_allclose(
      of_mask, arriving * kernel + 0.3 * np.sign(MASK), rtol=1e-5, atol=1e-6)
  np.testing.assert_allclose(
      of_kernel, arriving * MASK + 0.7 * kernel / np.sqrt((kernel**2).sum()),
      rtol=1e-5, atol=1e-6)


def test_moving_scale_from_mask_to_kernel_does_not_pay_for_ever():
  gate = L1Gate(lambda_l1=0.1, lambda_l2=0.01)
  kernel = np.random.RandomState(0).normal(size=[4, 3])
  with tf.Graph().as_default(), tf.Session() as session:
    penalties = session.run([
        gate.penalty(tf.constant(MASK / c), tf.constant(kernel * c))
        for c in (1.0, 10.0, 100.0, 1000.0)])
  expected = [0.1 * np.abs(MASK).sum() / c + 0.01 * c * np.linalg.norm(kernel)
              for c in (1.0, 10.0, 100.0, 1000.0)]
  np.testing.assert_allclose(penalties, expected, rtol=1e-9)
  assert penalties[1] < penalties[0] < penalties[2] < penalties[3]


@pytest.mark.parametrize("granularity", ["connection", "channel"])
def test_a_kernel_of_zeros_has_the_gradient_of_the_loss_alone(granularity):
  """The norm has no slope there: 0 is the subgradient of least norm."""
  built = Built(L1Gate(lambda_l1=0.3, lambda_l2=0.7, granularity=granularity))
  built.assign("layer/kernel", np.zeros([4, 3]))
  mask = MASK if granularity == "connection" else MASK[0]
  built.assign(VARIABLES[0], mask)
  of_mask, of_kernel = built.run(
      built.gradients(built.weighted_outputs(), VARIABLES))
  np.testing.assert_allclose(of_kernel, ARRIVING * mask, rtol=1e-5)
  np.testing.assert_allclose(of_mask, 0.3 * np.sign(mask), rtol=1e-5)


def test_entries_below_the_threshold_are_exactly_zero_at_test_time():
  built = Built(L1Gate(), is_training=False)
  built.assign(VARIABLES[0], MASK)
  expected = np.array([[1.0, -0.5, 0.02], [0.0, 2.0, 0.0], [0.0, 0.5, -1.0],
                       [0.3, 0.1, 0.011]])
  np.testing.assert_array_equal(
      built.run(built.tensor("layer/l1_gate/test_mask")), expected)


def test_an_entry_at_the_threshold_is_open():
  built = Built(L1Gate(threshold=0.5), is_training=False)
  built.assign(VARIABLES[0], MASK)
  expected = np.array([[1.0, -0.5, 0.0], [0.0, 2.0, 0.0], [0.0, 0.5, -1.0],
                       [0.0, 0.0, 0.0]])
  np.testing.assert_array_equal(
      built.run(built.tensor("layer/l1_gate/test_mask")), expected)


def test_training_uses_the_mask_as_it_is():
  built = Built(L1Gate())
  built.assign(VARIABLES[0], MASK)
  np.testing.assert_allclose(
      built.run(built.tensor("layer/l1_gate/training_mask")), MASK, rtol=1e-6)


def test_gin():
  gin.parse_config("l1_gate.lambda_l1 = 2.0\nl1_gate.lambda_l2 = 0.0")
  with tf.Graph().as_default(), tf.Session() as session:
    assert session.run(L1Gate().penalty(
        tf.constant([1.0, -2.0]), tf.ones([3, 2]))) == 6.0


@pytest.mark.parametrize("argument, value, expected", [
    ("lambda_l1", -1.0, "l1_gate.lambda_l1 must be 0 or greater, but is -1.0. "
     "The published experiments use 1e-6 to 1e-1; 0 turns the penalty off."),
    ("lambda_l2", -1.0, "l1_gate.lambda_l2 must be 0 or greater, but is -1.0. "
     "The published experiments use 0.01; 0 turns the penalty off."),
    ("threshold", 1.0, "l1_gate.threshold must lie in [0, 1), but is 1.0. The "
     "mask starts at 1; 0.01 is the default."),
    ("penalty_reduction", "max", "l1_gate.penalty_reduction must be one of "
     "sum, root, mean, but is 'max'. Use \"root\" for one weight that prunes "
     "layers of all sizes alike."),
    ("learning_rate_multiplier", 0.0, "l1_gate.learning_rate_multiplier must "
     "be greater than 0, but is 0.0. 1 gives the gates the learning rate of "
     "all other variables."),
])
def test_messages(argument, value, expected):
  with pytest.raises(ValueError) as error:
    L1Gate(**{argument: value})
  assert message(error) == expected
