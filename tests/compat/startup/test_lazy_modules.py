import gc
import json
import os
import subprocess
import sys

import pytest

from sparse_disent.compat.startup import lazy_modules

SCRIPT = f"{sys.prefix}/bin/dlib_train"
OUR_SCRIPT = f"{sys.prefix}/bin/sparse-disent"
LOADED = """
import gc, json, os, sys
__file__ = {program!r}
from disentanglement_lib.methods.unsupervised import train
import tensorflow as tf
loaded = [name for name in ("keras.src", "tensorflow_probability.python")
          if name in sys.modules]
keras = tf.keras.layers.Dense.__module__.split(".")[0]
print(json.dumps([loaded, keras, os.environ.get("TF_USE_LEGACY_KERAS")]))
assert gc.isenabled()
assert (gc.get_freeze_count() > 100000) == {is_script!r}
"""
# For code that has imported `sys`. Outside scripts, Keras 3 loads scikit-learn.
NOTHING_OF_SKLEARN = """
assert not [name for name in sys.modules if name.split(".")[0] == "sklearn"]
"""
NOT_LOADED = f"""
import sys
__file__ = {SCRIPT!r}
from disentanglement_lib.methods.unsupervised import train
from disentanglement_lib.evaluation import evaluate
{NOTHING_OF_SKLEARN}
assert "tensorflow_probability" not in sys.modules
from disentanglement_lib.data.ground_truth import cars3d
from disentanglement_lib.evaluation.metrics import dci
from disentanglement_lib.evaluation.metrics import modularity_explicitness
from disentanglement_lib.evaluation.metrics import sap_score
from disentanglement_lib.evaluation.metrics import utils
"""
USED_LATER = """
model = dci.ensemble.GradientBoostingClassifier(n_estimators=3)
import numpy as np
import sklearn.ensemble
from sklearn import linear_model, metrics, model_selection, preprocessing, svm
from sklearn.utils import extmath
assert isinstance(model.estimator,
                  sklearn.ensemble.GradientBoostingClassifier)
assert (model.n_estimators, model.random_state) == (3, 0)
assert model.fit(np.eye(4), np.arange(4) % 2).predict(np.eye(4)).shape == (4,)
assert type(sap_score.svm.LinearSVC().estimator) is svm.LinearSVC
assert sap_score.svm.LinearSVC is not svm.LinearSVC
assert utils.linear_model.Lasso is linear_model.Lasso
assert utils.model_selection.KFold is model_selection.KFold
assert utils.sklearn.metrics.log_loss is metrics.log_loss
encoder = modularity_explicitness.preprocessing.MultiLabelBinarizer
assert encoder is preprocessing.MultiLabelBinarizer
assert cars3d.extmath.cartesian is extmath.cartesian
"""
LOADED_BEFORE = """
import sklearn
import sys
from disentanglement_lib.data.ground_truth import cars3d
from disentanglement_lib.evaluation.metrics import utils
assert utils.sklearn is sklearn
assert utils.model_selection is sys.modules["sklearn.model_selection"]
assert cars3d.extmath is sys.modules["sklearn.utils.extmath"]
assert utils.ensemble.GradientBoostingClassifier().random_state == 0
"""
FAILED = f"""
import sys
__file__ = {SCRIPT!r}
import sparse_disent
sparse_disent.register()
gin_tf, sys.modules["gin.tf"] = sys.modules["gin.tf"], None
try:
  import disentanglement_lib.evaluation.metrics.sap_score
except ImportError as error:
  assert "gin.tf" in str(error)
else:
  raise AssertionError("imported")
{NOTHING_OF_SKLEARN}
sys.modules["gin.tf"] = gin_tf
from disentanglement_lib.evaluation.metrics import sap_score
{NOTHING_OF_SKLEARN}
assert sap_score.svm.LinearSVC().random_state == 0
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
    (SCRIPT, None, [[], "tf_keras", "1"]),
    (SCRIPT, "0", [["keras.src"], "keras", "0"]),
    (OUR_SCRIPT, None, [[], "tf_keras", "1"]),
    ("my_dlib_train.py", None, [["keras.src"], "keras", None])])
def test_what_a_program_loads(tmp_path, monkeypatch, program, setting,
                              expected):
  monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
  settings = {"TF_USE_LEGACY_KERAS": setting} if setting else {}
  code = LOADED.format(
      program=program, is_script=program in (SCRIPT, OUR_SCRIPT))
  assert json.loads(run(code, tmp_path, **settings)) == expected


@pytest.mark.parametrize("code", [
    NOT_LOADED + NOTHING_OF_SKLEARN + USED_LATER, LOADED_BEFORE, FAILED],
    ids=["used later", "loaded before", "failed import"])
def test_scikit_learn(tmp_path, code):
  run(code, tmp_path)


def test_what_was_not_loaded_works(tmp_path):
  assert run(USED, tmp_path) == "module True\n"


@pytest.mark.parametrize("name", ["dlib_train", "my_training.py"])
def test_the_file_that_runs_tells_and_not_its_name(tmp_path, monkeypatch, name):
  program = tmp_path / name
  monkeypatch.setattr(
      sys.modules["__main__"], "__file__", str(program), raising=False)
  assert not lazy_modules.is_script()
  program.touch()
  assert not lazy_modules.is_script()
  monkeypatch.setattr(sys, "argv", [name])
  monkeypatch.setattr(
      sys.modules["__main__"], "__file__", SCRIPT, raising=False)
  assert lazy_modules.is_script() and lazy_modules.is_upstreams_script()
  monkeypatch.setattr(
      sys.modules["__main__"], "__file__", OUR_SCRIPT, raising=False)
  assert lazy_modules.is_script() and not lazy_modules.is_upstreams_script()


@pytest.fixture
def package(tmp_path, monkeypatch):
  """A package with two modules, the second of which the first imports."""
  folder = tmp_path / "slow_package"
  folder.mkdir()
  (folder / "__init__.py").write_text("imported = True\n")
  (folder / "one.py").write_text("from slow_package.two import number\n")
  (folder / "two.py").write_text("number = 2\n")
  monkeypatch.syspath_prepend(tmp_path)
  yield
  for name in modules_of_package():
    del sys.modules[name]


def modules_of_package():
  return [name for name in sys.modules if name.startswith("slow_package")]


NAMES = ("slow_package", "slow_package.one", "slow_package.two")


@pytest.mark.usefixtures("package")
def test_a_stand_in_imports_its_module_when_used():
  with lazy_modules.imported_when_used(*NAMES):
    import slow_package as whole
    from slow_package import one
    from slow_package import two
  assert modules_of_package() == []
  assert one.number == 2
  import slow_package
  assert sys.modules["slow_package.one"] is not one
  assert slow_package.one is sys.modules["slow_package.one"]
  assert whole.imported
  assert whole.two.number == two.number == 2
  with pytest.raises(AttributeError, match="no attribute 'missing'"):
    _ = one.missing


@pytest.mark.usefixtures("package")
def test_what_is_used_within_the_context_stands_in_no_more():
  with lazy_modules.imported_when_used(*NAMES):
    from slow_package import one
    assert one.number == 2
    import slow_package
    from slow_package import two
    assert not isinstance(slow_package, lazy_modules.LoadedWhenUsed)
    assert two is slow_package.two
  assert slow_package is sys.modules["slow_package"]


@pytest.mark.usefixtures("package")
def test_stand_ins_of_an_inner_context_end_with_it():
  with lazy_modules.imported_when_used("slow_package"):
    with lazy_modules.imported_when_used(*NAMES):
      import slow_package as stand_in
      from slow_package import one
    assert modules_of_package() == ["slow_package"]
    import slow_package
    assert slow_package is stand_in
  assert modules_of_package() == []
  assert one.number == 2


@pytest.mark.usefixtures("package")
def test_after_an_error_no_stand_in_is_left():
  with pytest.raises(KeyError), lazy_modules.imported_when_used(*NAMES):
    raise KeyError
  assert modules_of_package() == []


@pytest.mark.usefixtures("package")
def test_a_loaded_package_gets_no_stand_in():
  import slow_package
  with lazy_modules.imported_when_used(*NAMES):
    assert sys.modules["slow_package"] is slow_package
    from slow_package import one
  assert sys.modules["slow_package.one"] is one


def test_garbage_is_collected_again_after_an_error(monkeypatch):
  monkeypatch.setattr(
      sys.modules["__main__"], "__file__", SCRIPT, raising=False)
  with pytest.raises(KeyError), lazy_modules.registering():
    assert not gc.isenabled()
    raise KeyError
  assert gc.isenabled()
