"""Joint distributions of discrete factors that depend on each other.

A distribution is a product of terms, and each term is about a few factors. Its
factors fall into groups that share no term. Each group is tabulated and drawn
by itself, with one random integer.
"""
import dataclasses
import math
from collections.abc import Sequence

import numpy as np

# Factors are drawn with integers below this bound. A float64 holds them all.
BOUND = 2**53
_MAX_COMBINATIONS = 10**7  # 80 MB, a few times over.


class NothingLeftError(ValueError):
  """Raised if no combination of factors is possible."""


@dataclasses.dataclass(frozen=True)
class Term:
  """The logarithm of one term of a joint distribution.

  Attributes:
    factors: Indices of its factors, increasing.
    log_weights: float64 with one axis for each of these factors; minus infinity
      for combinations of probability 0.
  """

  factors: tuple[int, ...]
  log_weights: np.ndarray


def correlated(sizes: Sequence[int], first: int, second: int, slope: float,
               sigma: float) -> Term:
  """Makes the term by which two factors are correlated.

    log w(c_i, c_j) = -(c_i - slope * c_j)^2 / (2 sigma^2)

  A factor c with n values takes 0, 1 / (n - 1), ..., 1; it is 0 if n is 1.

  Args:
    sizes: Number of values of each factor of the data set.
    first: Index i.
    second: Index j.
    slope: Finite number, written a in the source.
    sigma: Positive number.

  Source: Traeuble et al., "On Disentangled Representations Learned from
  Correlated Data", 2021, section 3.
  """
  c_i, c_j = (np.arange(sizes[factor]) / max(sizes[factor] - 1, 1)
              for factor in (first, second))
  with np.errstate(over="ignore"):  # Then the weight is 0, as it should be.
    log_weights = -np.square((c_i[:, None] - slope * c_j) / sigma) / 2
  if first > second:
    first, second, log_weights = second, first, log_weights.T
  return Term((first, second), log_weights)


def allowed(sizes: Sequence[int], boxes: Sequence[dict[int, Sequence[int]]],
            inside: bool) -> Term:
  """Makes the term that allows combinations inside, or outside, of boxes.

  Args:
    sizes: Number of values of each factor of the data set.
    boxes: Dictionaries from indices of factors to some of their values. A
      combination is inside if one dictionary holds for each of its factors.
    inside: Whether combinations inside are allowed, or those outside.

  Raises:
    ValueError: There are too many combinations.
  """
  factors = tuple(sorted({factor for box in boxes for factor in box}))
  _check_size(sizes, factors)
  held = np.zeros([sizes[factor] for factor in factors], bool)
  for box in boxes:
    held[np.ix_(*(box.get(factor, range(sizes[factor]))
                  for factor in factors))] = True
  return Term(factors, np.where(held == inside, 0., -np.inf))


class Group:
  """Factors that depend on each other, and the probabilities of their values.

  Attributes:
    factors: Indices of the factors, increasing.
    probabilities: float64 with one axis for each of these factors.
  """

  def __init__(self, sizes: Sequence[int], terms: Sequence[Term]) -> None:
    """Tabulates exp(sum of the terms), normalized.

    Args:
      sizes: Number of values of each factor of the data set.
      terms: The terms.

    Raises:
      NothingLeftError: All combinations have probability 0.
      ValueError: There are too many combinations.
    """
    self.factors = tuple(sorted({
        factor for term in terms for factor in term.factors}))
    _check_size(sizes, self.factors)
    logs = np.zeros([sizes[factor] for factor in self.factors])
    for term in terms:
      logs += term.log_weights.reshape([
          sizes[factor] if factor in term.factors else 1
          for factor in self.factors])
    if logs.max() == -np.inf:
      raise NothingLeftError("No combination of the factors is possible.")
    weights = np.exp(logs - logs.max())
    self.probabilities = weights / weights.sum()
    # Combinations of probability 0 are left out, so that rounding draws none.
    self._possible = np.flatnonzero(weights)
    self._cumulative = np.cumsum(self.probabilities.flat[self._possible])
    self._cumulative[-1] = 1

  def look_up(self, draws: np.ndarray) -> np.ndarray:
    """Turns random integers into values of the factors.

    Args:
      draws: Integers `[num]`, uniform in [0, BOUND).

    Returns:
      Integers `[num, factors of the group]`.
    """
    found = np.searchsorted(self._cumulative, draws / BOUND, side="right")
    return np.stack(np.unravel_index(
        self._possible[found], self.probabilities.shape), axis=1)


def groups(sizes: Sequence[int], terms: Sequence[Term]) -> list[Group]:
  """Returns the groups of factors that terms tie to each other.

  Args:
    sizes: Number of values of each factor of the data set.
    terms: The terms.

  Raises:
    ValueError: A group has too many combinations, or none that is possible.
  """
  tied: list[list[Term]] = []
  for term in terms:
    touching = [group for group in tied if any(
        set(term.factors) & set(other.factors) for other in group)]
    tied = [group for group in tied if group not in touching]
    tied.append([*(other for group in touching for other in group), term])
  return [Group(sizes, group) for group in tied]


def _check_size(sizes, factors):
  combinations = math.prod(sizes[factor] for factor in factors)
  if combinations > _MAX_COMBINATIONS:
    raise ValueError(
        f"The factors {', '.join(map(str, factors))} depend on each other and "
        f"have {combinations:,} combinations, but at most "
        f"{_MAX_COMBINATIONS:,} can be tabulated. Tie fewer factors.")
