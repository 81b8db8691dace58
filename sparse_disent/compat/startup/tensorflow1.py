"""Modules and names of TensorFlow 1 that TensorFlow 2 no longer has."""
import sys
import types
from typing import Any

import tensorflow as tf
import tf_keras.api._v1.keras as keras_v1
import tf_keras.api._v1.keras.__internal__.legacy.layers as legacy_layers

from sparse_disent.compat.startup import contrib


def install() -> None:
  """Adds the missing names; names of TensorFlow 2 do not change."""
  contrib.install()
  _add_hub()
  # Upstream's `tf` is tensorflow.compat.v1. With Keras 3 it has no `layers`.
  # The `tf.keras` of TensorFlow 2 code does not change.
  tf.compat.v1.keras = keras_v1
  tf.compat.v1.layers = legacy_layers


def _add_hub():
  """Adds the TF1 modules, which tensorflow_hub 0.13 dropped."""
  from sparse_disent.compat.hub import modules
  with pkg_resources_stub():
    import tensorflow_hub
  for name in ("Module", "add_signature", "create_module_spec",
               "eval_function_for_module", "load_module_spec"):
    if not hasattr(tensorflow_hub, name):
      setattr(tensorflow_hub, name, getattr(modules, name))


class pkg_resources_stub:
  """Context manager that provides the one function tensorflow_hub needs.

  That function is in pkg_resources. setuptools 81 dropped pkg_resources, and
  older versions warn when it is imported.
  """

  def __enter__(self) -> None:
    self._is_stub = "pkg_resources" not in sys.modules
    if self._is_stub:
      from packaging import version
      stub: Any = types.ModuleType("pkg_resources")
      stub.parse_version = version.parse
      sys.modules["pkg_resources"] = stub

  def __exit__(self, *unused_error: object) -> None:
    if self._is_stub:
      del sys.modules["pkg_resources"]
