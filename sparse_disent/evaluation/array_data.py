"""Ground truth data from an array of factors; observations are row numbers."""
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data


class ArrayData(ground_truth_data.GroundTruthData):
  """The rows of a table of factors, drawn uniformly.

  An observation is the number of a row with the factors that are asked for;
  among several such rows one is drawn.
  """

  def __init__(self, factors):
    """Indexes the rows.

    Args:
      factors: Array [num_points, num_factors] of discrete values, of any kind.
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

  @property
  def num_factors(self):
    """Number of factors."""
    return len(self._sizes)

  @property
  def factors_num_values(self):
    """Number of values of each factor."""
    return self._sizes

  @property
  def observation_shape(self):
    """Shape of an observation: it is a number."""
    return []

  def sample_factors(self, num, random_state):
    """Draws the factors of rows, int64 [num, num_factors]."""
    return self._factors[random_state.randint(len(self._factors), size=num)]

  def sample_observations_from_factors(self, factors, random_state):
    """Draws a row for each combination of factors.

    Args:
      factors: Integer array [num, num_factors].
      random_state: NumPy random state.

    Returns:
      numbers: int64 [num], numbers of rows.

    Raises:
      LookupError: If no row has such a combination.
    """
    factors = np.ascontiguousarray(factors, self._factors.dtype)
    try:
      cells = np.array([self._cells[row.tobytes()] for row in factors])
    except KeyError:
      full = int(np.prod([float(size) for size in self._sizes]))
      raise LookupError(
          "The metric changes factors one by one, which takes a row for every "
          f"combination of their values: there are {len(self._cells):,} of "
          f"{full:,}. Add the others, or leave this metric out.") from None
    offsets = random_state.random_sample(len(cells)) * self._counts[cells]
    return self._rows[self._starts[cells] + offsets.astype(np.int64)]
