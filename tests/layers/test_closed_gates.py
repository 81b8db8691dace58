"""Warnings of layers whose gates have all closed."""
import pytest
import tensorflow.compat.v1 as tf
from support import small_training

from sparse_disent.layers import HardConcreteGate
from sparse_disent.layers import L1Gate
from sparse_disent.layers import MagnitudeGate
from sparse_disent.layers import closed_gates
from sparse_disent.layers import masked

PASSES_NOTHING = ("nothing passes in evaluation and exports, and little is "
                  "learned there.")


def train(gate, close, steps, capsys):
  """Trains nothing for some steps; `close` maps steps to (layer, value)."""
  with tf.Graph().as_default():
    step = tf.train.get_or_create_global_step()
    advance = step.assign_add(1)
    for name in ("one", "two"):
      masked.dense(tf.ones([2, 5]), 4, name=name, gate=gate, is_training=True)
    masks = {variable.op.name.partition("/")[0]: variable
             for variable in tf.global_variables()
             if variable.op.name.endswith(("scaled_mask", "scaled_log_alpha"))}
    value = tf.placeholder(tf.float32)
    assigned = {layer: variable.assign(tf.fill(variable.shape, value))
                for layer, variable in masks.items()}
    with tf.train.MonitoredSession(
        hooks=[closed_gates.ClosedGatesWarning()]) as session:
      for number in range(1, steps + 1):
        layer, at = close.get(number, ("one", None))
        feeds = {value: 0.0 if at is None else at}
        session.run([advance, *([] if at is None else [assigned[layer]])],
                    feeds)
  return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("gate, closed, cure", [
    (L1Gate(), 0.009, "Lower l1_gate.lambda_l1, or charge layers of all sizes "
     'alike: l1_gate.penalty_reduction = "root".'),
    (L1Gate(penalty_reduction="mean"), 0.0, "Lower l1_gate.lambda_l1."),
    (HardConcreteGate(), -3.0, "Lower hard_concrete_gate.lambda_l0, or charge "
     'layers of all sizes alike: hard_concrete_gate.penalty_reduction = '
     '"root".')])
def test_one_line_for_each_layer_that_closes(gate, closed, cure, capsys):
  lines = train(gate, {7: ("two", closed)}, 450, capsys)
  assert lines == [
      f"All gates of layer two are closed at step 100: {PASSES_NOTHING} {cure}"]


def test_a_layer_that_opens_and_closes_again_is_named_once(capsys):
  close = {150: ("one", 0.0), 250: ("one", 1.0), 350: ("one", 0.0),
           351: ("two", 0.0)}
  lines = train(L1Gate(), close, 500, capsys)
  assert [line.partition(":")[0] for line in lines] == [
      "All gates of layer one are closed at step 200",
      "All gates of layer two are closed at step 400"]


def test_the_last_step_counts_and_open_layers_are_silent(capsys):
  assert train(L1Gate(), {}, 3, capsys) == []
  lines = train(L1Gate(), {2: ("one", 0.0)}, 3, capsys)
  assert [line.partition(":")[0] for line in lines] == [
      "All gates of layer one are closed at step 3"]


def test_gates_that_cannot_close_are_silent(capsys):
  gate = MagnitudeGate(sparsity=0.99, begin_step=0, end_step=1)
  assert train(gate, {}, 5, capsys) == []


def test_steps_in_between_ask_for_nothing():
  """No step but each hundredth computes or fetches anything more."""
  hook = closed_gates.ClosedGatesWarning()
  with tf.Graph().as_default():
    tf.train.get_or_create_global_step()
    masked.dense(tf.ones([2, 5]), 4, name="one", gate=L1Gate(),
                 is_training=True)
    hook.begin()
  assert hook.before_run(None) is None
  for _ in range(99):
    hook.after_run(None, None)  # Without a session to ask.
  with pytest.raises(AttributeError):
    hook.after_run(None, None)


@pytest.mark.slow
@pytest.mark.parametrize("model, bindings, expected", [
    ("vae", [
        "import sparse_disent", "encoder.encoder_fn = @masked_conv_encoder",
        "channel_mask.gate = @hard_concrete_gate()",
        'channel_mask.layers = ["e4"]', "hard_concrete_gate.drop_rate = 0.98"],
     f"All gates of layer encoder/e4 are closed at step 3: {PASSES_NOTHING} "
     "Lower hard_concrete_gate.lambda_l0, or charge layers of all sizes alike: "
     'hard_concrete_gate.penalty_reduction = "root".'),
    ("sparse_vae", ["l0_pair.initial_log_alpha = -4.6"],
     f"All gates of the latents are closed at step 3: {PASSES_NOTHING} Lower "
     "the weight of their penalty, such as l0_pair.tau."),
    ("sparse_vae", [], None)])
def test_a_training_warns(model, bindings, expected, tmp_path, capsys):
  """Under upstream's own models too."""
  small_training.train_model(tmp_path / "model", 3, *bindings, model=model)
  lines = [line for line in capsys.readouterr().err.splitlines()
           if "closed" in line]
  assert lines == ([] if expected is None else [expected])
