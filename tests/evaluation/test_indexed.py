"""Numbers instead of images: the same samples from the same random stream."""
import numpy as np
import pytest
from disentanglement_lib.data.ground_truth import cars3d
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import mpi3d
from disentanglement_lib.data.ground_truth import norb
from disentanglement_lib.data.ground_truth import shapes3d
from disentanglement_lib.data.ground_truth import util
from support import small_run

from sparse_disent.evaluation import indexed


def small(cls, sizes, images, **attributes):
  """Upstream's class with a small state space, without its file."""
  data = cls.__new__(cls)
  data.images, data.factor_sizes = images, sizes
  data.latent_factor_indices = attributes.pop(
      "latent_factor_indices", list(range(len(sizes))))
  data.state_space = util.SplitDiscreteStateSpace(
      sizes, data.latent_factor_indices)
  data.factor_bases = np.prod(sizes) / np.cumprod(sizes)
  vars(data).update(attributes)
  return data


def noise(*shape):
  return np.random.RandomState(0).randint(256, size=shape).astype(np.uint8)


def data_sets():
  sizes = [2, 3, 4]
  every = np.stack(np.meshgrid(*map(range, sizes), indexing="ij"), -1)
  index = util.StateSpaceAtomIndex(
      sizes, np.random.RandomState(1).permutation(every.reshape(-1, 3)))
  return {
      "dsprites": small(dsprites.DSprites, sizes, noise(24, 4, 4)),
      # The second factor is drawn with the observation.
      "dsprites_noshape": small(dsprites.DSprites, sizes, noise(24, 4, 4),
                                latent_factor_indices=[0, 2]),
      "mpi3d": small(mpi3d.MPI3D, sizes, noise(24, 4, 4, 3)),
      "shapes3d": small(shapes3d.Shapes3D, sizes,
                        noise(24, 4, 4, 3).astype(np.float32) / 255),
      "cars3d": small(cars3d.Cars3D, sizes, noise(24, 4, 4, 3) / 255,
                      index=index, data_shape=[4, 4, 3]),
      "smallnorb": small(norb.SmallNORB, sizes, noise(24, 4, 4) / 255,
                         index=index, latent_factor_indices=[0, 1]),
  }


@pytest.mark.parametrize("name", data_sets())
def test_numbers_lead_to_the_observations(name):
  data = data_sets()[name]
  assert indexed.is_indexable(data)
  images = indexed.Indexed(data)
  assert images.size == 24
  every = images.observations(np.arange(24))
  streams = [np.random.RandomState(3) for _ in range(2)]
  for _ in range(3):
    factors, expected = data.sample(16, streams[0])
    same_factors, observed = images.data.sample(16, streams[1])
    np.testing.assert_array_equal(same_factors, factors)
    numbers = images.numbers(observed)
    assert len(set(numbers)) > 5
    np.testing.assert_array_equal(every[numbers], expected)
  assert every.dtype == expected.dtype
  np.testing.assert_array_equal(
      images.observations(np.array([9, 5])), every[[9, 5]])


def test_noisy_data_has_no_list_of_images(tmp_path):
  with small_run.data(tmp_path):
    assert indexed.is_indexable(dsprites.DSprites([1, 2]))
    assert not indexed.is_indexable(dsprites.NoisyDSprites([1, 2]))
    assert not indexed.is_indexable(dsprites.ColorDSprites([1, 2]))
