"""MNIST as ground truth data, with the digit as the only factor.

Source: LeCun and Cortes, "MNIST handwritten digit database".
"""
import os

import gin
import numpy as np
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import ground_truth_data

from sparse_disent.common import checks
from sparse_disent.common import npz_files
from sparse_disent.compat.training import bulk_input
from sparse_disent.data import files

_SIZES = (32, 64)


@gin.configurable("mnist")
class MNIST(ground_truth_data.GroundTruthData):
  """All 70,000 MNIST images; an observation is any image of its digit.

  Digits are drawn uniformly, and images uniformly among those of a digit. A
  black margin of 2 makes 32 x 32 of the 28 x 28 pixels. For 64 x 64 each pixel
  becomes a block of 2 x 2. No value is interpolated.
  """

  def __init__(self, *, image_size: int = 64) -> None:
    """Loads the images.

    Args:
      image_size: 64, for upstream's networks, or 32.

    Raises:
      ValueError: If the size is neither.
      FileNotFoundError: If the data set is missing.
    """
    checks.check(
        checks.is_integer(image_size) and image_size in _SIZES,
        "mnist.image_size", "be 32 or 64", image_size,
        "Upstream's convolutional decoder makes 64 x 64 images.")
    files.check_available("mnist")
    self._image_size = image_size
    path = os.path.join(files.data_directory(), files.MNIST)
    with tf.gfile.Open(path, "rb") as file:
      images, labels = _read(file, path)
    # Sorted by digit, so that `_starts` and `_counts` find a digit's images.
    self._images = images[np.argsort(labels, kind="stable")]
    self._counts = np.bincount(labels, minlength=10)
    self._starts = np.cumsum(self._counts) - self._counts

  @property
  def num_factors(self) -> int:
    """Number of factors."""
    return 1

  @property
  def factors_num_values(self) -> list[int]:
    """Number of values of each factor."""
    return [10]

  @property
  def observation_shape(self) -> list[int]:
    """Shape of an observation: height, width, channels."""
    return [self._image_size, self._image_size, 1]

  def sample_factors(self, num: int,
                     random_state: np.random.RandomState) -> np.ndarray:
    """Samples digits uniformly, integer array [num, 1]."""
    return random_state.randint(10, size=(num, 1))

  def sample_observations_from_factors(
      self, factors: np.ndarray,
      random_state: np.random.RandomState) -> np.ndarray:
    """Picks an image of each digit.

    Args:
      factors: Integer array [num, 1] of digits.
      random_state: NumPy random state that picks the images.

    Returns:
      observations: float32 [num, image_size, image_size, 1], in [0, 1].
    """
    digits = np.asarray(factors)[:, 0]
    return self._observations(digits, random_state.random_sample(len(digits)))

  def sample_one_by_one(self, num: int,
                        random_state: np.random.RandomState) -> np.ndarray:
    """Samples what `num` calls of `sample_observations(1, ...)` sample."""
    draws = [(random_state.randint(10), random_state.random_sample())
             for _ in range(num)]
    digits, positions = zip(*draws, strict=True)
    return self._observations(np.array(digits), np.array(positions))

  def _observations(self, digits, positions):
    offsets = (positions * self._counts[digits]).astype(np.int64)
    images = self._images[self._starts[digits] + offsets]
    images = np.pad(images, [(0, 0), (2, 2), (2, 2)])
    repeats = self._image_size // 32
    images = images.repeat(repeats, axis=1).repeat(repeats, axis=2)
    return images[..., None].astype(np.float32) / 255.0


def _read(file, path):
  """Reads and checks the images and labels of the file."""
  arrays = npz_files.read_from(file, path, ("images", "labels"))
  images, labels = arrays["images"], arrays["labels"]
  if (images.shape[1:] != (28, 28) or images.dtype != np.uint8
      or labels.shape != images.shape[:1] or labels.dtype.kind not in "iu"
      or set(labels.tolist()) != set(range(10))):
    raise ValueError(
        f"'{path}' does not hold images and labels of MNIST. Delete it and "
        "run: sparse-disent data mnist")
  return images, labels


bulk_input.register(MNIST, MNIST.sample_one_by_one)
