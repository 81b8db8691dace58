"""Codes of numbered images, each of which is encoded at most once."""
import collections
from collections.abc import Callable

import numpy as np

from sparse_disent.common import progress

# Number of images on which an encoder is tried: upstream's batch size for the
# BetaVAE and FactorVAE scores.
NUM_TRIED = 64
# Largest change of a code that rounding can cause if the other images of its
# batch change, as a fraction of the largest code.
_ROUNDING = 1e-5


class Table:
  """Codes of the images of a list, encoded when they are first asked for.

  The last bits of a code depend on the size of the batch in which its image is
  encoded, which is enough to change a score. They do not depend on the other
  images of the batch. So the table keeps a code for each size of request. It is
  the code that upstream's scripts would compute.

  Attributes:
    size: Number of images.
    encode: The function that encodes.
  """

  def __init__(self, encode: Callable[[np.ndarray], dict[str, np.ndarray]],
               size: int, description: str | None = None):
    """Creates a table without codes.

    Args:
      encode: Function from numbers of images, int64 [batch_size], to a
        dictionary of arrays [batch_size, num_codes].
      size: Number of images.
      description: Text for the progress display. All images are encoded in
        batches of one size once that is no more than the requests cost: at the
        first if more images are expected than there are, else when as many
        have been encoded. None for a table that encodes only the images that
        are asked for.
    """
    self.encode, self.size = encode, size
    self._description, self._of_size = description, {}
    self._expected, self._encoded = collections.Counter(), collections.Counter()

  def expect(self, batch_size: int, number: int) -> None:
    """Announces requests.

    Args:
      batch_size: Integer, size of each request.
      number: Integer, sum of their sizes.
    """
    self._expected[batch_size] += number

  def rows(self, numbers: np.ndarray) -> dict[str, np.ndarray]:
    """Returns the codes of images.

    Args:
      numbers: Integer array [batch_size].

    Returns:
      codes: Dictionary of arrays [batch_size, num_codes].
    """
    batch_size = len(numbers)
    known, columns = self._codes(batch_size)
    if not known[numbers].all():
      is_worth_it = (self._expected[batch_size] > self.size
                     or self._encoded[batch_size] + batch_size > self.size)
      if self._description is None or not is_worth_it:
        # In the order of the request: for some sizes of batches a code also
        # depends on the place of its image.
        codes = self.encode(numbers)
        self._encoded[batch_size] += batch_size
        self._add(numbers, batch_size, codes)
        return codes
      self._encode_others(batch_size)
    return {name: column[numbers] for name, column in columns.items()}

  def is_repeatable(self) -> bool:
    """Tells whether a code depends on its image alone; tries some images.

    Two counterexamples are codes with noise, and codes that depend on the other
    images of a batch, such as codes that are standardized within it.
    """
    numbers = np.arange(self.size)[:NUM_TRIED]
    known, again = self.rows(numbers), self.encode(numbers)
    half = len(numbers) // 2
    others = np.linspace(0, self.size - 1, len(numbers) - half).astype(int)
    among_others = self.encode(np.concatenate([numbers[:half], others]))
    return all(np.allclose(known[name], again[name])
               and _are_close(known[name][:half], among_others[name][:half])
               for name in again)

  def num_known(self) -> int:
    """Returns the number of codes, summed over the sizes of batches."""
    return sum(int(known.sum()) for known, _ in self._of_size.values())

  def contents(self) -> dict[str, np.ndarray]:
    """Returns all codes as a dictionary of arrays, for `add`."""
    arrays = {}
    for batch_size, (known, columns) in self._of_size.items():
      numbers = np.flatnonzero(known)
      arrays[f"{batch_size}/numbers"] = numbers
      arrays.update({f"{batch_size}/{name}": column[numbers]
                     for name, column in columns.items()})
    return arrays

  def add(self, contents: dict[str, np.ndarray]) -> None:
    """Adds the `contents` of another table of these images."""
    for key, numbers in contents.items():
      batch_size, name = key.split("/")
      if name == "numbers":
        self._add(numbers, int(batch_size), {
            other.split("/")[1]: rows for other, rows in contents.items()
            if other.startswith(f"{batch_size}/") and other != key})

  def _codes(self, batch_size):
    if batch_size not in self._of_size:
      self._of_size[batch_size] = np.zeros(self.size, bool), {}
    return self._of_size[batch_size]

  def _add(self, numbers, batch_size, codes):
    known, columns = self._codes(batch_size)
    for name, rows in codes.items():
      column = columns.setdefault(
          name, np.empty((self.size,) + rows.shape[1:], rows.dtype))
      column[numbers] = rows
    known[numbers] = True

  def _encode_others(self, batch_size):
    others = np.flatnonzero(~self._codes(batch_size)[0])
    with progress.progress(
        self.size, self._description, "images",
        initial=self.size - len(others)) as display:
      for start in range(0, len(others), batch_size):
        numbers = others[start:start + batch_size]
        codes = self.encode(np.resize(numbers, batch_size))  # Full to the end.
        self._add(numbers, batch_size, {
            name: rows[:len(numbers)] for name, rows in codes.items()})
        display.update(len(numbers))


def _are_close(codes, others):
  """Tells whether codes differ by no more than rounding in a batch."""
  scale = max(np.abs(codes).max(initial=0.0), np.finfo(np.float32).tiny)
  return np.allclose(codes / scale, others / scale, rtol=0.0, atol=_ROUNDING)
