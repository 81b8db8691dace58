"""Data sets for training whose factors depend on each other.

Training draws from them if gin binds `correlated` or `constrained`. All else,
metrics above all, has the data set as it is, with independent factors.
"""
import functools
import inspect
import math
import numbers
from collections.abc import Sequence
from typing import Any

import gin
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data as gt

from sparse_disent.common import checks
from sparse_disent.compat.training import bulk_input
from sparse_disent.data import joint
from sparse_disent.data import selection


class Dependent(gt.GroundTruthData):
  """A data set, some of whose factors depend on each other.

  These are drawn from their joint distribution, with one integer for each
  group of them. The others are drawn as the data set draws them.
  """

  def __init__(self, data: gt.GroundTruthData,
               terms: Sequence[joint.Term]) -> None:
    """Tabulates the joint distributions.

    Args:
      data: GroundTruthData; if it is `Dependent`, its terms stay.
      terms: Terms of the joint distribution.

    Raises:
      ValueError: No combination of factors is left, or there are too many.
    """
    if isinstance(data, Dependent):
      data, terms = data.independent, [*data.terms, *terms]
    self.independent: gt.GroundTruthData = data
    self.terms = terms
    self.groups = joint.groups(data.factors_num_values, terms)

  @property
  def num_factors(self) -> int:
    """Number of factors."""
    return self.independent.num_factors

  @property
  def factors_num_values(self) -> list[int]:
    """Number of values of each factor."""
    return self.independent.factors_num_values

  @property
  def factor_names(self) -> Sequence[str]:
    """Names of the factors."""
    return selection.factor_names(self.independent)

  @property
  def observation_shape(self) -> list[int]:
    """Shape of an observation."""
    return self.independent.observation_shape

  def sample_factors(self, num: int,
                     random_state: np.random.RandomState) -> np.ndarray:
    """Samples factors, integer array `[num, num_factors]`."""
    drawn = [random_state.randint(joint.BOUND, size=num)
             for _ in self.groups]
    factors = np.array(self.independent.sample_factors(num, random_state))
    for group, integers in zip(self.groups, drawn, strict=True):
      factors[:, group.factors] = group.look_up(integers)
    return factors

  def sample_observations_from_factors(
      self, factors: np.ndarray,
      random_state: np.random.RandomState) -> np.ndarray:
    """Samples observations of given factors, as the data set does."""
    return self.independent.sample_observations_from_factors(
        factors, random_state)

  def sample_one_by_one(self, num: int,
                        random_state: np.random.RandomState) -> np.ndarray:
    """Samples what `num` calls of `sample_observations(1, ...)` sample."""
    bounds = self.bounds()
    if bounds is None:
      return bulk_input.in_turn(self, num, random_state)
    return bulk_input.in_columns(self, num, random_state, bounds)

  def bounds(self) -> list[int] | None:
    """Bounds of the integers that an observation is drawn with; or None."""
    bounds = bulk_input.bounds(self.independent)
    return bounds and [joint.BOUND] * len(self.groups) + bounds


bulk_input.register(Dependent, Dependent.sample_one_by_one)


def correlated(data: gt.GroundTruthData, *, pairs: Sequence | None = None,
               sigma: Any = None, slope: Any = 1.) -> gt.GroundTruthData:
  """Correlates factors of a data set.

    p(c) proportional to
        prod over pairs (i, j) of exp(-(c_i - slope * c_j)^2 / (2 sigma^2))

  The factors of pairs count from 0 to 1, in equal steps. All others stay
  independent.

  Args:
    data: GroundTruthData.
    pairs: List of pairs (i, j) of factors, by name or index, e.g.
      [("x", "y"), (0, 1)].
    sigma: Positive number, or a list with one for each pair. The paper has 0.1
      to 0.7. "inf" leaves the factors of a pair independent.
    slope: Finite number, or a list with one for each pair.

  Returns:
    GroundTruthData; `data` itself if every sigma is infinite.

  Raises:
    ValueError: If an argument is invalid.

  Source: Traeuble et al., "On Disentangled Representations Learned from
  Correlated Data", 2021, section 3.
  """
  indices = selection.check_pairs(data, pairs, "correlated.pairs")
  sigmas = _each(
      sigma, len(indices), "correlated.sigma", lambda value: value > 0,
      "be a positive number or 'inf'")
  slopes = _each(
      slope, len(indices), "correlated.slope", math.isfinite,
      "be a finite number")
  terms = [
      joint.correlated(data.factors_num_values, *pair, slope, sigma)
      for pair, slope, sigma in zip(indices, slopes, sigmas, strict=True)
      if sigma < math.inf]
  return Dependent(data, terms) if terms else data


def _each(value, num, parameter, holds, rule):
  """Returns a list of `num` numbers, given as such a list or as one number."""
  values = list(value) if isinstance(value, (list, tuple)) else [value] * num
  cure = f"Give one, or a list with one for each of the {num} pairs."
  checks.check(len(values) == num, parameter, rule, value, cure)
  values = [math.inf if each == "inf" else each for each in values]
  for each in values:
    checks.check(
        isinstance(each, numbers.Real) and not isinstance(each, bool)
        and holds(each), parameter, rule, value, cure)
  return values


def constrained(data: gt.GroundTruthData, *,
                left_out: Sequence[dict] | None = None,
                only: Sequence[dict] | None = None) -> gt.GroundTruthData:
  """Leaves combinations of factors out of a data set.

  What stays keeps its probabilities, relative to each other.

  Args:
    data: GroundTruthData.
    left_out: List of dictionaries from factors, by name or index, to a value, a
      list of values, or "start:stop" for a range of them. Values are indices.
      A combination is left out if all of one dictionary holds: [{"shape": 2,
      "x": "16:"}] leaves out hearts on the right half of dSprites.
    only: The same, for the only combinations that stay. With the dictionaries
      of `left_out` it makes the data to test generalization on.

  Returns:
    GroundTruthData.

  Raises:
    ValueError: If an argument is invalid, or no combination stays.
  """
  checks.check((left_out is None) != (only is None), "constrained.left_out",
               "be given, or constrained.only in its place", left_out,
               "Give a list of dictionaries to one of them.")
  parameter = "constrained.left_out" if only is None else "constrained.only"
  given = left_out if only is None else only
  boxes = selection.check_boxes(data, given, parameter)
  sizes = data.factors_num_values
  # A term for each dictionary makes smaller groups, where terms multiply.
  terms = ([joint.allowed(sizes, [box], inside=False) for box in boxes]
           if only is None else [joint.allowed(sizes, boxes, inside=True)])
  try:
    return Dependent(data, terms)
  except joint.NothingLeftError:
    checks.check(False, parameter, "leave some combination of factors", given,
                 "Leave out fewer.")
    raise


def _with_arguments(function):
  """Returns a function that only binds arguments of another.

  Gin supplies and records them. The call is not part of it, because gin adds
  lines to the errors of its configurables.
  """

  @functools.wraps(function)
  def bind(*args, **kwargs):
    return functools.partial(function, *args, **kwargs)

  bind.__signature__ = inspect.signature(function)
  return bind


# Gin's arguments hold in training alone, not for calls from Python.
_CONFIGURED = {
    "correlated": gin.external_configurable(
        _with_arguments(correlated), "correlated", denylist=["data"]),
    "constrained": gin.external_configurable(
        _with_arguments(constrained), "constrained", denylist=["data"]),
}


def as_configured(data: gt.GroundTruthData) -> gt.GroundTruthData:
  """Returns a data set with the dependence that gin binds, if any.

  Args:
    data: GroundTruthData.

  Raises:
    ValueError: A bound argument is invalid.
  """
  for name, function in _CONFIGURED.items():
    if is_configured(name):
      data = function(data)()
  return data


def is_configured(*names: str) -> bool:
  """Tells whether gin binds arguments of these functions.

  Args:
    *names: "correlated", "constrained", or none for either.
  """
  return any(gin.get_bindings(name, resolve_references=False)
             for name in names or _CONFIGURED)
