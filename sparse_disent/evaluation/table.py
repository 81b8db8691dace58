"""Codes of numbered images, each of which is encoded at most once."""
import numpy as np

from sparse_disent import progress

# In batches of another size codes have other last bits, enough to move a score.
# So all have this one, upstream's for BetaVAE and FactorVAE scores; larger ones
# are no faster per image.
BATCH_SIZE = 64
# The part of all images up to which each is encoded when a metric asks for it,
# perhaps a quarter of a batch at a time; who asks for more will want most.
_FEW = 1 / 16


class Table:
  """Codes of the images of a list, encoded when they are first asked for.

  A code does not depend on what else is asked for.

  Attributes:
    size: Number of images.
    known: Boolean [size], which images have been encoded.
    encode: The function that encodes.
  """

  def __init__(self, encode, size, description=None):
    """Begins with no image encoded.

    Args:
      encode: Function from numbers of images, int64 [BATCH_SIZE], to a
        dictionary of arrays [BATCH_SIZE, num_codes].
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
        for batch in _batches(missing):
          self._encode(batch)
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
    numbers = np.arange(self.size)[:BATCH_SIZE]
    known, again = self.rows(numbers), self.encode(_filled(numbers))
    return all(np.allclose(known[name], codes[:len(numbers)])
               for name, codes in again.items())

  def _encode_others(self):
    others = np.flatnonzero(~self.known)
    with progress.progress(
        self.size, self._description, "images",
        initial=self.size - len(others)) as display:
      for batch in _batches(others):
        self._encode(batch)
        display.update(len(batch))

  def _encode(self, batch):
    codes = self.encode(_filled(batch))
    self.add(batch, {name: rows[:len(batch)] for name, rows in codes.items()})


def _batches(numbers):
  return (numbers[start:start + BATCH_SIZE]
          for start in range(0, len(numbers), BATCH_SIZE))


def _filled(batch):
  """A batch of full size: the same images again."""
  return np.resize(batch, BATCH_SIZE)
