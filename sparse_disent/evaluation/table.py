"""Codes of numbered images, each of which is encoded at most once."""
import collections
import contextlib
from collections.abc import Callable
from concurrent import futures

import numpy as np

from sparse_disent.common import progress

# Number of images on which an encoder is tried: upstream's batch size for the
# BetaVAE and FactorVAE scores.
NUM_TRIED = 64
# Largest change of a code that rounding can cause if the other images of its
# batch change, as a fraction of the largest code.
_ROUNDING = 1e-5
# Images in a batch when all are encoded: larger ones are hardly any faster.
_WHOLE = 256
# Number of images whose codes must be equal, to the last bit, in batches of two
# sizes, for all codes to count as equal. What a processor does to an image
# depends on the size of the batch, not on the image.
_NUM_COMPARED = 1024


class Table:
  """Codes of the images of a list, encoded when they are first asked for.

  The last bits of a code depend on the size of the batch in which its image is
  encoded, which is enough to change a score. They do not depend on the other
  images of the batch. So the table keeps a code for each size of request. It is
  the code that upstream's scripts would compute. On many machines all sizes
  give the same codes. Once that has been found, requests are served by the
  codes of large batches.

  Attributes:
    size: Number of images.
    encode: The function that encodes.
  """

  def __init__(self, encode: Callable[[np.ndarray], dict[str, np.ndarray]],
               size: int, description: str | None = None,
               num_threads: int = 1):
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
      num_threads: Number of threads that call `encode` at once for that.
    """
    self.encode, self.size = encode, size
    self._description, self._num_threads = description, num_threads
    self._of_size: dict[int, tuple[np.ndarray, dict[str, np.ndarray]]] = {}
    self._expected, self._encoded = collections.Counter(), collections.Counter()
    # From sizes of requests to that of batches with the same codes.
    self._served_by: dict[int, int] = {}

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
    known, columns = self._codes(self._served_by.get(batch_size, batch_size))
    if not known[numbers].all():
      if self._is_served_from_now_on(batch_size):
        return self.rows(numbers)
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
      return self.rows(numbers)
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
    return self._of_size.setdefault(
        batch_size, (np.zeros(self.size, bool), {}))

  def _add(self, numbers, batch_size, codes):
    known, columns = self._codes(batch_size)
    for name, rows in codes.items():
      column = columns.setdefault(
          name, np.empty((self.size,) + rows.shape[1:], rows.dtype))
      column[numbers] = rows
    known[numbers] = True

  def _encode_others(self, batch_size):
    """Encodes all images that requests of a size cannot be served with."""
    size = batch_size
    if self.size > max(_WHOLE, _NUM_COMPARED):
      tried = np.linspace(0, self.size - 1, _NUM_COMPARED).astype(int)
      self._encode(tried, batch_size)
      self._encode(tried, _WHOLE)
      if self._are_equal(batch_size, _WHOLE):
        size = self._served_by[batch_size] = _WHOLE
    self._encode(np.arange(self.size), size, self._description)

  def _is_served_from_now_on(self, batch_size):
    """Compares codes, once enough are known; tells whether that helps."""
    if batch_size in self._served_by or (
        self._codes(batch_size)[0].sum() < _NUM_COMPARED
        or not self._codes(_WHOLE)[0].all()):
      return False
    equal = self._are_equal(batch_size, _WHOLE)
    self._served_by[batch_size] = _WHOLE if equal else batch_size
    return equal

  def _are_equal(self, batch_size, other):
    """Tells whether the codes that both sizes know are equal."""
    (known, columns), (others_known, others) = map(
        self._codes, (batch_size, other))
    common = np.flatnonzero(known & others_known)
    return all(np.array_equal(columns[name][common], others[name][common])
               for name in columns)

  def _encode(self, numbers, batch_size, description=None):
    """Encodes those images that are not known, in batches of a size."""
    others = numbers[~self._codes(batch_size)[0][numbers]]
    batches = [others[start:start + batch_size]
               for start in range(0, len(others), batch_size)]
    with contextlib.ExitStack() as stack:
      display = description and stack.enter_context(progress.progress(
          self.size, description, "images", initial=self.size - len(others)))
      run = map
      if self._num_threads > 1:
        pool = futures.ThreadPoolExecutor(self._num_threads)
        stack.callback(pool.shutdown, cancel_futures=True)
        run = pool.map
      for batch, codes in zip(batches, run(
          lambda batch: self.encode(np.resize(batch, batch_size)),  # Full.
          batches), strict=True):
        self._add(batch, batch_size, {
            name: rows[:len(batch)] for name, rows in codes.items()})
        if display:
          display.update(len(batch))


def _are_close(codes, others):
  """Tells whether codes differ by no more than rounding in a batch."""
  scale = max(np.abs(codes).max(initial=0.0), np.finfo(np.float32).tiny)
  return np.allclose(codes / scale, others / scale, rtol=0.0, atol=_ROUNDING)
