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
    self._of_size: dict[int, _Codes] = {}
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
    codes = self._codes(self._served_by.get(batch_size, batch_size))
    if not codes.known(numbers).all():
      if self._is_served_from_now_on(batch_size):
        return self.rows(numbers)
      is_worth_it = (self._expected[batch_size] > self.size
                     or self._encoded[batch_size] + batch_size > self.size)
      if self._description is None or not is_worth_it:
        # In the order of the request: for some sizes of batches a code also
        # depends on the place of its image.
        encoded = self.encode(numbers)
        self._encoded[batch_size] += batch_size
        self._codes(batch_size).add(numbers, encoded)
        return encoded
      self._encode_others(batch_size)
      return self.rows(numbers)
    return codes.of(numbers)

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
    return sum(codes.count for codes in self._of_size.values())

  def contents(self) -> dict[str, np.ndarray]:
    """Returns all codes as a dictionary of arrays, for `add`."""
    arrays = {}
    for batch_size, codes in self._of_size.items():
      numbers = codes.numbers()
      arrays[f"{batch_size}/numbers"] = numbers
      arrays.update({f"{batch_size}/{name}": rows
                     for name, rows in codes.of(numbers).items()})
    return arrays

  def add(self, contents: dict[str, np.ndarray]) -> None:
    """Adds the `contents` of another table of these images."""
    for key, numbers in contents.items():
      batch_size, name = key.split("/")
      if name == "numbers":
        self._codes(int(batch_size)).add(numbers, {
            other.split("/")[1]: rows for other, rows in contents.items()
            if other.startswith(f"{batch_size}/") and other != key})

  def _codes(self, batch_size):
    if batch_size not in self._of_size:
      self._of_size[batch_size] = _Codes(self.size)
    return self._of_size[batch_size]

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
        self._codes(batch_size).count < _NUM_COMPARED
        or self._codes(_WHOLE).count < self.size):
      return False
    equal = self._are_equal(batch_size, _WHOLE)
    self._served_by[batch_size] = _WHOLE if equal else batch_size
    return equal

  def _are_equal(self, batch_size, other):
    """Tells whether the codes that both sizes know are equal."""
    codes, others = map(self._codes, (batch_size, other))
    numbers = codes.numbers()
    common = numbers[others.known(numbers)]
    expected = others.of(common)
    return all(np.array_equal(rows, expected[name])
               for name, rows in codes.of(common).items())

  def _encode(self, numbers, batch_size, description=None):
    """Encodes those images that are not known, in batches of a size."""
    others = numbers[~self._codes(batch_size).known(numbers)]
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
        self._codes(batch_size).add(batch, {
            name: rows[:len(batch)] for name, rows in codes.items()})
        if display:
          display.update(len(batch))


class _Codes:
  """Codes of some images of a list, without space for the others.

  Attributes:
    count: Number of images whose codes are known.
  """

  def __init__(self, size):
    """Creates it without codes, for a list of `size` images."""
    self.count = 0
    self._places = np.full(size, -1, np.int32)
    self._columns = {}  # Arrays with space for more codes.

  def known(self, numbers):
    """Tells of which of these images the codes are known."""
    return self._places[numbers] >= 0

  def numbers(self):
    """Returns the numbers of all images whose codes are known."""
    return np.flatnonzero(self._places >= 0)

  def of(self, numbers):
    """Returns the codes of images that are known."""
    places = self._places[numbers]
    return {name: column[places] for name, column in self._columns.items()}

  def add(self, numbers, codes):
    """Adds codes, or replaces them; an image may be there twice."""
    new = numbers[~self.known(numbers)]
    once = np.arange(len(new))
    self._places[new] = once
    new = new[self._places[new] == once]  # Without repetitions.
    self._places[new] = np.arange(self.count, self.count + len(new))
    self.count += len(new)
    places = self._places[numbers]
    for name, rows in codes.items():
      column = self._columns.get(name)
      if column is None or len(column) < self.count:
        size = min(max(2 * self.count, _NUM_COMPARED), len(self._places))
        self._columns[name] = np.empty((size,) + rows.shape[1:], rows.dtype)
        if column is not None:
          self._columns[name][:len(column)] = column
      self._columns[name][places] = rows


def _are_close(codes, others):
  """Tells whether codes differ by no more than rounding in a batch."""
  scale = max(np.abs(codes).max(initial=0.0), np.finfo(np.float32).tiny)
  return np.allclose(codes / scale, others / scale, rtol=0.0, atol=_ROUNDING)
