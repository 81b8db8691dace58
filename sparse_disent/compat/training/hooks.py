"""Hooks of a training run: divergence, progress, checkpoints on disk."""
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.compat.training import checkpoints
from sparse_disent.compat.training import parts

# Functions without arguments that return a `SessionRunHook`. They are called in
# the graph of each training.
TRAINING_HOOKS: list[Callable[[], Any]] = []
_NAMED = 3  # Variables that are not finite; there may be hundreds.


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
    self._finite = {
        variable.op.name: tf.reduce_all(tf.is_finite(variable.read_value()))
        for variable in tf.trainable_variables()}

  def before_save(
      self, session: tf.Session, global_step_value: int) -> None:
    """Raises a DivergedError instead of saving weights that are not finite."""
    broken = [name for name, finite in session.run(self._finite).items()
              if not finite]
    if broken:
      names = ", ".join(broken[:_NAMED]) + (
          f" and {len(broken) - _NAMED} more" if broken[_NAMED:] else "")
      raise DivergedError(_diverged(
          "Some weights are not finite after", global_step_value, names,
          self._model_dir))


class SyncedCheckpoints(tf.train.CheckpointSaverListener):
  """Brings each checkpoint to the disk, with the progress up to it."""

  def __init__(self, model_dir: str) -> None:
    """Creates the listener of checkpoints in `model_dir`."""
    self._model_dir = model_dir

  def before_save(
      self, session: tf.Session, global_step_value: int) -> None:
    """Records the progress first, so that no checkpoint is without it."""
    part = parts.current()
    if part is not None:
      checkpoints.write_progress(
          self._model_dir, global_step_value,
          part.progress(int(global_step_value)))

  def after_save(self, session: tf.Session, global_step_value: int) -> None:
    """Syncs the new checkpoint."""
    checkpoints.sync(self._model_dir, global_step_value)


class CheckpointSaver(tf.train.CheckpointSaverHook):
  """Saves at the end also where a signal came in the middle of saving."""

  def end(self, session: tf.Session) -> None:
    """Saves the last step, unless it is the latest checkpoint."""
    super().end(session)
    step = session.run(tf.train.get_global_step())
    latest = checkpoints.latest(self._checkpoint_dir)
    if latest is None or not latest.endswith(f"-{step}"):
      self._save(session, step)


def _diverged(what, step, details, model_dir):
  return (
      f"{what} step {step} ({details}): training diverged. Lower the learning "
      "rate or the weights of the penalties, or check the data for values that "
      "are not finite. The last checkpoint is "
      f"{checkpoints.latest(model_dir)}.")


class TrainingMonitor(tf.train.SessionRunHook):
  """Stops training at the last step, or when the loss is not finite.

  It also shows and counts the progress. TensorFlow's `StopAtStepHook` may read
  the step before its update is done, and then stops one step later.
  """

  def __init__(self, loss: tf.Tensor, step: tf.Tensor, progress: Any,
               model_dir: str, terms: Mapping[str, tf.Tensor] | None = None,
               last_step: int | None = None) -> None:
    """Creates the hook.

    Args:
      loss: scalar tensor.
      step: scalar tensor, the global step after the training step.
      progress: `sparse_disent.common.progress.progress` to update.
      model_dir: directory of the checkpoints, for the message.
      terms: dict from names to scalar tensors, the terms of the loss.
      last_step: global step to stop at; None for none.
    """
    self._stop_at = last_step
    self._terms = dict(terms or {})
    self._loss = loss
    self._step = step
    self._progress = progress
    self._model_dir = model_dir
    self._last_step = None

  def before_run(self, run_context: Any) -> Any:
    """Returns the request to compute loss, step and terms in each call."""
    return tf.train.SessionRunArgs([self._loss, self._step, self._terms])

  def after_run(self, run_context: Any, run_values: Any) -> None:
    """Checks loss and step, updates the progress, and stops at the end.

    Raises:
      DivergedError: if the loss is not finite.
      ValueError: if the step did not advance; training would never end.
    """
    loss, step, terms = run_values.results
    if step == self._last_step:
      raise ValueError(
          f"The global step stays at {step}: the model's train_op does not "
          "advance it. Pass global_step=tf.train.get_global_step() to the "
          "optimizer's minimize.")
    self._last_step = step
    if not np.isfinite(loss):
      raise DivergedError(_diverged(
          f"The training loss is {loss} at", step, _broken(terms),
          self._model_dir))
    self._progress.update_to(int(step), f"loss {loss:.4g}")
    part = parts.current()
    if part is not None:
      part.count(int(step))
    if self._stop_at is not None and step >= self._stop_at:
      run_context.request_stop()


def _broken(terms):
  """Names the terms that are not finite, with their values."""
  return ", ".join(f"{name} is {value}" for name, value in terms.items()
                   if not np.isfinite(value)) or "each of its terms is finite"
