"""What all gates share: one mask a graph, modes, bias, control flow."""
import inspect

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from support.small_layers import ARRIVING
from support.small_layers import INPUTS
from support.small_layers import WEIGHTS
from support.small_layers import Built
from support.small_layers import message

from sparse_disent.layers import HardConcreteGate
from sparse_disent.layers import L1Gate
from sparse_disent.layers import MagnitudeGate
from sparse_disent.layers import RandomGate
from sparse_disent.layers import gate as gates
from sparse_disent.layers import masked

GATES = {
    "random_gate": RandomGate, "l1_gate": L1Gate,
    "hard_concrete_gate": HardConcreteGate, "magnitude_gate": MagnitudeGate}
every_gate = pytest.mark.parametrize("kind", sorted(GATES))
granularities = pytest.mark.parametrize(
    "granularity", ["connection", "channel"])


def names(graph):
  return [op.name for op in graph.get_operations()]


@every_gate
def test_a_network_applied_twice_has_one_mask_penalty_and_summary(kind):
  once = Built(GATES[kind]())
  twice = Built(GATES[kind](), applications=2)
  ours = [[name for name in names(built.graph) if f"/{kind}/" in name
           or name.startswith(("density/", "mask/", "penalty/"))]
          for built in (once, twice)]
  assert ours[0] == ours[1]
  summaries = twice.graph.get_collection(tf.GraphKeys.SUMMARIES)
  tags = sorted(value.tag for summary in twice.run(summaries)
                for value in tf.Summary.FromString(summary).value)
  has_penalty = kind in ("l1_gate", "hard_concrete_gate")
  assert tags == ["density/layer", "mask/layer"] + (
      [f"penalty/{kind}"] if has_penalty else [])
  np.testing.assert_array_equal(*twice.run(twice.outputs))


@every_gate
@granularities
def test_outputs_are_those_of_the_masked_weights(kind, granularity):
  built = Built(GATES[kind](granularity=granularity))
  built.assign("layer/bias", [1.0, 2.0, 3.0])
  mask, outputs = built.run(
      [built.tensor(f"layer/{kind}/training_mask"), built.outputs[0]])
  assert mask.shape == ((4, 3) if granularity == "connection" else (3,))
  bias = np.array([1.0, 2.0, 3.0])
  expected = INPUTS @ (built.value("layer/kernel") * mask) + (
      bias * mask if granularity == "channel" else bias)
  np.testing.assert_allclose(outputs, expected, rtol=1e-6, atol=1e-9)


@every_gate
@pytest.mark.parametrize("mode", [
    {"is_training": False}, {"with_step": False}])
def test_evaluation_and_export_have_no_noise_penalty_update_or_summary(
    kind, mode):
  built = Built(GATES[kind](), **mode)
  types = {op.type for op in built.graph.get_operations()
           if "Initializer" not in op.name and "/Assign" not in op.name}
  assert not [name for name in types if "Random" in name
              or "Summary" in name or name.startswith("Assign")]
  assert "IdentityN" not in types
  assert not built.graph.get_collection(tf.GraphKeys.UPDATE_OPS)
  first, second = (built.run(built.outputs[0]) for _ in range(2))
  np.testing.assert_array_equal(first, second)


@every_gate
def test_variables_are_the_same_in_all_modes(kind):
  variables = [
      [(variable.name, variable.shape, variable.trainable) for variable in
       Built(GATES[kind](), **mode).graph.get_collection(
           tf.GraphKeys.GLOBAL_VARIABLES) if variable.name != "global_step:0"]
      for mode in ({}, {"is_training": False}, {"with_step": False})]
  assert variables[0] == variables[1] == variables[2]
  assert len(variables[0]) == 3
  assert variables[0][2][0].startswith(f"layer/{kind}/")


@every_gate
def test_the_kernels_gradient_is_masked_and_the_bias_has_its_own(kind):
  arguments = {"lambda_l2": 0.0} if kind == "l1_gate" else {}
  built = Built(GATES[kind](**arguments))
  kernel, bias, mask = built.run([
      *built.gradients(built.weighted_outputs(), ["layer/kernel",
                                                  "layer/bias"]),
      built.tensor(f"layer/{kind}/training_mask")])
  np.testing.assert_allclose(kernel, ARRIVING * mask, rtol=1e-6, atol=1e-9)
  np.testing.assert_allclose(bias, WEIGHTS.sum(0), rtol=1e-6)


@every_gate
def test_gradients_with_channels_are_those_of_masked_weights(kind):
  arguments = {"l1_gate": {"lambda_l1": 0.0, "lambda_l2": 0.0},
               "hard_concrete_gate": {"lambda_l0": 0.0}}.get(kind, {})
  built = Built(GATES[kind](granularity="channel", **arguments))
  bias = np.array([1.0, 2.0, 3.0])
  built.assign("layer/bias", bias)
  if kind != "hard_concrete_gate":
    variable = "scaled_mask" if kind == "l1_gate" else "mask"
    built.assign(f"layer/{kind}/{variable}", [2.0, -0.5, 0.0])
  mask_name = f"layer/{kind}/training_mask"
  with built.graph.as_default():
    loss = built.weighted_outputs()
    gradients = [*built.gradients(loss, ["layer/kernel", "layer/bias"]),
                 tf.gradients(loss, built.tensor(mask_name))[0]]
  (by_kernel, by_bias, by_mask), mask = built.run(
      [gradients, built.tensor(mask_name)])
  np.testing.assert_allclose(by_kernel, ARRIVING * mask, rtol=1e-6, atol=1e-9)
  np.testing.assert_allclose(by_bias, WEIGHTS.sum(0) * mask, rtol=1e-6)
  outputs = INPUTS @ built.value("layer/kernel") + bias
  np.testing.assert_allclose(
      by_mask, (WEIGHTS * outputs).sum(0), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", ["magnitude_gate", "random_gate"])
def test_no_optimizer_moves_a_mask_that_is_not_learned(kind):
  built = Built(GATES[kind]())
  name = f"layer/{kind}/mask"
  before = built.value(name)
  with built.graph.as_default():
    step = tf.train.GradientDescentOptimizer(1.0).minimize(
        built.weighted_outputs())
  built.run(step)
  np.testing.assert_array_equal(built.value(name), before)


@every_gate
@pytest.mark.parametrize("with_step", [True, False])
def test_an_evaluation_reports_the_penalty_and_an_export_does_not(
    kind, with_step):
  built = Built(GATES[kind](), is_training=False, with_step=with_step)
  has_penalty = kind in ("l1_gate", "hard_concrete_gate")
  reported = f"layer/{kind}/current_penalty" in names(built.graph)
  assert reported == (has_penalty and with_step)


def test_applied_within_a_cond_the_mask_is_made_outside():
  gate = HardConcreteGate(lambda_l0=2.0)
  with tf.Graph().as_default() as graph, tf.Session() as session:
    tf.train.get_or_create_global_step()
    flag = tf.placeholder(tf.bool, [])
    apply = lambda: tf.reduce_sum(masked.dense(
        tf.constant(INPUTS), 3, name="layer", gate=gate, is_training=True))
    with tf.variable_scope("", reuse=tf.AUTO_REUSE):
      outside = apply()
      within = tf.cond(flag, apply, lambda: tf.constant(0.0, tf.float64))
    names_of_masks = [name for name in names(graph)
                      if name.endswith("training_mask")]
    location, = (variable for variable in tf.trainable_variables()
                 if "log_alpha" in variable.name)
    gradients = [tf.gradients(loss, location)[0]
                 for loss in (outside, within)]
    session.run(tf.global_variables_initializer())
    expected, taken = session.run(gradients, {flag: True})
    not_taken = session.run(gradients[1], {flag: False})
    closed_form = session.run(tf.gradients(gate.penalty(location), location)[0])
  assert names_of_masks == ["layer/hard_concrete_gate/training_mask"]
  np.testing.assert_allclose(taken, expected, rtol=1e-9)
  np.testing.assert_allclose(not_taken, closed_form, rtol=1e-9)


def test_the_step_is_read_once():
  with tf.Graph().as_default():
    tf.train.get_or_create_global_step()
    assert gates.training_draw() is gates.training_draw()


def test_message():
  with pytest.raises(ValueError) as error:
    RandomGate(granularity="filter")
  assert message(error) == (
      "random_gate.granularity must be one of connection, channel, but is "
      "'filter'. Use \"channel\" for masks that can be removed physically.")


@every_gate
@pytest.mark.parametrize("value", ["0.5", None, float("inf"), float("nan")])
def test_every_number_has_to_be_finite(kind, value):
  parameters = inspect.signature(GATES[kind]).parameters
  checked = [name for name, parameter in parameters.items()
             if isinstance(parameter.default, (int, float))]
  assert checked
  for name in checked:
    with pytest.raises(ValueError) as error:
      GATES[kind](**{name: value})
    assert message(error).startswith(f"{kind}.{name} must ")
    assert f", but is {value!r}. " in message(error)
