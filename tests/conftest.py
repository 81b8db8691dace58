"""What all tests share: where things are, and a clean gin."""
import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess

import gin
import pytest

import sparse_disent

sparse_disent.register()  # Puts compat in place.
# Tests send signals, which a shell ignores in what it runs in the background.
for number, handler in ((signal.SIGINT, signal.default_int_handler),
                        (signal.SIGHUP, signal.SIG_DFL)):
  if signal.getsignal(number) is signal.SIG_IGN:
    signal.signal(number, handler)
ROOT = pathlib.Path(__file__).resolve().parent.parent

# Words of test files that start processes or train, themselves or by helpers.
SLOW = re.compile(
    r"subprocess|multiprocessing|forked|tf1_python|train_with_gin|\.train\(|"
    r"TPUEstimator|small_run\b|exported_runs|small_challenge|small_comparison")
# Tests that take minutes each: `make test-all` runs them, `make test` does not.
# They kill commands for real, run a whole study, or are upstream's own of parts
# that nothing here changes but through code that other tests run as well.
THOROUGH = re.compile(
    r"tests/benchmarks/test_(training_)?kills\.py"
    r"|test_scripts\.py::test_reproduce$"
    r"|test_upstream\[.*\.(dci|evaluate|fairness|reason|strong_downstream_task"
    r"|train|unified_scores|visualize_model)_test\]")


@functools.cache
def is_slow(path):
  """Tells whether the tests of a file train or start processes."""
  return bool(SLOW.search(path.read_text()))


def pytest_collection_modifyitems(items):
  """Marks slow tests; starts with upstream's, some of which take minutes."""
  for item in items:
    if is_slow(item.path):
      item.add_marker("slow")
    if THOROUGH.search(item.nodeid):
      item.add_marker("thorough")
  items.sort(key=lambda item: item.path.name != "test_upstream_suite.py")


@pytest.fixture(autouse=True)
def clean_gin():
  """Starts and ends each test with an unlocked, empty gin."""
  gin.clear_config()
  yield
  gin.clear_config()


@pytest.fixture(scope="session")
def shared():
  """The folder of real data beside the repository; skips where missing."""
  folder = ROOT.parent / "shared"
  if not folder.is_dir():
    pytest.skip("needs the folder of reference data beside the repository")
  return folder


def find_tf1_python():
  """Returns a Python that has TensorFlow 1.15 and upstream, or None."""
  candidates = [os.environ.get("SPARSE_DISENT_TF1_PYTHON"),
                shutil.which("python3.7")]
  probe = ("import tensorflow, disentanglement_lib;"
           "assert tensorflow.__version__.startswith('1.15')")
  for candidate in filter(None, candidates):
    # The folder of our sources must not reach it: it runs without compat.
    environment = {**os.environ, "PYTHONPATH": ""}
    if subprocess.run([candidate, "-c", probe], capture_output=True,
                      check=False, env=environment).returncode == 0:
      return candidate
  return None


@pytest.fixture(scope="session")
def tf1_python():
  """A Python 3.7 in which the real upstream runs; skips where there is none.
  """
  python = find_tf1_python()
  if python is None:
    pytest.skip(
        "needs TensorFlow 1.15 with the real upstream, in a Python 3.7 that "
        "SPARSE_DISENT_TF1_PYTHON names: CONTRIBUTING.md says how to make it")
  return python
