"""Modules and names of TensorFlow 1 that TensorFlow 2 no longer has."""
import sys
import types

import tensorflow as tf
import tf_keras.api._v1.keras as keras_v1
import tf_keras.api._v1.keras.__internal__.legacy.layers as legacy_layers

from sparse_disent.compat.startup import contrib


def install():
  """Adds the missing names; TensorFlow 2 code in the process is untouched."""
  contrib.install()
  _add_hub()
  # Upstream's `tf` is tensorflow.compat.v1, where Keras 3 has no layers left.
  # `tf.keras` of TensorFlow 2 code stays what it was.
  tf.compat.v1.keras = keras_v1
  tf.compat.v1.layers = legacy_layers


def _add_hub():
  """tensorflow_hub 0.13 dropped the TF1 modules; compat.hub has them."""
  from sparse_disent.compat.hub import modules
  with pkg_resources_stub():
    import tensorflow_hub
  for name in ("Module", "add_signature", "create_module_spec",
               "eval_function_for_module", "load_module_spec"):
    if not hasattr(tensorflow_hub, name):
      setattr(tensorflow_hub, name, getattr(modules, name))


class pkg_resources_stub:
  """Gives tensorflow_hub the one function of setuptools that it asks for.

  setuptools 81 dropped pkg_resources, and older ones warn when it is imported.
  """

  def __enter__(self):
    self._is_stub = "pkg_resources" not in sys.modules
    if self._is_stub:
      from packaging import version
      stub = types.ModuleType("pkg_resources")
      stub.parse_version = version.parse
      sys.modules["pkg_resources"] = stub

  def __exit__(self, *unused_error):
    if self._is_stub:
      del sys.modules["pkg_resources"]
