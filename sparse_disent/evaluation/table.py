"""Tables of the codes of a fixed list of images, made as they are needed."""
import numpy as np

from sparse_disent import progress

# In batches of another size a code has other last bits. All have this size,
# upstream's for BetaVAE and FactorVAE scores. Larger ones are no faster.
BATCH_SIZE = 64
# Fraction of all images up to which they are encoded one request at a time. The
# requests of metrics may be a quarter of a batch.
_FEW = 1 / 16


class Table:
  """Codes of images, each encoded once, when it is first asked for.

  A metric of 10,000 points needs a seventieth of dSprites. When it comes to
  more than a sixteenth, all that are left are encoded in one go. A code is the
  same, bit for bit, whatever is asked for together with it.

  Attributes:
    encode: The function that encodes images; what it returns is not kept.
  """

  def __init__(self, encode, size, description):
    """Makes an empty table.

    Args:
      encode: Function from numbers of images, int64 [BATCH_SIZE], to a
        dictionary of arrays [BATCH_SIZE, num_codes].
      size: Number of images.
      description: String for the progress display.
    """
    self.encode, self._description = encode, description
    self._known, self._arrays = np.zeros(size, bool), {}
    self._listeners = []

  @classmethod
  def of(cls, arrays):
    """A complete table: dictionary of arrays [size, num_codes]."""
    table = cls(None, len(next(iter(arrays.values()))), "")
    table._arrays, table._known[:] = arrays, True
    return table

  def __getitem__(self, numbers):
    """Returns the codes of images, a dictionary of arrays.

    Args:
      numbers: int64 [batch_size].
    """
    missing = numbers[~self._known[numbers]]
    if missing.size:
      missing = np.unique(missing)
      known = np.count_nonzero(self._known) + missing.size
      if known > _FEW * len(self._known):
        self._encode_all()
      else:
        for batch in _batches(missing):
          self._add(batch)
    return {name: array[numbers] for name, array in self._arrays.items()}

  def when_complete(self, listener):
    """Calls a function of the whole arrays once there are codes of all images.
    """
    if self._known.all():
      listener(self._arrays)
    else:
      self._listeners.append(listener)

  def _encode_all(self):
    missing = np.flatnonzero(~self._known)
    with progress.progress(len(missing), self._description,
                           "images") as display:
      for batch in _batches(missing):
        self._add(batch)
        display.update(len(batch))
    for listener in self._listeners:
      listener(self._arrays)

  def _add(self, numbers):
    repeated = np.resize(numbers, BATCH_SIZE)
    for name, block in self.encode(repeated).items():
      array = self._arrays.setdefault(name, np.empty(
          (len(self._known),) + block.shape[1:], block.dtype))
      array[numbers] = block[:len(numbers)]
    self._known[numbers] = True


def _batches(numbers):
  return (numbers[start:start + BATCH_SIZE]
          for start in range(0, len(numbers), BATCH_SIZE))


class Columns:
  """A table whose "code" is columns of another table's codes."""

  def __init__(self, table, name, columns):
    """Selects columns.

    Args:
      table: A `Table`.
      name: Which of its codes.
      columns: What to index [batch_size, num_codes] with: a slice, or a list.
    """
    self._table, self._name, self._columns = table, name, columns

  def __getitem__(self, numbers):
    """See `Table`."""
    return self._select(self._table[numbers])

  def when_complete(self, listener):
    """See `Table`."""
    self._table.when_complete(lambda arrays: listener(self._select(arrays)))

  def _select(self, codes):
    return {"code": codes[self._name][:, self._columns]}
