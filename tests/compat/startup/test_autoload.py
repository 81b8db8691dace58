import subprocess
import sys

import pytest
from support import forked

from sparse_disent.compat.startup import autoload


def run(code, cwd):
  """Runs code in a fresh Python of this environment, away from the sources."""
  return subprocess.run([sys.executable, "-c", code], cwd=cwd, text=True,
                        capture_output=True, check=False)


def test_other_programs_load_nothing_of_ours(tmp_path):
  code = ("import sys; names = ('sparse_disent', 'tensorflow', 'gin', 'numpy');"
          "print([name for name in names if name in sys.modules])")
  result = run(code, tmp_path)
  assert result.stdout == "[]\n"
  assert result.stderr == ""


def test_upstream_alone_brings_compat_in_and_is_loaded_once(tmp_path):
  code = ("import disentanglement_lib as a, sys;"
          "from disentanglement_lib.methods.unsupervised import train, vae;"
          "import gin;"
          "print('sparse_disent' in sys.modules,"
          "gin.get_configurable('sparse_vae').__name__,"
          "sys.modules['disentanglement_lib'] is a,"
          "a.methods.unsupervised.vae is vae)")
  result = run(code, tmp_path)
  assert result.stdout == "True SparseVAE True True\n", result.stderr


def test_import_of_ours_first_works_too(tmp_path):
  code = ("import sparse_disent;"
          "import disentanglement_lib.methods.unsupervised.train as t;"
          "print(t.train_with_gin.__wrapped__.__name__)")
  assert run(code, tmp_path).stdout == "train_with_gin\n"


def test_tensorflow_2_code_keeps_working(tmp_path):
  code = ("import tensorflow as tf; before = tf.keras.__name__;"
          "import disentanglement_lib.methods.unsupervised.vae;"
          "assert tf.executing_eagerly(); assert tf.keras.__name__ == before;"
          "model = tf.keras.Sequential([tf.keras.layers.Dense(2)]);"
          "model.compile('sgd', 'mse');"
          "model.fit(tf.ones([4, 3]), tf.ones([4, 2]), verbose=0);"
          "print(int(tf.function(lambda x: x + 1)(tf.constant(1))))")
  result = run(code, tmp_path)
  assert result.stdout == "2\n", result.stderr


def test_without_tensorflow_python_starts_and_upstream_says_why(tmp_path):
  code = ("import sys; sys.modules['tensorflow'] = None\n"
          "print('started')\n"
          "import disentanglement_lib")
  result = run(code, tmp_path)
  assert result.stdout == "started\n"
  assert "tensorflow" in result.stderr.splitlines()[-1]


def test_install_twice_adds_one_finder():
  autoload.install()
  names = [getattr(finder, "__name__", "") for finder in sys.meta_path]
  assert names.count("UpstreamFinder") == 1


@pytest.fixture(scope="module")
def run_with_upstream():
  with forked.server() as run:
    yield run


@pytest.mark.parametrize("name", [
    "evaluation.udr", "methods.semi_supervised", "methods.weak", "validation"])
@pytest.mark.parametrize("statement", ["import {0}.{1}", "from {0} import {1}"])
def test_packages_that_the_wheel_lacks_say_so(
    name, statement, tmp_path, run_with_upstream):
  parent, _, child = f"disentanglement_lib.{name}".rpartition(".")
  result = run_with_upstream(tmp_path, statement.format(parent, child))
  if result.returncode == 0:
    pytest.skip("upstream is installed from its repository here")
  assert result.stderr.splitlines()[-1] == (
      f"ModuleNotFoundError: No module named 'disentanglement_lib.{name}': the "
      "disentanglement-lib wheel on PyPI leaves it out. Install upstream from "
      "its repository instead: clone google-research/disentanglement_lib and "
      "run `pip install --no-deps -e DIRECTORY` (without -e pip leaves them "
      "out again); sparse_disent works with it too.")


def test_a_module_that_exists_nowhere_is_pythons_own_error(
    tmp_path, run_with_upstream):
  result = run_with_upstream(tmp_path, "import disentanglement_lib.nonsense")
  assert result.stderr.splitlines()[-1] == (
      "ModuleNotFoundError: No module named 'disentanglement_lib.nonsense'")
