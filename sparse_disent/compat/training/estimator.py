"""The parts of TensorFlow 1's TPUEstimator that upstream trains with.

TensorFlow 2.16 removed the original. Like the original, this one builds a graph
per call and trains it in a `MonitoredTrainingSession`, which writes checkpoints
and TensorBoard summaries. It continues from the newest checkpoint.
"""
import inspect
import os
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.common.progress import progress
from sparse_disent.compat.speed import machine
from sparse_disent.compat.speed import precision
from sparse_disent.compat.training import building
from sparse_disent.compat.training import checkpoints
from sparse_disent.compat.training import data_position
from sparse_disent.compat.training import evaluating
from sparse_disent.compat.training import hooks as compat_hooks
from sparse_disent.compat.training import loop
from sparse_disent.compat.training import parts
from sparse_disent.compat.training.run_config import InputPipelineConfig  # noqa: F401
from sparse_disent.compat.training.run_config import ModeKeys
from sparse_disent.compat.training.run_config import RunConfig
from sparse_disent.compat.training.run_config import TPUConfig  # noqa: F401
from sparse_disent.compat.training.run_config import TPUEstimatorSpec  # noqa: F401
from sparse_disent.compat.training.run_config import refuse


def check_run_config() -> None:
  """Raises an error if this machine lacks what gin's `run_config` asks for."""
  if RunConfig().reduced_precision:
    precision.check()


class TPUEstimator:
  """Trains and evaluates a `model_fn` on this machine's CPU or GPU."""

  def __init__(self, model_fn: Callable[..., TPUEstimatorSpec],
               model_dir: str | os.PathLike | None = None,
               config: RunConfig | None = None,
               params: Mapping[str, Any] | None = None,
               use_tpu: bool = False, train_batch_size: int | None = None,
               eval_batch_size: int | None = None,
               predict_batch_size: int | None = None, batch_axis: Any = None,
               eval_on_tpu: bool = True, export_to_tpu: bool = True,
               export_to_cpu: bool = True, warm_start_from: Any = None,
               embedding_config_spec: Any = None,
               export_saved_model_api_version: Any = None) -> None:
    """Creates an estimator; nothing is built or written yet.

    Args:
      model_fn: function of (features, labels, mode, params) that returns a
        `TPUEstimatorSpec`.
      model_dir: directory for checkpoints and summaries; None for the
        `model_dir` of `config`.
      config: `RunConfig`.
      params: dict handed to `model_fn` and `input_fn`, with the batch size
        added as `batch_size`.
      use_tpu: must be False.
      train_batch_size: number of observations in a training step.
      eval_batch_size: number of observations in an evaluation step.
      predict_batch_size: not used. Nor are `batch_axis`, `eval_on_tpu`,
        `export_to_tpu`, `export_to_cpu` and `export_saved_model_api_version`.
      warm_start_from: must be None.
      embedding_config_spec: must be None.

    Raises:
      ValueError: if there is no `model_dir`, or if an argument asks for what
        this estimator does not support.
    """
    if use_tpu:
      raise ValueError(
          "use_tpu must be False, got True: this estimator trains on CPU or "
          "GPU only.")
    del (predict_batch_size, batch_axis, eval_on_tpu, export_to_tpu,
         export_to_cpu, export_saved_model_api_version)
    refuse("TPUEstimator", warm_start_from=warm_start_from,
           embedding_config_spec=embedding_config_spec)
    self._model_fn = model_fn
    self._config = config or RunConfig()
    self._model_dir = _directory(model_dir or self._config.model_dir)
    self._params = dict(params or {})
    self._batch_sizes = {
        ModeKeys.TRAIN: train_batch_size, ModeKeys.EVAL: eval_batch_size}

  @property
  def model_dir(self) -> str:
    """Directory of checkpoints and summaries."""
    return self._model_dir

  @property
  def config(self) -> RunConfig:
    """The `RunConfig`."""
    return self._config

  @property
  def params(self) -> dict[str, Any]:
    """A copy of the dict `params` that the estimator was created with."""
    return dict(self._params)

  def __getattr__(self, name):
    raise AttributeError(
        f"TPUEstimator.{name} is not in the stand-in that sparse_disent has "
        "for TensorFlow 1's: it trains and evaluates. Read weights with "
        "tf.train.load_checkpoint(model_dir), and predict with the module that "
        "gaussian_encoder_model.export_as_tf_hub writes.", name=name, obj=self)

  def latest_checkpoint(self) -> str | None:
    """Returns the path of the newest checkpoint, or None."""
    return checkpoints.latest(self._model_dir)

  def train(self, input_fn: Callable[..., Any],
            hooks: Sequence[Any] | None = None, steps: int | None = None,
            max_steps: int | None = None,
            saving_listeners: Sequence[Any] | None = None) -> "TPUEstimator":
    """Trains from the newest checkpoint, or from scratch where there is none.

    Args:
      input_fn: function of `params`, or of nothing, that returns features, or
        (features, labels), or a data set of either.
      hooks: further `SessionRunHook`s.
      steps: number of global steps to train.
      max_steps: global step to stop at; exclusive with `steps`.
      saving_listeners: further `CheckpointSaverListener`s.

    Returns:
      The estimator.

    Within a part of a training (see `parts`), `steps` counts from the end of
    the call before, also if another part made that call; and data and noise go
    on where the checkpoint was saved.

    Raises:
      DivergedError: if the loss is not finite.
      KeyboardInterrupt: if a signal ended the training; a checkpoint is saved.
      ValueError: if the `RunConfig` asks for reduced precision and this
        machine cannot train in it, if no checkpoint can be read, or if the data
        cannot be read any more; then a checkpoint is saved.
    """
    if self._config.reduced_precision:
      precision.check()
    machine.keep_memory()
    start = checkpoints.step_of(checkpoints.settle(self._model_dir))
    part = parts.current()
    if part is not None and start != part.step:
      part.begin_at(start, checkpoints.progress(self._model_dir, start))
    last_step = max_steps if steps is None else steps + (
        start if part is None else part.ends.get(self._model_dir, 0))
    if part is not None and last_step is not None:
      part.ends[self._model_dir] = last_step
    if last_step is not None and last_step <= start:
      if part is not None:  # What gin records of a training is read here.
        with tf.Graph().as_default(), parts.reading_from(part.batches):
          self._build(input_fn, ModeKeys.TRAIN)
      return self
    with tf.Graph().as_default():
      with parts.reading_from(
          part.batches if part is not None else 0) as position:
        spec = self._build(input_fn, ModeKeys.TRAIN)
      seeking = ([] if position.is_taken or not position.batch
                 else [data_position.SeekBatch(position.batch)])
      with progress(last_step, "training", initial=start) as shown:
        loop.run(spec, loop.Settings(
            model_dir=self._model_dir, config=self._config,
            session_config=self._training_config(), last_step=last_step,
            hooks=[*seeking, *(hooks or ())],
            listeners=saving_listeners or ()), shown)
    return self

  def evaluate(self, input_fn: Callable[..., Any], steps: int | None = None,
               hooks: Sequence[Any] | None = None,
               checkpoint_path: str | None = None,
               name: str | None = None) -> dict[str, np.generic]:
    """Averages loss and metrics over the data of `input_fn`.

    Args:
      input_fn: as for `train`; evaluation ends with its data.
      steps: largest number of batches; None for all.
      hooks: further `SessionRunHook`s.
      checkpoint_path: checkpoint to evaluate; None for the newest one.
      name: suffix of the summaries' directory, which is `eval_{name}`; `eval`
        if None.

    Returns:
      Dict with `loss`, `global_step` and the metrics, as NumPy scalars.

    Raises:
      DivergedError: if the average loss is not finite.
      ValueError: if there is no checkpoint.
    """
    checkpoint_path = checkpoint_path or self.latest_checkpoint()
    if not checkpoint_path:
      raise ValueError(
          f"No checkpoint to evaluate in model_dir '{self._model_dir}': train "
          "the model first, or give checkpoint_path.")
    with tf.Graph().as_default():
      spec = self._build(input_fn, ModeKeys.EVAL)
      values, update_op = evaluating.metrics_of(spec)
      creator = tf.train.ChiefSessionCreator(
          scaffold=spec.scaffold_fn() if spec.scaffold_fn
          else tf.train.Scaffold(), config=self._session_config(),
          checkpoint_filename_with_path=checkpoint_path)
      run_hooks = [*(spec.evaluation_hooks or ()), *(hooks or [])]
      with progress(steps, "evaluating", unit="batches") as shown, \
          tf.train.MonitoredSession(creator, hooks=run_hooks) as session:
        results = evaluating.run(session, values, update_op, steps, shown)
    if not np.isfinite(results["loss"]):
      raise compat_hooks.DivergedError(
          f"The evaluation loss of {checkpoint_path} is {results['loss']}: "
          "the model diverged in training, or the data have values that are "
          "not finite.")
    evaluating.write_summary(results, os.path.join(
        self._model_dir, f"eval_{name}" if name else "eval"))
    return results

  def _build(self, input_fn, mode):
    with building.seeded(self._config.tf_random_seed):
      tf.train.get_or_create_global_step()
      params = dict(self._params, batch_size=self._batch_sizes[mode])
      features, labels = building.features_and_labels(
          input_fn(params) if inspect.signature(input_fn).parameters
          else input_fn())
      if mode == ModeKeys.TRAIN:
        features = building.after_reading_the_step(features)
      with building.quick_operations():
        return self._model_fn(features=features, **building.asked_for(
            self._model_fn, labels=labels, mode=mode, params=params,
            config=self._config))

  def _session_config(self):
    return self._config.session_config or tf.ConfigProto(
        allow_soft_placement=True)

  def _training_config(self):
    config = self._session_config()
    return (precision.reduce(config) if self._config.reduced_precision
            else config)


def _directory(model_dir):
  if model_dir is None:
    raise ValueError(
        "model_dir is None: give it to the TPUEstimator, or to its RunConfig.")
  return os.fspath(model_dir)
