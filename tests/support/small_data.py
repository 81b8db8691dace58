"""Data whose observations are their factors, and metrics may not see them."""
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data


class Sealed:
  """An observation that says nothing, not even how many there are."""

  __slots__ = ("_factors",)

  def __init__(self, factors):
    self._factors = factors


def reader(function):
  """Makes a representation function of a function of the factors."""
  return lambda observations: function(observations._factors)


class Factors(ground_truth_data.GroundTruthData):
  """Independent factors, uniform over 0 ... size - 1.

  Args:
    sizes: Numbers of values.
    num_noise: How many standard normal values, drawn anew for each observation,
      an observation has beside its factors.
  """

  def __init__(self, sizes=(4, 3, 6), num_noise=0):
    self._sizes = list(sizes)
    self._num_noise = num_noise

  @property
  def num_factors(self):
    return len(self._sizes)

  @property
  def factors_num_values(self):
    return self._sizes

  def sample_factors(self, num, random_state):
    return random_state.randint(self._sizes, size=(num, len(self._sizes)))

  def sample_observations_from_factors(self, factors, random_state):
    noise = random_state.normal(size=[len(factors), self._num_noise])
    return Sealed(np.concatenate([factors, noise], axis=1))


class Points(Factors):
  """Hands out given points in turn, as factors and as observations."""

  def __init__(self, points):
    super().__init__([2] * points.shape[1])
    self._points = points
    self._next = 0

  def sample_factors(self, num, random_state):
    self._next += num
    return self._points[self._next - num:self._next]
