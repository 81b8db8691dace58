"""Ground truth data that hands out numbers instead of images.

Upstream's metrics never look into observations: they only pass them to the
representation function. So a data set whose observations are `images[numbers]`
can return the numbers, and the representation function can look up codes.

Such a data set is a copy of upstream's object with other `images`. It draws the
same random numbers, and therefore the same samples.
"""
import copy

import numpy as np
from disentanglement_lib.data.ground_truth import cars3d
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import ground_truth_data
from disentanglement_lib.data.ground_truth import mpi3d
from disentanglement_lib.data.ground_truth import norb
from disentanglement_lib.data.ground_truth import shapes3d

from sparse_disent.compat.training import bulk_input

# Classes whose observations are images[numbers], converted or scaled. Not
# subclasses, which add noise, nor classes that a fork has changed.
_CLASSES = (cars3d.Cars3D, dsprites.DSprites, mpi3d.MPI3D, norb.SmallNORB,
            shapes3d.Shapes3D)
# Largest number of images. Most observations are float32, which is exact for
# whole numbers up to here.
_MOST = 2 ** 24


def is_indexable(
    data: ground_truth_data.GroundTruthData) -> bool:
  """Tells whether observations of a data set are images of a fixed list."""
  return (type(data) in _CLASSES and bulk_input.draws_factors_alone(data)
          and len(data.images) <= _MOST)


class Indexed:
  """The observations of a data set, by number.

  Attributes:
    original: The data set.
    data: A copy of it whose observations are numbers in the shape of images,
      [batch_size, 1, 1, 1].
    size: Number of images.
  """

  def __init__(self, original: ground_truth_data.GroundTruthData):
    """Wraps a data set.

    Args:
      original: GroundTruthData for which `is_indexable` holds.
    """
    self.original = original
    self.size = len(original.images)
    shape = (self.size,) + (1,) * (original.images.ndim - 1)
    self.data = self._with_images(np.arange(self.size).reshape(shape))
    # The observation of an image of 1, e.g. 1/255.
    ones = self._with_images(np.broadcast_to(np.int64(1), shape))
    self._unit = _observe(ones, 1).item()

  def numbers(self, observations: np.ndarray) -> np.ndarray:
    """Returns the numbers that observations of `data` stand for.

    Args:
      observations: Array [batch_size, 1, 1, 1].

    Returns:
      numbers: int64 [batch_size], in [0, size).
    """
    flat = np.asarray(observations).reshape(len(observations))
    return np.rint(flat / self._unit).astype(np.int64)

  def observations(self, numbers: np.ndarray) -> np.ndarray:
    """Returns the observations with these numbers.

    Args:
      numbers: Integer array [batch_size].

    Returns:
      observations: Array [batch_size] + observation shape, as the data set
        makes them.
    """
    block = self.original.images[numbers]
    return _observe(self._with_images(_Always(block)), len(block))

  def _with_images(self, images):
    data = copy.copy(self.original)
    data.images = images
    return data


class _Always:
  """Images that return the same block for every index."""

  def __init__(self, block):
    self._block = block

  def __getitem__(self, unused_indices):
    return self._block


def _observe(data, number):
  """Returns `number` observations; their factors do not matter."""
  factors = np.zeros([number, data.num_factors], dtype=np.int64)
  return data.sample_observations_from_factors(
      factors, np.random.RandomState(0))
