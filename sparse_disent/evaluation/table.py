"""Codes of numbered images, each of which is encoded at most once."""
import numpy as np

from sparse_disent import progress

# Measured: larger batches are no faster per image.
BATCH_SIZE = 256
# The part of all images up to which each is encoded when a metric asks for it.
# Batches of metrics are small, which is slower per image; a metric that asks
# for more will want most of them.
_FEW = 1 / 16


class Table:
  """Codes of the images of a list, encoded when they are first asked for.

  Attributes:
    size: Number of images.
    known: Boolean [size], which images have been encoded.
    encode: The function that encodes.
  """

  def __init__(self, encode, size, description=None):
    """Begins with no image encoded.

    Args:
      encode: Function from numbers of images, int64 [batch_size], to a
        dictionary of arrays [batch_size, num_codes].
      size: Number of images.
      description: String for the progress display: once 1/16 of the images
        have been encoded, all others follow in large batches. None for a table
        that never encodes more than it is asked for.
    """
    self.encode, self.size = encode, size
    self.known = np.zeros(size, bool)
    self._description, self._columns = description, {}

  def rows(self, numbers):
    """Returns the codes of images.

    Args:
      numbers: Integer array [batch_size].

    Returns:
      codes: Dictionary of arrays [batch_size, num_codes].
    """
    missing = numbers[~self.known[numbers]]
    if len(missing):
      missing = np.unique(missing)
      known = self.known.sum() + len(missing)
      if self._description and known > max(_FEW * self.size, BATCH_SIZE):
        self._encode_others()
      else:
        self.add(missing, self.encode(missing))
    return {name: column[numbers] for name, column in self._columns.items()}

  def add(self, numbers, codes):
    """Takes codes that are known from elsewhere; arguments as of `rows`."""
    for name, block in codes.items():
      column = self._columns.setdefault(
          name, np.empty((self.size,) + block.shape[1:], block.dtype))
      column[numbers] = block
    self.known[numbers] = True

  def is_repeatable(self):
    """Tells whether codes are a function of the image; tries the first ones."""
    numbers = np.arange(min(self.size, BATCH_SIZE))
    known, again = self.rows(numbers), self.encode(numbers)
    return all(np.allclose(known[name], again[name]) for name in again)

  def _encode_others(self):
    others = np.flatnonzero(~self.known)
    with progress.progress(
        self.size, self._description, "images",
        initial=self.size - len(others)) as display:
      for start in range(0, len(others), BATCH_SIZE):
        numbers = others[start:start + BATCH_SIZE]
        self.add(numbers, self.encode(numbers))
        display.update(len(numbers))
