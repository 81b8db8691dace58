"""The file, in processes that have nothing but NumPy, TensorFlow and dill."""
import os
import pickletools
import subprocess
import sys

import numpy as np
import pytest
import tensorflow_hub as hub

from sparse_disent.challenge import python_model

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
