"""Ground truth data from an array of factors.

An observation is a row of the array, without an image.
"""
from collections.abc import Sequence
from typing import Any

import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data


class ArrayData(ground_truth_data.GroundTruthData):
  """The rows of a table of factors, in a random order.

  For given factors, an observation is a row with these factors. If there are
  several such rows, one of them is drawn.

  Attributes:
    has_replaced: Whether rows have been drawn with replacement.
  """

  def __init__(self, factors: np.ndarray, blocks: Sequence[int] = ()):
    """Indexes the rows.

    Args:
      factors: Array [num_points, num_factors] of discrete values, of any kind.
      blocks: Sizes of blocks, each at most `num_points`. The first rows that
        `sample` and `sample_factors` draw come in blocks of these sizes. Within
        a block all rows are distinct. Rows after the last block are drawn with
        replacement.
    """
    columns = [np.unique(column, return_inverse=True)
               for column in np.transpose(factors)]
    self._sizes = [len(values) for values, _ in columns]
    self._factors = np.stack([numbers.reshape(-1) for _, numbers in columns], 1)
    cells, self._counts = np.unique(
        self._factors, axis=0, return_counts=True)
    self._rows = np.lexsort(self._factors.T[::-1])
    self._starts = np.cumsum(self._counts) - self._counts
    self._cells = {cell.tobytes(): i for i, cell in enumerate(cells)}
    self._blocks, self._waiting = list(blocks), np.zeros(0, np.int64)
    self._handed_out = {}
    self.has_replaced = False

  @property
  def num_factors(self) -> int:
    """Number of factors."""
    return len(self._sizes)

  @property
  def factors_num_values(self) -> list[int]:
    """Number of values of each factor."""
    return self._sizes

  @property
  def observation_shape(self) -> list[int]:
    """Shape of an observation: empty, as it is the number of a row."""
    return []

  def sample_factors(
      self, num: int, random_state: np.random.RandomState) -> np.ndarray:
    """Draws the factors of rows, int64 [num, num_factors]."""
    rows = self._distinct(num, random_state)
    if len(rows) == num:
      self._handed_out[self._factors[rows].tobytes()] = rows
    else:
      rows = np.concatenate([rows, random_state.randint(
          len(self._factors), size=num - len(rows))])
    return self._factors[rows]

  def sample_observations_from_factors(
      self, factors: np.ndarray,
      random_state: np.random.RandomState) -> "Rows":
    """Draws a row for each combination of factors.

    If `factors` is an array that `sample_factors` has drawn from a block, the
    result is the same rows.

    Args:
      factors: Integer array [num, num_factors].
      random_state: NumPy random state.

    Returns:
      rows: `Rows`, num of them.

    Raises:
      LookupError: If no row has such a combination.
    """
    factors = np.ascontiguousarray(factors, self._factors.dtype)
    distinct = self._handed_out.get(factors.tobytes())
    if distinct is not None:
      return Rows(distinct)
    self.has_replaced = True
    try:
      cells = np.array([self._cells[row.tobytes()] for row in factors])
    except KeyError:
      full = int(np.prod([float(size) for size in self._sizes]))
      raise LookupError(
          "The metric changes factors one by one, which takes a row for every "
          f"combination of their values: there are {len(self._cells):,} of "
          f"{full:,}. Add the others, or leave this metric out.") from None
    offsets = random_state.random_sample(len(cells)) * self._counts[cells]
    return Rows(self._rows[self._starts[cells] + offsets.astype(np.int64)])

  def _distinct(self, num, random_state):
    """Takes up to `num` rows from the blocks."""
    while len(self._waiting) < num and self._blocks:
      block = random_state.permutation(len(self._factors))[:self._blocks.pop(0)]
      self._waiting = np.concatenate([self._waiting, block])
    taken, self._waiting = np.split(self._waiting, [num])
    return taken


class Rows:
  """Observations without images: only their codes are known.

  Metrics may count and select them, and pass them to the representation
  function. Any look at their content raises an error.

  Attributes:
    numbers: Integer array, numbers of rows.
  """

  def __init__(self, numbers: np.ndarray):
    """Wraps numbers of rows."""
    self.numbers = numbers

  @property
  def shape(self) -> tuple[int, ...]:
    """Shape of the array of numbers."""
    return self.numbers.shape

  def __len__(self) -> int:
    return len(self.numbers)

  def __getitem__(self, index: Any) -> "Rows":
    return Rows(self.numbers[index])

  def __array__(self, *unused_args: Any, **unused_kwargs: Any) -> np.ndarray:
    raise TypeError(_NOTHING_TO_SEE)

  def __getattr__(self, name: str) -> Any:
    raise AttributeError(f"{_NOTHING_TO_SEE} It asked for '{name}'.")


_NOTHING_TO_SEE = (
    "The metric looks into observations, but arrays of codes have none. Use "
    "evaluate_function, or leave this metric out.")
