import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.compat.training import hooks


class Shown:
  """Keeps what a progress display is told."""

  def __init__(self):
    self.calls = []

  def update_to(self, count, postfix=""):
    self.calls.append((count, postfix))


def after_run(monitor, loss, step):
  values = tf.train.SessionRunValues([np.float32(loss), np.int64(step)], None,
                                     None)
  monitor.after_run(None, values)


def test_progress_is_told_step_and_loss(tmp_path):
  shown = Shown()
  monitor = hooks.TrainingMonitor("loss", "step", shown, str(tmp_path))
  assert monitor.before_run(None).fetches == ["loss", "step"]
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
    with pytest.raises(hooks.DivergedError, match="not finite after step 7"):
      listener.before_save(session, 7)


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_not_finite_is_tensorflows_error_with_a_reason(
    loss, tmp_path):
  monitor = hooks.TrainingMonitor("loss", "step", Shown(), str(tmp_path))
  with pytest.raises(tf.train.NanLossDuringTrainingError) as error:
    after_run(monitor, loss, 7)
  assert str(error.value) == (
      f"The training loss is {loss} at step 7: training diverged. Lower the "
      "learning rate or the weights of the penalties, or check the data for "
      "values that are not finite. The last checkpoint is None.")


def test_a_step_that_does_not_advance_is_an_error(tmp_path):
  monitor = hooks.TrainingMonitor("loss", "step", Shown(), str(tmp_path))
  after_run(monitor, 1., 4)
  with pytest.raises(ValueError, match="The global step stays at 4"):
    after_run(monitor, 1., 4)
