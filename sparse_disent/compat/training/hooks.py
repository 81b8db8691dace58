"""Hooks of a training run: divergence and progress."""
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf


class DivergedError(tf.train.NanLossDuringTrainingError):
  """Error of a training that diverged; unlike TensorFlow's, it says why."""

  def __str__(self):
    return RuntimeError.__str__(self)


class FiniteCheckpoints(tf.train.CheckpointSaverListener):
  """Keeps weights that are not finite out of the checkpoints.

  A step computes its loss before it updates the weights, so that the loss may
  be finite while the new weights are not.
  """

  def __init__(self, model_dir: str) -> None:
    """Creates the listener; `model_dir` is named in the message."""
    self._model_dir = model_dir

  def begin(self) -> None:
    """Adds the check to the graph."""
    self._finite = tf.reduce_all([
        tf.reduce_all(tf.is_finite(variable.read_value()))
        for variable in tf.trainable_variables()])

  def before_save(
      self, session: tf.Session, global_step_value: int) -> None:
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
  """Stops training when the loss is not finite, and shows its progress."""

  def __init__(self, loss: tf.Tensor, step: tf.Tensor, progress: Any,
               model_dir: str) -> None:
    """Creates the hook.

    Args:
      loss: scalar tensor.
      step: scalar tensor, the global step after the training step.
      progress: `sparse_disent.common.progress.progress` to update.
      model_dir: directory of the checkpoints, for the message.
    """
    self._loss = loss
    self._step = step
    self._progress = progress
    self._model_dir = model_dir
    self._last_step = None

  def before_run(self, run_context: Any) -> Any:
    """Returns the request to compute loss and step in each call."""
    return tf.train.SessionRunArgs([self._loss, self._step])

  def after_run(self, run_context: Any, run_values: Any) -> None:
    """Checks loss and step, then updates the progress.

    Raises:
      DivergedError: if the loss is not finite.
      ValueError: if the step did not advance; training would never end.
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
