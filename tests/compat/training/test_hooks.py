import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.compat.training import checkpoints
from sparse_disent.compat.training import hooks
from sparse_disent.compat.training import parts


class Shown:
  """Keeps what a progress display is told."""

  def __init__(self):
    self.calls = []

  def update_to(self, count, postfix=""):
    self.calls.append((count, postfix))


class Context:
  """Keeps whether a hook asked for the end."""

  is_stopped = False

  def request_stop(self):
    self.is_stopped = True


def after_run(monitor, loss, step, terms=None):
  """Tells whether the monitor asks for the end after a step."""
  values = tf.train.SessionRunValues(
      [np.float32(loss), np.int64(step), terms or {}], None, None)
  context = Context()
  monitor.after_run(context, values)
  return context.is_stopped


def test_progress_is_told_step_and_loss(tmp_path):
  shown = Shown()
  monitor = hooks.TrainingMonitor("loss", "step", shown, str(tmp_path))
  assert monitor.before_run(None).fetches == ["loss", "step", {}]
  after_run(monitor, 1234.56, 1)
  after_run(monitor, -.5, 3)
  assert shown.calls == [(1, "loss 1235"), (3, "loss -0.5")]


@pytest.mark.parametrize("broken", range(3))
def test_no_weight_that_is_not_finite_is_saved(broken, tmp_path):
  with tf.Graph().as_default(), tf.Session() as session:
    weights = [tf.get_variable(f"w{number}", [2], use_resource=True)
               for number in range(3)]
    listener = hooks.FiniteCheckpoints(str(tmp_path))
    listener.begin()
    session.run(tf.global_variables_initializer())
    listener.before_save(session, 7)
    session.run(weights[broken].assign([1.0, np.inf]))
    with pytest.raises(hooks.DivergedError, match="not finite after step 7 "
                       rf"\(w{broken}\)"):
      listener.before_save(session, 7)


def test_of_many_broken_weights_three_are_named(tmp_path):
  with tf.Graph().as_default(), tf.Session() as session:
    for number in range(5):
      tf.get_variable(f"w{number}", initializer=np.nan, use_resource=True)
    listener = hooks.FiniteCheckpoints(str(tmp_path))
    listener.begin()
    session.run(tf.global_variables_initializer())
    with pytest.raises(hooks.DivergedError,
                       match=r"\(w0, w1, w2 and 2 more\)"):
      listener.before_save(session, 7)


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_not_finite_is_tensorflows_error_with_a_reason(
    loss, tmp_path):
  monitor = hooks.TrainingMonitor("loss", "step", Shown(), str(tmp_path))
  with pytest.raises(tf.train.NanLossDuringTrainingError) as error:
    after_run(monitor, loss, 7)
  assert str(error.value) == (
      f"The training loss is {loss} at step 7 (each of its terms is finite): "
      "training diverged. Lower the learning rate or the weights of the "
      "penalties, or check the data for values that are not finite. The last "
      "checkpoint is None.")


def test_the_terms_that_are_not_finite_are_named(tmp_path):
  monitor = hooks.TrainingMonitor("loss", "step", Shown(), str(tmp_path))
  with pytest.raises(hooks.DivergedError, match=(
      r"loss is nan at step 7 \(kl_loss is inf, penalty is nan\): ")):
    after_run(monitor, np.nan, 7, {
        "kl_loss": np.inf, "reconstruction_loss": 3.0, "penalty": np.nan})


def test_training_stops_at_the_last_step_or_beyond(tmp_path):
  monitor = hooks.TrainingMonitor(
      "loss", "step", Shown(), str(tmp_path), last_step=5)
  assert [after_run(monitor, 1.0, step) for step in (2, 4, 6)] == [
      False, False, True]


def test_batches_are_counted_in_a_part_of_a_training(tmp_path):
  monitor = hooks.TrainingMonitor("loss", "step", Shown(), str(tmp_path))
  with parts.running(parts.Part(batches=3)):
    for step in (8, 10):
      after_run(monitor, 1.0, step)
    assert parts.current().batches == 5


def test_the_progress_is_there_before_its_checkpoint(tmp_path):
  listener = hooks.SyncedCheckpoints(str(tmp_path))
  listener.before_save(None, np.int64(4))  # Not in a part: nothing.
  assert not any(tmp_path.iterdir())
  with parts.running(parts.Part(batches=3)):
    listener.before_save(None, np.int64(4))
  assert checkpoints.progress(tmp_path, 4).batches == 3
  listener.after_save(None, np.int64(4))


def test_a_step_that_does_not_advance_is_an_error(tmp_path):
  monitor = hooks.TrainingMonitor("loss", "step", Shown(), str(tmp_path))
  after_run(monitor, 1., 4)
  with pytest.raises(ValueError, match="The global step stays at 4"):
    after_run(monitor, 1., 4)
