"""The training loop: a session with its hooks, and orderly ends of it."""
import dataclasses
import re
import sys
from collections.abc import Sequence
from typing import Any

import tensorflow.compat.v1 as tf

from sparse_disent.common import stopping
from sparse_disent.compat.training import building
from sparse_disent.compat.training import checkpoints
from sparse_disent.compat.training import hooks as compat_hooks
from sparse_disent.compat.training import loss_terms
from sparse_disent.compat.training import noise_position
from sparse_disent.compat.training import parts
from sparse_disent.compat.training import summary_tags
from sparse_disent.compat.training.run_config import RunConfig


@dataclasses.dataclass(frozen=True)
class Settings:
  """Settings of one call of `run`.

  Attributes:
    model_dir: directory for checkpoints and summaries.
    config: `RunConfig`.
    session_config: `ConfigProto` of the session.
    last_step: global step to stop at; None for none.
    hooks: further `SessionRunHook`s.
    listeners: further `CheckpointSaverListener`s.
  """

  model_dir: str
  config: RunConfig
  session_config: tf.ConfigProto
  last_step: int | None
  hooks: Sequence[Any] = ()
  listeners: Sequence[Any] = ()


def run(spec: Any, settings: Settings, shown: Any) -> None:
  """Trains the model of the current graph, and saves it however that ends.

  Args:
    spec: `TPUEstimatorSpec`.
    settings: a `Settings`.
    shown: `sparse_disent.common.progress.progress` to update.

  Raises:
    DivergedError: if loss or weights are not finite.
    KeyboardInterrupt: if a signal ended the training.
    ValueError: if the data cannot be read any more.
  """
  summary_tags.agree_with_evaluation(spec.loss)
  with tf.control_dependencies([spec.train_op, *building.host_call(spec)]):
    step = tf.train.get_global_step().read_value()
  scaffold = _scaffold(spec, settings.config)
  hooks = _hooks(spec, settings, step, scaffold, shown)
  part = parts.current()
  if part is not None:
    part.before_first_step()
  ended_by = None  # The session itself takes the end of the data as its end.
  with tf.train.MonitoredTrainingSession(
      checkpoint_dir=settings.model_dir,
      scaffold=scaffold,
      hooks=hooks,
      save_checkpoint_secs=None,
      save_checkpoint_steps=None,
      save_summaries_steps=settings.config.save_summary_steps,
      log_step_count_steps=settings.config.log_step_count_steps,
      config=settings.session_config) as session:
    ended_by = _run_until_stopped(session, step)
  if ended_by is not None:
    _explain(ended_by, settings.model_dir)


def _hooks(spec, settings, step, scaffold, shown):
  # The monitor comes before the saver, so that it stops a training that
  # diverged before its weights are saved.
  hooks = [
      compat_hooks.TrainingMonitor(
          spec.loss, step, shown, settings.model_dir,
          loss_terms.find(spec.loss), settings.last_step),
      *(spec.training_hooks or ()), *settings.hooks,
      *(make() for make in compat_hooks.TRAINING_HOOKS),
      compat_hooks.CheckpointSaver(
          settings.model_dir, **settings.config.checkpoint_interval(),
          scaffold=scaffold,
          listeners=[compat_hooks.FiniteCheckpoints(settings.model_dir),
                     compat_hooks.SyncedCheckpoints(settings.model_dir),
                     *settings.listeners])]
  part = parts.current()
  if part is not None and part.batches:
    hooks.append(noise_position.SeekNoise(step, part.batches))
  return hooks


def _scaffold(spec, config):
  given = spec.scaffold_fn() if spec.scaffold_fn else tf.train.Scaffold()
  saver = given.saver or tf.train.Saver(
      max_to_keep=config.keep_checkpoint_max, sharded=True,
      keep_checkpoint_every_n_hours=config.keep_checkpoint_every_n_hours,
      save_relative_paths=True)
  return tf.train.Scaffold(saver=saver, copy_from_scaffold=given)


def _run_until_stopped(session, step):
  """Trains; returns the signal or the error of the data that ended it, or None.

  They are caught here so that the session ends in order and saves the weights.
  """
  try:
    with stopping.unmasked():
      while not session.should_stop():
        session.run(step)
  except KeyboardInterrupt as stopped:
    return stopped
  except tf.errors.OutOfRangeError:
    raise
  except tf.errors.OpError as error:
    # An error in another operation may have come in the middle of an update.
    if not _is_of_data(error, tf.get_default_graph()):
      raise
    return error
  return None


def _is_of_data(error, graph):
  """Tells whether an error came out of the iterator over the data.

  Its message names the iterator, and before it the node that failed, which is
  not part of the graph but of a function of the data set.
  """
  types = {operation.name: operation.type
           for operation in graph.get_operations()}
  failed = set(re.findall(r"\{\{node ([^}]*)\}\}", error.message))
  named = {types.get(name) for name in
           failed | set(re.findall(r"\[\[([^\]{]*)\]\]", error.message))}
  return "IteratorGetNext" in named and all(
      types.get(name, "IteratorGetNext") == "IteratorGetNext"
      for name in failed)


def _explain(ended_by, model_dir):
  """Raises the cause; an error of the data says how to go on."""
  if isinstance(ended_by, KeyboardInterrupt):
    if parts.current() is None:  # Otherwise upstream's `train` says more.
      print("Interrupted. What was trained is in "
            f"{checkpoints.latest(model_dir)}.", file=sys.stderr)
    raise ended_by
  reason = ended_by.message.removeprefix(
      "Graph execution error:").strip().splitlines()[0]
  raise ValueError(
      f"The training data cannot be read: {reason} What was trained is in "
      f"{checkpoints.latest(model_dir)}. To go on: {parts.command()}"
      ) from ended_by
