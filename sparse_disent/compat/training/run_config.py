"""Configuration of TensorFlow 1's TPUEstimator, and what models return to it.

Parameters and their order are TensorFlow 1.15's. A parameter that is not used
here is either accepted with any value, or must be None or empty.
"""
import dataclasses
import enum
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import gin


class ModeKeys:
  """The three modes a `model_fn` is called in."""

  TRAIN = "train"
  EVAL = "eval"
  PREDICT = "infer"


class InputPipelineConfig(enum.IntEnum):
  """Ways in which input reaches TPUs; not used."""

  PER_SHARD_V1 = 1
  PER_HOST_V1 = 2
  PER_HOST_V2 = 3
  BROADCAST = 4
  SLICED = 5


@dataclasses.dataclass(frozen=True)
class TPUConfig:
  """Settings for TPUs; accepted with any value, and not used."""

  iterations_per_loop: int = 2
  num_shards: Any = None
  num_cores_per_replica: Any = None
  per_host_input_for_training: Any = True
  tpu_job_name: Any = None
  initial_infeed_sleep_secs: Any = None
  input_partition_dims: Any = None
  eval_training_input_configuration: Any = InputPipelineConfig.PER_HOST_V1
  experimental_host_call_every_n_steps: int = 1


# Settings that gin binds override what upstream passes.
_BOUND = ("keep_checkpoint_max", "save_checkpoints_secs",
          "save_checkpoints_steps", "log_step_count_steps")
_LEAST_KEPT = 2


@gin.configurable("run_config", allowlist=["reduced_precision", *_BOUND])
@dataclasses.dataclass(frozen=True)
class RunConfig:
  """Settings of training; names and defaults are TensorFlow 1's.

  Upstream creates it. What gin binds goes before what upstream passes.

  Attributes:
    tpu_config: a `TPUConfig`; not used.
    evaluation_master: must be None or empty, as training runs on this machine.
    master: must be None or empty.
    cluster: must be None or empty.
    model_dir: directory for checkpoints, if the estimator is given none.
    tf_random_seed: graph-level seed, set before the input and the model.
    save_summary_steps: steps between two summaries.
    save_checkpoints_steps: steps between two checkpoints, or None.
    save_checkpoints_secs: seconds between two checkpoints, or None. If
      `save_checkpoints_steps` is None, too, there are 600.
    session_config: a `ConfigProto`, or None for soft placement only.
    keep_checkpoint_max: number of checkpoints to keep; None or 0 for all. If
      gin does not bind it, at least 2: where the newest one is damaged, a
      training continues from the one before. Upstream passes 1.
    keep_checkpoint_every_n_hours: hours between two checkpoints that are kept
      for good.
    log_step_count_steps: steps between two `global_step/sec` summaries.
    train_distribute: must be None or empty.
    device_fn: must be None or empty.
    protocol: must be None or empty.
    eval_distribute: must be None or empty.
    experimental_distribute: must be None or empty.
    experimental_max_worker_delay_secs: must be None or empty.
    session_creation_timeout_secs: not used.
    reduced_precision: whether to train in bfloat16, see
      `compat.speed.precision`; evaluation and export stay float32.
  """

  tpu_config: TPUConfig | None = None
  evaluation_master: str | None = None
  master: str | None = None
  cluster: Any = None
  _: dataclasses.KW_ONLY
  model_dir: Any = None
  tf_random_seed: int = 1
  save_summary_steps: int = 100
  save_checkpoints_steps: int | None = None
  save_checkpoints_secs: int | None = None
  session_config: Any = None
  keep_checkpoint_max: int = 5
  keep_checkpoint_every_n_hours: int = 10_000
  log_step_count_steps: int = 100
  train_distribute: Any = None
  device_fn: Any = None
  protocol: Any = None
  eval_distribute: Any = None
  experimental_distribute: Any = None
  experimental_max_worker_delay_secs: Any = None
  session_creation_timeout_secs: int = 7200
  reduced_precision: bool = False

  def __post_init__(self):
    self._use_bound()
    refuse("RunConfig", **{name: getattr(self, name) for name in (
        "evaluation_master", "master", "cluster", "train_distribute",
        "device_fn", "protocol", "eval_distribute", "experimental_distribute",
        "experimental_max_worker_delay_secs")})
    if None not in (self.save_checkpoints_steps, self.save_checkpoints_secs):
      raise ValueError(
          "RunConfig has save_checkpoints_steps "
          f"({self.save_checkpoints_steps}) and save_checkpoints_secs "
          f"({self.save_checkpoints_secs}): give one of them.")

  def _use_bound(self):
    bound = gin.get_bindings("run_config")
    values = {name: bound[name] for name in _BOUND if name in bound}
    for name, least in (("keep_checkpoint_max", 0),
                        ("save_checkpoints_secs", 0),
                        ("save_checkpoints_steps", 1),
                        ("log_step_count_steps", 1)):
      _check_count(f"run_config.{name}", values.get(name), least)
    if self.keep_checkpoint_max:
      values.setdefault(
          "keep_checkpoint_max", max(_LEAST_KEPT, self.keep_checkpoint_max))
    if _BOUND[1] in values or _BOUND[2] in values:
      values = {_BOUND[1]: None, _BOUND[2]: None, **values}
    for name, value in values.items():
      object.__setattr__(self, name, value)

  def checkpoint_interval(self) -> dict[str, int]:
    """Returns the saving interval, as arguments of `CheckpointSaverHook`."""
    if self.save_checkpoints_steps is not None:
      return {"save_steps": self.save_checkpoints_steps}
    return {"save_secs": 600 if self.save_checkpoints_secs is None
            else self.save_checkpoints_secs}


def _check_count(name, value, least):
  if value is not None and (isinstance(value, bool) or not isinstance(
      value, (int, float) if name.endswith("_secs") else int)
                            or not value >= least):
    raise ValueError(
        f"{name} must be None or a number of at least {least}, got {value!r}.")


def refuse(owner: str, **arguments: Any) -> None:
  """Refuses arguments that are not supported, unless they are None or empty.

  Args:
    owner: name of the class or function that got the arguments.
    **arguments: the arguments that are not supported.

  Raises:
    ValueError: if one of them is neither None nor "".
  """
  for name, value in arguments.items():
    if value not in (None, ""):
      raise ValueError(
          f"{owner} got {name}={value!r}, which sparse_disent's stand-in for "
          "TensorFlow 1's does not have: leave it out. It trains on this "
          "machine; weights to start from are read in the model_fn, by "
          "tf.train.init_from_checkpoint.")


@dataclasses.dataclass(frozen=True)
class TPUEstimatorSpec:
  """The result of a `model_fn`.

  Attributes:
    mode: one of `ModeKeys`.
    predictions: not used, as there are no predictions here.
    loss: scalar tensor.
    train_op: op of one training step; mode TRAIN only.
    eval_metrics: (metric_fn, tensors); `metric_fn(*tensors)` returns a dict
      from names to (value, update_op) pairs; mode EVAL only.
    export_outputs: not used; models are exported as TF1 hub modules.
    scaffold_fn: function without arguments that returns a `tf.train.Scaffold`.
    host_call: (function, tensors); what `function(*tensors)` returns is
      computed with each training step.
    training_hooks: hooks to run in training.
    evaluation_hooks: hooks to run in evaluation.
    prediction_hooks: not used.
  """

  mode: str
  predictions: Any = None
  loss: Any = None
  train_op: Any = None
  eval_metrics: tuple[Callable, Any] | None = None
  export_outputs: Any = None
  scaffold_fn: Callable | None = None
  host_call: tuple[Callable, Any] | None = None
  training_hooks: Sequence[Any] | None = None
  evaluation_hooks: Sequence[Any] | None = None
  prediction_hooks: Sequence[Any] | None = None
