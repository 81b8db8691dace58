"""Modules and names of TensorFlow 1 that TensorFlow 2 no longer has."""
import sys
import types

import tensorflow as tf
import tf_keras.api._v1.keras as keras_v1
import tf_keras.api._v1.keras.__internal__.legacy.layers as legacy_layers

from sparse_disent.compat import estimator


def install():
  """Adds the missing names; TensorFlow 2 code in the process is untouched."""
  _add_contrib()
  _add_estimator()
  _add_hub()
  # Upstream's `tf` is tensorflow.compat.v1, where Keras 3 has no layers left.
  # `tf.keras` of TensorFlow 2 code stays what it was.
  tf.compat.v1.keras = keras_v1
  tf.compat.v1.layers = legacy_layers


def _add_contrib():
  contrib = types.ModuleType("tensorflow.contrib")
  contrib.tpu = types.ModuleType("tensorflow.contrib.tpu")
  contrib.framework = types.ModuleType("tensorflow.contrib.framework")
  for name in ("RunConfig", "TPUConfig", "TPUEstimator", "TPUEstimatorSpec"):
    setattr(contrib.tpu, name, getattr(estimator, name))
  contrib.framework.assign_from_checkpoint_fn = _assign_from_checkpoint_fn
  for module in (contrib, contrib.tpu, contrib.framework):
    sys.modules[module.__name__] = module
  # Upstream's repository also names the package that contrib.tpu came from.
  for name in ("", ".python", ".python.estimator", ".python.estimator.tpu"):
    sys.modules[f"tensorflow_estimator{name}"] = types.ModuleType(
        f"tensorflow_estimator{name}")
  tpu = sys.modules["tensorflow_estimator.python.estimator.tpu"]
  tpu.tpu_config = tpu.tpu_estimator = contrib.tpu
  for name in ("tpu_config", "tpu_estimator"):
    sys.modules[f"{tpu.__name__}.{name}"] = contrib.tpu


def _assign_from_checkpoint_fn(model_path, var_list):
  """Returns a function of a session that restores `var_list` from a path."""
  saver = tf.compat.v1.train.Saver(var_list)
  return lambda session: saver.restore(session, model_path)


def _add_estimator():
  """gin.tf and upstream need two names of the removed `tf.estimator`."""
  if hasattr(tf, "estimator"):
    return
  module = types.ModuleType("tensorflow.estimator")
  module.ModeKeys = estimator.ModeKeys
  module.SessionRunHook = tf.compat.v1.train.SessionRunHook
  tf.estimator = module
  tf.compat.v1.estimator = module


def _add_hub():
  """tensorflow_hub 0.13 dropped the TF1 modules; compat.hub has them."""
  from sparse_disent.compat import hub
  with _pkg_resources_stub():
    import tensorflow_hub
  for name in ("Module", "add_signature", "create_module_spec",
               "eval_function_for_module", "load_module_spec"):
    if not hasattr(tensorflow_hub, name):
      setattr(tensorflow_hub, name, getattr(hub, name))


class _pkg_resources_stub:
  """Lends tensorflow_hub the one function of setuptools that it asks for.

  setuptools 81 dropped pkg_resources, and older ones warn when it is imported.
  """

  def __enter__(self):
    self._lent = "pkg_resources" not in sys.modules
    if self._lent:
      from packaging import version
      stub = types.ModuleType("pkg_resources")
      stub.parse_version = version.parse
      sys.modules["pkg_resources"] = stub

  def __exit__(self, *unused_error):
    if self._lent:
      del sys.modules["pkg_resources"]
