"""The file, in processes that have nothing but NumPy, TensorFlow and dill."""
import builtins
import os
import pickle
import pickletools
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_hub as hub

from sparse_disent.challenge import python_model
from sparse_disent.common import trust

# Loads a file with every other package of ours and upstream's out of reach.
ALONE = """
import sys
class Refuse:
  def find_spec(self, name, path=None, target=None):
    if name.split(".")[0] in {
        "sparse_disent", "disentanglement_lib", "gin", "tensorflow_hub",
        "tensorflow_probability", "sklearn", "scipy", "pandas"}:
      raise ImportError(name + " is out of reach")
sys.meta_path.insert(0, Refuse())
import PICKLE, numpy as np
with open(sys.argv[1], "rb") as file:
  function = PICKLE.load(file)
codes = function(np.load(sys.argv[2]))
assert isinstance(codes, np.ndarray), type(codes)
assert not {"sparse_disent", "disentanglement_lib"} & set(sys.modules)
np.save(sys.argv[3], codes)
"""


@pytest.fixture
def images():
  return np.random.RandomState(1).uniform(size=[7, 64, 64, 1]).astype(
      np.float32)


def module_codes(module_dir, images):
  with hub.eval_function_for_module(module_dir) as evaluate:
    return evaluate(dict(images=images), signature="representation",
                    as_dict=True)["default"]


def codes_alone(python, pickle, path, images, folder):
  np.save(folder / "images.npy", np.moveaxis(images, 3, 1))
  result = subprocess.run(
      [python, "-c", ALONE.replace("PICKLE", pickle), path,
       folder / "images.npy", folder / "codes.npy"],
      text=True, capture_output=True, check=False, cwd=folder,
      env={**os.environ, "PYTHONPATH": ""})
  assert result.returncode == 0, result.stderr
  return np.load(folder / "codes.npy")


def test_runs_alone(small_challenge_run, images, tmp_path):
  folder = os.path.join(small_challenge_run[1], "representation")
  codes = codes_alone(
      sys.executable, "dill", os.path.join(folder, "python_model.dill"),
      images, tmp_path)
  expected = module_codes(os.path.join(folder, "tfhub"), images)
  assert codes.shape == (7, 3)
  np.testing.assert_allclose(codes, expected, rtol=1e-5, atol=1e-6)
  assert np.std(expected) > 1e-4


def test_runs_alone_under_tensorflow_1(
    small_challenge_run, images, tmp_path, tf1_python):
  folder = os.path.join(small_challenge_run[1], "representation")
  codes = codes_alone(
      tf1_python, "pickle", os.path.join(folder, "python_model.dill"), images,
      tmp_path)
  expected = module_codes(os.path.join(folder, "tfhub"), images)
  np.testing.assert_allclose(codes, expected, rtol=1e-4, atol=1e-5)


def test_refers_to_nothing_but_eval(small_challenge_run):
  path = os.path.join(
      small_challenge_run[1], "representation", "python_model.dill")
  with open(path, "rb") as file:
    operations = list(pickletools.genops(file))
  strings = [argument for _, argument, _ in operations
             if isinstance(argument, str)]
  assert [code.name for code, _, _ in operations].count("STACK_GLOBAL") == 1
  assert strings[:2] == ["builtins", "eval"]


IMAGES = np.random.RandomState(0).uniform(size=[5, 1, 2, 2]).astype(np.float32)


class Program:
  """Makes a folder when it is unpickled."""

  def __init__(self, path):
    self._path = str(path)

  def __reduce__(self):
    return os.mkdir, (self._path,)


def write_own(path, *, source=None, op=None):
  """Writes what the command writes, of a graph that sums each image."""
  with tf.Graph().as_default() as graph:
    images = tf.compat.v1.placeholder(tf.float32, [None, 2, 2, 1], "images")
    codes = tf.reduce_sum(images, [1, 2])
    if op == "ReadFile":
      with tf.control_dependencies([tf.io.read_file("/etc/hostname")]):
        codes = tf.identity(codes)
    tf.identity(codes, "codes")
  own = python_model._AsSource({
      "graph_def": graph.as_graph_def().SerializeToString(),
      "input_name": "images:0", "output_name": "codes:0"})
  with pytest.MonkeyPatch.context() as patch:
    if source:
      patch.setattr(python_model, "_source", lambda: source)
    path.write_bytes(pickle.dumps(own, protocol=4))
  return path


def test_our_own_file_is_read_and_nothing_is_evaluated(tmp_path, monkeypatch):
  path = write_own(tmp_path / "a.dill")
  monkeypatch.setattr(builtins, "eval", lambda *_: pytest.fail("evaluated"))
  np.testing.assert_allclose(python_model.read(path)(IMAGES),
                             IMAGES.sum(axis=(2, 3)), rtol=1e-6)


@pytest.mark.parametrize("content", [
    b"", b"\x80\x04N.", b"garbage", pickle.dumps({"a": 1}),
    pickle.dumps(np.zeros(2)),
    b"cbuiltins\neval\n(S'1'\n}tR.", b"cbuiltins\nexec\n(S'1'\ntR."])
def test_other_pickles_need_a_word_of_trust(tmp_path, content):
  path = tmp_path / "a.dill"
  path.write_bytes(content)
  with pytest.raises(ValueError, match=(
      "a.dill' cannot be loaded without running the code in it: .*If you trust "
      "its authors, give --trust to sparse-disent, or set "
      "SPARSE_DISENT_TRUST=1")):
    python_model.read(path)


def test_a_strangers_program_is_not_run(tmp_path, monkeypatch):
  path = tmp_path / "a.dill"
  path.write_bytes(pickle.dumps(Program(tmp_path / "made")))
  with pytest.raises(ValueError, match="without running the code"):
    python_model.read(path)
  assert not (tmp_path / "made").exists()
  monkeypatch.setenv(trust.VARIABLE, "1")
  python_model.read(path)
  assert (tmp_path / "made").exists()


def test_another_text_and_another_graph_need_trust(tmp_path, monkeypatch):
  code = f"import os\nos.mkdir({str(tmp_path / 'made')!r})\n"
  with pytest.raises(ValueError, match="without running the code"):
    python_model.read(write_own(tmp_path / "a.dill", source=code))
  assert not (tmp_path / "made").exists()
  path = write_own(tmp_path / "b.dill", op="ReadFile")
  with pytest.raises(ValueError, match="b.dill' is not loaded, .*ReadFile"):
    python_model.read(path)
  monkeypatch.setenv(trust.VARIABLE, "1")
  assert python_model.read(path)(IMAGES).shape == (5, 1)


def test_never_over_a_file(small_challenge_run, tmp_path):
  path = tmp_path / "python_model.dill"
  path.write_bytes(b"precious")
  with pytest.raises(FileExistsError):
    python_model.write(os.path.join(
        small_challenge_run[1], "representation", "tfhub"), path)
  assert path.read_bytes() == b"precious"


def test_copies_that_differ_are_not_written(
    small_challenge_run, tmp_path, monkeypatch):
  monkeypatch.setattr(
      python_model.pickle, "loads",
      lambda content: lambda images: np.zeros([len(images), 3]))
  with pytest.raises(ValueError, match="codes must be a function of the image"):
    python_model.write(os.path.join(
        small_challenge_run[1], "representation", "tfhub"),
        tmp_path / "python_model.dill")
  assert not list(tmp_path.iterdir())
