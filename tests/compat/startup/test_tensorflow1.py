import subprocess
import sys

import pytest
import tensorflow_hub as hub

from sparse_disent.compat.hub import modules as compat_hub


@pytest.mark.parametrize("name", compat_hub.__all__)
def test_hub_has_the_names_it_dropped(name):
  if name != "ModuleSpec":
    assert getattr(hub, name) is getattr(compat_hub, name)


def test_layers_are_keras_2_and_keras_stays_what_it_was(tmp_path):
  code = ("import tensorflow as tf; version = tf.keras.__version__;"
          "import sparse_disent; print(tf.keras.__version__ == version,"
          "tf.compat.v1.keras.__name__, hasattr(tf.compat.v1.layers, 'dense'))")
  result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True,
                          capture_output=True, check=True)
  assert result.stdout == "True tf_keras.api._v1.keras True\n"


def test_pkg_resources_is_there_for_one_import(tmp_path):
  """Setuptools may have brought in the real one, which has more in it."""
  code = ("import sys, warnings; warnings.simplefilter('error', UserWarning);"
          "import sparse_disent; sparse_disent.register();"
          "module = sys.modules.get('pkg_resources');"
          "print(module is not None and not hasattr(module, 'WorkingSet'))")
  result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True,
                          capture_output=True, check=True)
  assert result.stdout == "False\n"
