"""TensorFlow 1's `tf.contrib`, `tf.estimator` and `tensorflow_estimator`.

These modules are gone from TensorFlow 2. Stand-ins take their place, with the
names that models built on upstream use. For any other name an error says what
to use in its place.
"""
import sys
import types
from typing import Any

import tensorflow as tf2
import tensorflow.compat.v1 as tf

from sparse_disent.compat.training import estimator

_TPU = {name: getattr(estimator, name) for name in (
    "InputPipelineConfig", "RunConfig", "TPUConfig", "TPUEstimator",
    "TPUEstimatorSpec")}
# Names of contrib.tpu and contrib.framework that have moved within TensorFlow.
_TPU_ELSEWHERE = (
    "CrossShardOptimizer", "batch_parallel", "bfloat16_scope", "core",
    "cross_replica_sum", "initialize_system", "outside_compilation",
    "replicate", "rewrite", "shard", "shutdown_system")
_FRAMEWORK_ELSEWHERE = {
    tf: ("TensorSpec", "argsort", "is_tensor", "nest", "py_func", "sort"),
    tf.train: ("create_global_step", "get_global_step",
               "get_or_create_global_step", "init_from_checkpoint",
               "list_variables", "load_checkpoint", "load_variable"),
}
# Names of tf.estimator that tf.train has, too.
_HOOKS = (
    "CheckpointSaverHook", "CheckpointSaverListener", "FeedFnHook",
    "FinalOpsHook", "GlobalStepWaiterHook", "LoggingTensorHook",
    "NanLossDuringTrainingError", "NanTensorHook", "ProfilerHook",
    "SecondOrStepTimer", "SessionRunArgs", "SessionRunContext",
    "SessionRunHook", "SessionRunValues", "StepCounterHook", "StopAtStepHook",
    "SummarySaverHook", "VocabInfo")

_SLIM = "the package tf_slim (`pip install --no-deps tf_slim`)"
_ESTIMATOR = ("tf.estimator.tpu.TPUEstimator and its TPUEstimatorSpec, which "
              "train and evaluate on a CPU or GPU")
# What to use in place of a missing name. An entry of a module is for all its
# names that have no entry of their own.
_CURES = {
    "tensorflow.contrib": "tensorflow.compat.v1, or write it yourself",
    "tensorflow.contrib.data": "tf.data",
    "tensorflow.contrib.distributions": "tensorflow_probability.distributions",
    "tensorflow.contrib.estimator": _ESTIMATOR,
    "tensorflow.contrib.framework": _SLIM,
    "tensorflow.contrib.image": "tf.image",
    "tensorflow.contrib.layers":
        f"tf.layers, which has dense, conv2d and flatten, or {_SLIM}",
    "tensorflow.contrib.losses": "tf.losses",
    "tensorflow.contrib.metrics": "tf.metrics",
    "tensorflow.contrib.opt": "tf.train",
    "tensorflow.contrib.rnn": "tf.nn.rnn_cell",
    "tensorflow.contrib.slim": _SLIM,
    "tensorflow.contrib.summary": "tf.summary",
    "tensorflow.contrib.tpu": "tf.tpu, or training on a CPU or GPU",
    "tensorflow.contrib.training": "a dataclass for HParams, and tf.train",
    "tensorflow.estimator": _ESTIMATOR,
    "tensorflow_estimator": _ESTIMATOR,
}


class StandIn(types.ModuleType):
  """A module with some of the names of a module of TensorFlow 1."""

  def __init__(self, name: str, **content: Any):
    """Puts a module with `content` in `sys.modules`."""
    super().__init__(name)
    self.__path__ = []  # A package: importing a module of it is explained.
    vars(self).update(content)
    sys.modules[name] = self

  def __getattr__(self, name: str) -> Any:
    if name.startswith("__"):  # Python itself looks it up.
      raise AttributeError(name)
    raise AttributeError(_explanation(self, name), name=name, obj=self)


def _explanation(module, name):
  cure = _CURES.get(f"{module.__name__}.{name}")
  parent = module.__name__
  while cure is None:
    cure = _CURES.get(parent)
    parent = parent.rpartition(".")[0]
  return (f"{module.__name__}.{name} is not in sparse_disent's stand-in for "
          f"TensorFlow 1's {module.__name__}: use {cure}.")


def explain_missing(name: str) -> None:
  """Raises an error if a stand-in lacks this module."""
  parent, _, child = name.rpartition(".")
  module = sys.modules.get(parent)
  if isinstance(module, StandIn):
    # Without `name`: Python would replace an error with `name` by its own.
    raise ModuleNotFoundError(_explanation(module, child))


def install() -> None:
  """Puts the stand-ins in the places of the modules of TensorFlow 1."""
  tpu = StandIn(
      "tensorflow.contrib.tpu", **_TPU,
      **{name: getattr(tf.tpu, name) for name in _TPU_ELSEWHERE})
  framework = StandIn(
      "tensorflow.contrib.framework",
      assign_from_checkpoint_fn=_assign_from_checkpoint_fn,
      **{name: getattr(module, name)
         for module, names in _FRAMEWORK_ELSEWHERE.items() for name in names})
  _packages("tensorflow.contrib.tpu.python.tpu", tpu_config=tpu,
            tpu_estimator=tpu)
  _place("contrib", StandIn("tensorflow.contrib", tpu=tpu, framework=framework))
  # Upstream's repository also names the package that contrib.tpu came from.
  StandIn("tensorflow_estimator")
  _packages("tensorflow_estimator.python.estimator.tpu", tpu_config=tpu,
            tpu_estimator=tpu)
  if not hasattr(tf2, "estimator"):
    _place("estimator", StandIn(
        "tensorflow.estimator", ModeKeys=estimator.ModeKeys,
        RunConfig=estimator.RunConfig,
        tpu=StandIn("tensorflow.estimator.tpu", **_TPU),
        **{name: getattr(tf.train, name) for name in _HOOKS}))


def _place(name, module):
  """Adds a module to `tensorflow` and to `tensorflow.compat.v1`."""
  for parent in (tf2, tf):
    setattr(parent, name, module)
  for path, known in list(sys.modules.items()):
    if path.startswith(module.__name__) and isinstance(known, StandIn):
      child = path.removeprefix("tensorflow.")
      sys.modules[f"tensorflow.compat.v1.{child}"] = known


def _packages(name, **content):
  """Makes a package with `content`, and the missing packages above it."""
  module = StandIn(name, **content)
  for child, value in content.items():
    sys.modules[f"{name}.{child}"] = value
  parent, _, child = name.rpartition(".")
  if parent in sys.modules:
    setattr(sys.modules[parent], child, module)
  else:
    _packages(parent)
    setattr(sys.modules[parent], child, module)


def _assign_from_checkpoint_fn(model_path, var_list, ignore_missing_vars=False,
                               reshape_variables=False):
  """Returns a function of a session that restores `var_list` from a path."""
  if isinstance(var_list, (list, tuple)):
    var_list = {variable.op.name: variable for variable in var_list}
  if ignore_missing_vars:
    there = tf.train.load_checkpoint(model_path).get_variable_to_shape_map()
    var_list = {name: variable for name, variable in var_list.items()
                if name in there}
  saver = tf.train.Saver(var_list, reshape=reshape_variables)
  return lambda session: saver.restore(session, model_path)
