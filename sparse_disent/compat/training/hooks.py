"""Hooks of a training run: divergence and progress."""
import numpy as np
import tensorflow.compat.v1 as tf


class DivergedError(tf.train.NanLossDuringTrainingError):
  """TensorFlow's error for a loss that is not finite, with its reason."""

  def __str__(self):
    return RuntimeError.__str__(self)


class FiniteCheckpoints(tf.train.CheckpointSaverListener):
  """Keeps weights that are not finite out of the checkpoints.

  The loss of a step is that of the weights before it; the weights after it may
  have diverged unseen.
  """

  def __init__(self, model_dir):
    """Creates the listener; `model_dir` is named in the message."""
    self._model_dir = model_dir

  def begin(self):
    """Adds the check to the graph."""
    self._finite = tf.reduce_all([
        tf.reduce_all(tf.is_finite(variable.read_value()))
        for variable in tf.trainable_variables()])

  def before_save(self, session, global_step_value):
    """Raises a DivergedError instead of saving weights that are not finite."""
    if not session.run(self._finite):
      raise DivergedError(_diverged(
          "Some weights are not finite after", global_step_value,
          self._model_dir))


def _diverged(what, step, model_dir):
  return (
      f"{what} step {step}: training diverged. Lower the learning rate or the "
      "weights of the penalties, or check the data for values that are not "
      f"finite. The last checkpoint is {tf.train.latest_checkpoint(model_dir)}."
  )


class TrainingMonitor(tf.train.SessionRunHook):
  """Stops when the loss is not finite, and shows how far training is."""

  def __init__(self, loss, step, progress, model_dir):
    """Creates the hook.

    Args:
      loss: scalar tensor.
      step: scalar tensor, the global step after the training step.
      progress: `sparse_disent.common.progress.progress` to move on.
      model_dir: directory of the checkpoints, for the message.
    """
    self._loss = loss
    self._step = step
    self._progress = progress
    self._model_dir = model_dir
    self._last_step = None

  def before_run(self, run_context):
    """Asks for the loss and the step of each call."""
    return tf.train.SessionRunArgs([self._loss, self._step])

  def after_run(self, run_context, run_values):
    """Checks loss and step, then moves the progress on.

    Raises:
      DivergedError: if the loss is not finite.
      ValueError: if the step did not advance, as training would never end.
    """
    loss, step = run_values.results
    if step == self._last_step:
      raise ValueError(
          f"The global step stays at {step}: the model's train_op does not "
          "advance it. Pass global_step=tf.train.get_global_step() to the "
          "optimizer's minimize.")
    self._last_step = step
    if not np.isfinite(loss):
      raise DivergedError(_diverged(
          f"The training loss is {loss} at", step, self._model_dir))
    self._progress.update_to(int(step), f"loss {loss:.4g}")
