"""Gradual pruning: schedule, choice of connections, order within a step."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from support.small_layers import ARRIVING
from support.small_layers import Built
from support.small_layers import message

from sparse_disent.layers import MagnitudeGate

MASK = "layer/magnitude_gate/mask"
SCHEDULE = {"sparsity": 0.75, "begin_step": 10, "end_step": 50, "frequency": 10}
# Magnitudes 1 to 12 in some order, with signs.
KERNEL = np.array([[-3.0, 7.0, 1.0], [10.0, -2.0, 12.0], [5.0, 8.0, -4.0],
                   [6.0, -11.0, 9.0]])


def closed_at(step):
  """Zhu and Gupta's eq. 1 for 12 entries, by NumPy."""
  time = np.clip(step - step % 10, 10, 50)
  return round(12 * 0.75 * (1 - (1 - (time - 10) / 40)**3)) if step > 9 else 0


@pytest.mark.parametrize("step", [0, 9, 10, 19, 20, 34, 47, 50, 1000])
def test_closes_the_smallest_at_each_step_of_the_schedule(step):
  built = Built(MagnitudeGate(**SCHEDULE))
  built.assign("layer/kernel", KERNEL)
  expected = np.abs(KERNEL) > closed_at(step)
  mask = built.run(built.tensor("layer/magnitude_gate/training_mask"), step)
  np.testing.assert_array_equal(mask, expected)
  # Evaluation and export read what training has left in the variable.
  np.testing.assert_array_equal(
      built.run(built.tensor("layer/magnitude_gate/test_mask")), expected)


@pytest.mark.parametrize("step, time", [
    (13, 13), (20, 13), (22, 13), (23, 23), (32, 23), (52, 43), (53, 53)])
def test_the_schedule_begins_at_any_step(step, time):
  built = Built(MagnitudeGate(
      sparsity=0.75, initial_sparsity=0.25, begin_step=13, end_step=53,
      frequency=10))
  built.assign("layer/kernel", KERNEL)
  closed = round(12 * (0.75 - 0.5 * (1 - (time - 13) / 40)**3))
  mask = built.run(built.tensor("layer/magnitude_gate/training_mask"), step)
  np.testing.assert_array_equal(mask, np.abs(KERNEL) > closed)


def test_channels_are_ranked_by_the_norm_of_all_their_weights():
  built = Built(MagnitudeGate(
      granularity="channel", **{**SCHEDULE, "sparsity": 0.4}))
  built.assign("layer/kernel", [[3.0, 4.0, 0.0], [3.0, 0.0, 0.0],
                                [3.0, 0.0, 5.5], [3.0, 0.0, 0.0]])
  np.testing.assert_array_equal(
      built.run(built.tensor("layer/magnitude_gate/training_mask"), 50),
      [1, 0, 1])


def test_no_step_of_the_schedule_is_missed_if_steps_are_counted_by_two():
  # FactorVAE's two optimizers both count.
  built = Built(MagnitudeGate(**{**SCHEDULE, "frequency": 13}))
  for step in range(1, 53, 2):
    mask = built.run(built.tensor("layer/magnitude_gate/training_mask"), step)
  assert mask.sum() == 3


def test_between_values_of_the_schedule_the_mask_stays():
  built = Built(MagnitudeGate(**SCHEDULE))
  built.assign("layer/kernel", KERNEL)
  mask = built.tensor("layer/magnitude_gate/training_mask")
  before = built.run(mask, 20)
  built.assign("layer/kernel", -KERNEL[::-1])
  np.testing.assert_array_equal(built.run(mask, 29), before)
  np.testing.assert_array_equal(
      built.run(mask, 30), np.abs(KERNEL[::-1]) > closed_at(30))


def test_a_step_uses_the_mask_and_the_kernel_from_before_its_update():
  built = Built(MagnitudeGate(**SCHEDULE))
  built.assign("layer/kernel", KERNEL)
  loss = built.weighted_outputs()
  with built.graph.as_default():
    # A step so large that the ranking after it is another one.
    train_op = tf.train.GradientDescentOptimizer(100.0).minimize(
        loss, global_step=built.step)
  open_ = np.abs(KERNEL) > closed_at(30)
  for _ in range(20):
    built.assign("layer/kernel", KERNEL)
    built.assign(MASK, np.ones([4, 3]))
    built.run(train_op, 30)
    np.testing.assert_array_equal(built.value(MASK), open_)
    np.testing.assert_allclose(
        built.value("layer/kernel"), KERNEL - 100.0 * ARRIVING * open_)


def test_the_choice_has_no_gradient():
  built = Built(MagnitudeGate(**SCHEDULE))
  gradient, = built.gradients(built.weighted_outputs(), ["layer/kernel"])
  mask = built.run(built.tensor("layer/magnitude_gate/training_mask"), 50)
  np.testing.assert_allclose(built.run(gradient), ARRIVING * mask, rtol=1e-9)


@pytest.mark.parametrize("arguments, expected", [
    ({"sparsity": 1.0}, "magnitude_gate.sparsity must lie in [0, 1), but is "
     "1.0. Give the fraction of connections to be pruned."),
    ({"initial_sparsity": 0.6}, "magnitude_gate.initial_sparsity must lie in "
     "[0, sparsity = 0.55], but is 0.6. 0 starts with the whole network."),
    ({"begin_step": -1}, "magnitude_gate.begin_step must be 0 or greater, but "
     "is -1. 1000 is the default."),
    ({"end_step": 1000}, "magnitude_gate.end_step must be greater than "
     "begin_step = 1000, but is 1000. Give a step before the end of "
     "training."),
    ({"frequency": 0}, "magnitude_gate.frequency must be 1 or greater, but is "
     "0. 100 is the default."),
])
def test_messages(arguments, expected):
  with pytest.raises(ValueError) as error:
    MagnitudeGate(**arguments)
  assert message(error) == expected
