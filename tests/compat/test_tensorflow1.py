import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf2
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from tensorflow.contrib import framework as contrib_framework
from tensorflow.contrib import tpu as contrib_tpu

from sparse_disent.compat import estimator
from sparse_disent.compat import hub as compat_hub


def test_contrib_has_what_upstream_imports():
  assert contrib_tpu.TPUEstimator is estimator.TPUEstimator
  assert contrib_tpu.RunConfig(
      tpu_config=contrib_tpu.TPUConfig(iterations_per_loop=500))


def test_the_repositorys_name_for_it_works_too():
  from tensorflow_estimator.python.estimator.tpu import tpu_config
  from tensorflow_estimator.python.estimator.tpu.tpu_estimator import (
      TPUEstimatorSpec,
  )
  assert tpu_config.RunConfig is estimator.RunConfig
  assert TPUEstimatorSpec is estimator.TPUEstimatorSpec


def test_estimator_names():
  assert tf.estimator.ModeKeys.TRAIN == "train"
  assert tf2.estimator.SessionRunHook is tf.train.SessionRunHook


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


def test_pkg_resources_is_only_lent(tmp_path):
  """Setuptools may have brought in the real one, which has more in it."""
  code = ("import sys, warnings; warnings.simplefilter('error', UserWarning);"
          "import sparse_disent; sparse_disent.register();"
          "module = sys.modules.get('pkg_resources');"
          "print(module is not None and not hasattr(module, 'WorkingSet'))")
  result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True,
                          capture_output=True, check=True)
  assert result.stdout == "False\n"


def test_assign_from_checkpoint_fn_restores_under_other_names(tmp_path):
  path = str(tmp_path / "model")
  with tf.Graph().as_default(), tf.Session() as session:
    tf.get_variable("there", initializer=np.float32([1., 2.]))
    session.run(tf.global_variables_initializer())
    tf.train.Saver().save(session, path)
  with tf.Graph().as_default(), tf.Session() as session:
    here = tf.get_variable("here", [2])
    contrib_framework.assign_from_checkpoint_fn(path, {"there": here})(session)
    np.testing.assert_array_equal(session.run(here), [1., 2.])
