"""What watches a training run: divergence and progress."""
import numpy as np
import tensorflow.compat.v1 as tf


class DivergedError(tf.train.NanLossDuringTrainingError):
  """TensorFlow's error for a loss that is not finite, with its reason."""

  def __str__(self):
    return RuntimeError.__str__(self)


class TrainingMonitor(tf.train.SessionRunHook):
  """Stops when the loss is not finite, and shows how far training is."""

  def __init__(self, loss, step, progress, model_dir):
    """Creates the hook.

    Args:
      loss: scalar tensor.
      step: scalar tensor, the global step after the training step.
      progress: `sparse_disent.progress.progress` to move on.
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
      raise DivergedError(
          f"The training loss is {loss} at step {step}: training diverged. "
          "Lower the learning rate or the weights of the penalties, or check "
          "the data for values that are not finite. The last checkpoint is "
          f"{tf.train.latest_checkpoint(self._model_dir)}.")
    self._progress.update_to(int(step), f"loss {loss:.4g}")
