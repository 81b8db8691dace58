import json
import os
import subprocess
import sys

import pytest

from sparse_disent.compat import startup

LOADED = """
import json, os, sys
sys.argv = [{program!r}]
from disentanglement_lib.methods.unsupervised import train
import tensorflow as tf
loaded = [name for name in ("keras.src", "tensorflow_probability.python")
          if name in sys.modules]
keras = tf.keras.layers.Dense.__module__.split(".")[0]
print(json.dumps([loaded, keras, os.environ.get("TF_USE_LEGACY_KERAS")]))
"""
USED = """
import numpy as np
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.shared import losses
import tensorflow_probability
images = np.random.RandomState(0).rand(3, 64, 64, 1).astype(np.float32)
with tf.Graph().as_default(), tf.Session() as session:
  # The branch of upstream's that uses TensorFlow Probability.
  plain, less = [session.run(losses.bernoulli_loss(
      tf.constant(images), tf.zeros([3, 4096]), "logits", flag))
      for flag in (False, True)]
entropy = -(images * np.log(images) + (1 - images) * np.log(1 - images))
np.testing.assert_allclose(plain - less, entropy.sum((1, 2, 3)), rtol=1e-3)
print(type(tensorflow_probability).__name__,
      losses.tfp.distributions is tensorflow_probability.distributions)
"""


def run(code, cwd, **environment):
  environment = {**os.environ, **environment}
  result = subprocess.run([sys.executable, "-c", code], cwd=cwd, text=True,
                          capture_output=True, check=False, env=environment)
  assert result.returncode == 0, result.stderr
  return result.stdout


@pytest.mark.parametrize("program, setting, expected", [
    ("/usr/bin/dlib_train", None, [[], "tf_keras", "1"]),
    ("/usr/bin/dlib_train", "0", [["keras.src"], "keras", "0"]),
    ("my_dlib_train.py", None, [["keras.src"], "keras", None])])
def test_what_a_program_loads(tmp_path, monkeypatch, program, setting,
                              expected):
  monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
  settings = {"TF_USE_LEGACY_KERAS": setting} if setting else {}
  assert json.loads(run(
      LOADED.format(program=program), tmp_path, **settings)) == expected


def test_what_was_not_loaded_works(tmp_path):
  assert run(USED, tmp_path) == "module True\n"


def test_lent_module_is_imported_when_used(tmp_path, monkeypatch):
  (tmp_path / "slow_module.py").write_text("imported = True\n")
  monkeypatch.syspath_prepend(tmp_path)
  startup.lend("slow_module")
  import slow_module as stand_in
  startup.take_back("slow_module")
  assert "slow_module" not in sys.modules
  assert stand_in.imported
  real = sys.modules.pop("slow_module")
  assert real is not stand_in
  with pytest.raises(AttributeError, match="no attribute 'missing'"):
    _ = stand_in.missing
  sys.modules.pop("slow_module")


def test_loaded_modules_are_not_lent():
  startup.lend("json")
  startup.take_back("json")
  assert sys.modules["json"] is json
  startup.take_back("not_there")
