"""The parts of TensorFlow 1's TPUEstimator that upstream trains with.

TensorFlow 2.16 removed the original. Like the original, this one builds a graph
per call and trains it in a `MonitoredTrainingSession`, which writes checkpoints
and TensorBoard summaries. It continues from the newest checkpoint.
"""
import contextlib
import inspect
import os
import random
import sys
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf
from tf_keras.src import backend as keras_backend

from sparse_disent.common.progress import progress
from sparse_disent.compat.speed import machine
from sparse_disent.compat.speed import precision
from sparse_disent.compat.speed import products
from sparse_disent.compat.speed import transposed
from sparse_disent.compat.training import hooks as compat_hooks
from sparse_disent.compat.training.run_config import InputPipelineConfig  # noqa: F401
from sparse_disent.compat.training.run_config import ModeKeys
from sparse_disent.compat.training.run_config import RunConfig
from sparse_disent.compat.training.run_config import TPUConfig  # noqa: F401
from sparse_disent.compat.training.run_config import TPUEstimatorSpec  # noqa: F401
from sparse_disent.compat.training.run_config import refuse

# Key of a collection of training graphs. It holds one tensor: the global step,
# read before the model gets the batch, so before any optimizer advances it.
STEP_OF_BATCH = "step_of_batch"

# Functions without arguments, called in the graph of the evaluated model. Each
# returns a dict from names to scalar tensors; their means join the results.
EVALUATION_SCALARS = []


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
    return tf.train.latest_checkpoint(self._model_dir)

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

    Raises:
      DivergedError: if the loss is not finite.
      ValueError: if the `RunConfig` asks for reduced precision and this
        machine cannot train in it.
    """
    if self._config.reduced_precision:
      precision.check()
    machine.keep_memory()
    with tf.Graph().as_default():
      spec = self._build(input_fn, ModeKeys.TRAIN)
      start = _step_of(self.latest_checkpoint())
      last_step = max_steps if steps is None else start + steps
      if last_step is not None and last_step <= start:
        return self
      with progress(last_step, "training", initial=start) as shown:
        self._run_training(spec, last_step, hooks, saving_listeners, shown)
    return self

  def _run_training(self, spec, last_step, hooks, listeners, shown):
    with tf.control_dependencies([spec.train_op, *_host_call(spec)]):
      step = tf.train.get_global_step().read_value()
    scaffold = self._scaffold(spec)
    # The monitor comes before the saver, so that it stops a training that
    # diverged before its weights are saved.
    run_hooks = [
        compat_hooks.TrainingMonitor(spec.loss, step, shown, self._model_dir),
        *(spec.training_hooks or ()), *(hooks or []),
        tf.train.CheckpointSaverHook(
            self._model_dir, **self._config.checkpoint_interval(),
            scaffold=scaffold,
            listeners=[compat_hooks.FiniteCheckpoints(self._model_dir),
                       *(listeners or [])])]
    if last_step is not None:
      run_hooks.append(tf.train.StopAtStepHook(last_step=last_step))
    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=self._model_dir,
        scaffold=scaffold,
        hooks=run_hooks,
        save_checkpoint_secs=None,
        save_checkpoint_steps=None,
        save_summaries_steps=self._config.save_summary_steps,
        log_step_count_steps=self._config.log_step_count_steps,
        config=self._training_config()) as session:
      interrupted = _run_until_stopped(session, step)
    if interrupted:
      print(f"Interrupted. What was trained is in {self.latest_checkpoint()}. "
            "To start over, run the same command with --overwrite.",
            file=sys.stderr)
      raise KeyboardInterrupt

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
      values, update_op = _metrics_of(spec)
      creator = tf.train.ChiefSessionCreator(
          scaffold=spec.scaffold_fn() if spec.scaffold_fn
          else tf.train.Scaffold(), config=self._session_config(),
          checkpoint_filename_with_path=checkpoint_path)
      run_hooks = [*(spec.evaluation_hooks or ()), *(hooks or [])]
      with progress(steps, "evaluating", unit="batches") as shown, \
          tf.train.MonitoredSession(creator, hooks=run_hooks) as session:
        results = _run_evaluation(session, values, update_op, steps, shown)
    if not np.isfinite(results["loss"]):
      raise compat_hooks.DivergedError(
          f"The evaluation loss of {checkpoint_path} is {results['loss']}: "
          "the model diverged in training, or the data have values that are "
          "not finite.")
    self._write_summary(results, name)
    return results

  def _build(self, input_fn, mode):
    with _seeded(self._config.tf_random_seed):
      tf.train.get_or_create_global_step()
      params = dict(self._params, batch_size=self._batch_sizes[mode])
      features, labels = _features_and_labels(
          input_fn(params) if inspect.signature(input_fn).parameters
          else input_fn())
      if mode == ModeKeys.TRAIN:
        features = _after_reading_the_step(features)
      with quick_operations():
        return self._model_fn(features=features, **_asked_for(
            self._model_fn, labels=labels, mode=mode, params=params,
            config=self._config))

  def _scaffold(self, spec):
    given = spec.scaffold_fn() if spec.scaffold_fn else tf.train.Scaffold()
    saver = given.saver or tf.train.Saver(
        max_to_keep=self._config.keep_checkpoint_max, sharded=True,
        keep_checkpoint_every_n_hours=(
            self._config.keep_checkpoint_every_n_hours),
        save_relative_paths=True)
    return tf.train.Scaffold(saver=saver, copy_from_scaffold=given)

  def _session_config(self):
    return self._config.session_config or tf.ConfigProto(
        allow_soft_placement=True)

  def _training_config(self):
    config = self._session_config()
    return (precision.reduce(config) if self._config.reduced_precision
            else config)

  def _write_summary(self, results, name):
    directory = os.path.join(
        self._model_dir, f"eval_{name}" if name else "eval")
    summary = tf.Summary(value=[
        tf.Summary.Value(tag=key, simple_value=float(value))
        for key, value in results.items() if key != "global_step"])
    with tf.Graph().as_default(), tf.summary.FileWriter(directory) as writer:
      writer.add_summary(summary, int(results["global_step"]))


@contextlib.contextmanager
def quick_operations() -> Iterator[None]:
  """Makes a model that is built in this context train faster.

  It holds for the current graph; see `compat.speed.products` and
  `compat.speed.transposed`.

  Yields:
    None.
  """
  with products.quick_gradients(), transposed.quick_images():
    yield


class _IntegerRandom(random.Random):
  """A generator whose `randint` takes floats, as before Python 3.12.

  tf-keras 2.16 gives it a float.
  """

  def randint(self, a, b):
    return super().randint(int(a), int(b))


@contextlib.contextmanager
def _seeded(seed):
  """Seeds the current graph, and the initial weights of tf-keras layers.

  In TensorFlow 1 the graph's seed was enough. tf-keras draws the seed of an
  initializer from a generator of the process instead. The public function that
  seeds this generator also seeds `random` and `numpy.random` of the process.
  """
  tf.set_random_seed(seed)
  generators = keras_backend._SEED_GENERATOR
  before = getattr(generators, "generator", None)
  generators.generator = _IntegerRandom(seed)
  try:
    yield
  finally:
    generators.generator = before


def _directory(model_dir):
  if model_dir is None:
    raise ValueError(
        "model_dir is None: give it to the TPUEstimator, or to its RunConfig.")
  return os.fspath(model_dir)


def _asked_for(model_fn, **arguments):
  """Returns the arguments that a `model_fn` takes."""
  parameters = inspect.signature(model_fn).parameters
  names = set(parameters)
  if any(each.kind == each.VAR_KEYWORD for each in parameters.values()):
    names |= {"labels", "mode", "params"}  # `config` has to be named.
  return {name: value for name, value in arguments.items() if name in names}


def _host_call(spec):
  """Returns the tensors of the host call, which each training step computes."""
  if spec.host_call is None:
    return []
  function, tensors = spec.host_call
  return tf.nest.flatten(function(**tensors) if isinstance(tensors, dict)
                         else function(*tensors))


def _run_until_stopped(session, step):
  """Trains, and returns whether Ctrl-C stopped it.

  Ctrl-C is caught here so that the session ends in order and saves the weights.
  """
  try:
    while not session.should_stop():
      session.run(step)
  except KeyboardInterrupt:
    return True
  return False


def _step_of(checkpoint):
  """Returns the global step of a checkpoint; 0 for None."""
  if not checkpoint:
    return 0
  return int(tf.train.load_checkpoint(checkpoint).get_tensor("global_step"))


def _features_and_labels(inputs):
  if isinstance(inputs, tf.data.Dataset):
    inputs = tf.data.make_one_shot_iterator(inputs).get_next()
  if isinstance(inputs, tuple):
    features, labels = inputs
    return features, labels
  return inputs, None


def _after_reading_the_step(features):
  """Makes features wait until the global step has been read.

  With two optimizers, as in FactorVAE, one of them may advance the step before
  all parts of the model have read it.
  """
  step = tf.train.get_global_step().read_value()
  tf.add_to_collection(STEP_OF_BATCH, step)
  with tf.control_dependencies([step]):
    return tf.nest.map_structure(tf.identity, features)


def _metrics_of(spec):
  """Returns the dict of metric values and the op that updates them all."""
  metrics = {"loss": tf.metrics.mean(spec.loss)}
  if spec.eval_metrics is not None:
    metric_fn, tensors = spec.eval_metrics
    metrics.update(metric_fn(**tensors) if isinstance(tensors, dict)
                   else metric_fn(*tensors))
  for scalars in EVALUATION_SCALARS:
    metrics.update({name: tf.metrics.mean(value)
                    for name, value in scalars().items()})
  values = {name: value for name, (value, _) in metrics.items()}
  values["global_step"] = tf.train.get_global_step()
  return values, tf.group(*[update for _, update in metrics.values()])


def _run_evaluation(session, values, update_op, steps, shown):
  batches = 0
  while steps is None or batches < steps:
    try:
      session.run(update_op)
    except tf.errors.OutOfRangeError:
      break
    batches += 1
    shown.update_to(batches)
  return session.run_step_fn(
      lambda step_context: step_context.session.run(values))
