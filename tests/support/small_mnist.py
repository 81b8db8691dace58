"""A file like `sparse-disent data mnist` writes, with 55 images of noise."""
import numpy as np

from sparse_disent.data import files

LABELS = np.repeat(np.arange(10), np.arange(1, 11))
# A permutation, so that images of a digit lie apart.
_ORDER = np.random.RandomState(0).permutation(len(LABELS))


def write(directory):
  """Writes the file and returns its images, those of a digit together.

  Digit d has d + 1 images, whose first two pixels say digit and number.
  """
  images = np.random.RandomState(1).randint(256, size=[len(LABELS), 28, 28])
  images[:, 0, 0] = LABELS
  images[:, 0, 1] = np.concatenate([np.arange(d + 1) for d in range(10)])
  path = directory / files.MNIST
  path.parent.mkdir()
  np.savez(path, images=images[_ORDER].astype(np.uint8), labels=LABELS[_ORDER])
  return images
