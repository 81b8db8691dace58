"""Leaves out latents and factors that are constant, for scores of the others.

A constant latent, such as a pruned one, says nothing on any factor. Nothing can
be said on a factor that has a single value. Scores that leave both out do not
depend on how many of them there are.
"""
import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Varying:
  """A sample without its constant columns.

  Attributes:
    codes: [num_points, number of latents that vary].
    factors: [num_points, number of factors that vary].
    latents: Indices of the latents that vary, ascending.
    factor_indices: Indices of the factors that vary, ascending.
    num_latent: Number of all latents.
    num_factors: Number of all factors.
  """

  codes: np.ndarray
  factors: np.ndarray
  latents: np.ndarray
  factor_indices: np.ndarray
  num_latent: int
  num_factors: int

  @classmethod
  def of(cls, codes: np.ndarray, factors: np.ndarray,
         is_active: np.ndarray | None = None) -> "Varying":
    """Leaves out the constant columns.

    Args:
      codes: [num_points, num_latent].
      factors: [num_points, num_factors].
      is_active: Booleans [num_latent], False for latents to be left out like
        constants; None for the latents that vary at all.
    """
    latents = np.flatnonzero(
        np.ptp(codes, axis=0) > 0 if is_active is None else is_active)
    indices = np.flatnonzero(np.ptp(factors, axis=0) > 0)
    return cls(codes[:, latents], factors[:, indices], latents, indices,
               codes.shape[1], factors.shape[1])

  def lacks(self, num_latents: int = 1, num_factors: int = 1) -> str | None:
    """Says why a score is undefined that needs some latents and factors.

    Args:
      num_latents: How many latents have to vary.
      num_factors: How many factors have to vary.

    Returns:
      reason: What is missing; None if nothing is.
    """
    for name, indices, least in (("latents", self.latents, num_latents),
                                 ("factors", self.factor_indices, num_factors)):
      if len(indices) < least:
        return (f"it takes {least} or more {name} that vary, and there are "
                f"{len(indices)}")
    return None

  def expand(self, matrix: np.ndarray) -> list[list[float]]:
    """Puts 0 for all that was left out.

    Args:
      matrix: [number of latents that vary, number of factors that vary].

    Returns:
      matrix: Nested list [num_latent, num_factors].
    """
    whole = np.zeros([self.num_latent, self.num_factors])
    whole[np.ix_(self.latents, self.factor_indices)] = matrix
    return whole.tolist()

  def constant_factors(self) -> list[int]:
    """Indices of the factors that were left out."""
    return np.setdiff1d(range(self.num_factors), self.factor_indices).tolist()
