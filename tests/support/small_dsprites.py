"""A file like dSprites', with 96 images of noise; the data without a file."""
import numpy as np
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import util

from sparse_disent.data import files

SIZES = (1, 3, 2, 4, 2, 2)


def write(directory, seed=0):
  """Writes the file; returns its path and its images."""
  images = np.random.RandomState(seed).randint(
      2, size=[np.prod(SIZES), 64, 64]).astype(np.uint8)
  path = directory / files.DSPRITES
  path.parent.mkdir(exist_ok=True)
  metadata = np.array({"latents_sizes": np.array(SIZES)}, dtype=object)
  np.savez_compressed(path, imgs=images, metadata=metadata)
  return str(path), images


def without_images(indices):
  """Returns upstream's data of the full sizes, with the given factors."""
  data = dsprites.DSprites.__new__(dsprites.DSprites)
  data.latent_factor_indices = indices
  data.full_factor_sizes = [1, 3, 6, 40, 32, 32]
  data.state_space = util.SplitDiscreteStateSpace(
      data.full_factor_sizes, indices)
  return data
