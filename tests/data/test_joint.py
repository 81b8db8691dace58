"""Probabilities against the formula, written out here over all combinations."""
import itertools

import numpy as np
import pytest

from sparse_disent.data import joint

SIZES = [3, 4, 5, 1, 6]


def weight(first, second, sizes, slope, sigma):
  """Computes exp(-(c_i - slope c_j)^2 / (2 sigma^2)) of two values."""
  scaled = [value / (size - 1) if size > 1 else 0
            for value, size in zip((first, second), sizes, strict=True)]
  return np.exp(-(scaled[0] - slope * scaled[1])**2 / (2 * sigma**2))


@pytest.mark.parametrize("first, second, slope, sigma", [
    (0, 1, 1, .1), (4, 2, 1, .4), (1, 4, .5, .7), (2, 0, -1, .2),
    (3, 1, 1, .3)])
def test_one_pair(first, second, slope, sigma):
  group, = joint.groups(SIZES, [
      joint.correlated(SIZES, first, second, slope, sigma)])
  expected = np.array([[
      weight(i, j, (SIZES[first], SIZES[second]), slope, sigma)
      for j in range(SIZES[second])] for i in range(SIZES[first])])
  expected /= expected.sum()
  assert group.factors == tuple(sorted((first, second)))
  np.testing.assert_allclose(
      group.probabilities, expected if first < second else expected.T,
      rtol=1e-12)


@pytest.mark.parametrize("slope, sigma", [(1, 1e-170), (1, 1e-320), (1e200, 1)])
def test_an_extreme_pair(slope, sigma):
  """Only c_i = slope * c_j stays, as far as there are such values."""
  group, = joint.groups([3, 5], [
      joint.correlated([3, 5], 0, 1, slope, sigma)])
  expected = np.zeros([3, 5])
  if slope == 1:
    expected[[0, 1, 2], [0, 2, 4]] = 1 / 3
  else:  # c_j is 0, and c_i has the weights exp(-c_i^2 / 2).
    expected[:, 0] = np.exp([0, -1 / 8, -1 / 2])
    expected /= expected.sum()
  np.testing.assert_allclose(group.probabilities, expected, rtol=1e-12)


def test_pairs_with_a_common_factor_multiply():
  group, = joint.groups(SIZES, [
      joint.correlated(SIZES, 0, 1, 1., .3),
      joint.correlated(SIZES, 4, 1, 2., .2)])
  expected = np.zeros([3, 4, 6])
  for i, j, k in np.ndindex(3, 4, 6):
    expected[i, j, k] = (weight(i, j, (3, 4), 1., .3)
                         * weight(k, j, (6, 4), 2., .2))
  assert group.factors == (0, 1, 4)
  np.testing.assert_allclose(
      group.probabilities, expected / expected.sum(), rtol=1e-12)


def test_pairs_without_one_make_groups():
  found = joint.groups(SIZES, [
      joint.correlated(SIZES, 0, 1, 1., .3),
      joint.correlated(SIZES, 4, 2, 1., .3)])
  assert [group.factors for group in found] == [(0, 1), (2, 4)]
  joined, = joint.groups(SIZES, [
      joint.correlated(SIZES, 0, 1, 1., .3),
      joint.correlated(SIZES, 4, 2, 1., .3),
      joint.correlated(SIZES, 1, 2, 1., .3)])
  assert joined.factors == (0, 1, 2, 4)


BOXES = [{0: [2], 1: range(2, 4)}, {0: [0, 1], 4: [5]}]


@pytest.mark.parametrize("inside", [True, False])
def test_only_what_is_allowed_has_equal_probability(inside):
  group, = joint.groups(SIZES, [joint.allowed(SIZES, BOXES, inside)])
  for values in itertools.product(range(3), range(4), range(6)):
    first, second, last = values
    held = first == 2 and second >= 2 or first < 2 and last == 5
    assert (group.probabilities[values] > 0) == (held == inside)
  np.testing.assert_allclose(
      group.probabilities.max(), 1 / np.count_nonzero(group.probabilities))


def test_what_is_allowed_keeps_its_ratios():
  """The likely combinations are left out, and others never underflow."""
  sizes = [2, 3]
  group, = joint.groups(sizes, [
      joint.correlated(sizes, 0, 1, 1., .01),
      joint.allowed(sizes, [{0: [0], 1: [0]}, {0: [1], 1: [2]}], False)])
  # Weights exp(-5000) for (0, 2), (1, 0) and exp(-1250) for (0, 1), (1, 1).
  np.testing.assert_allclose(
      group.probabilities, [[0, .5, 0], [0, .5, 0]], atol=1e-300)


def test_look_up_inverts_the_cumulative_distribution():
  group, = joint.groups([2, 2], [
      joint.allowed([2, 2], [{0: [0], 1: [1]}], False)])
  draws = (np.array([0, .33, .34, .66, .67]) * joint.BOUND).astype(np.int64)
  assert group.look_up(np.append(draws, joint.BOUND - 1)).tolist() == [
      [0, 0], [0, 0], [1, 0], [1, 0], [1, 1], [1, 1]]


def test_nothing_left():
  with pytest.raises(joint.NothingLeftError, match="No combination"):
    joint.groups([2, 2], [joint.allowed([2, 2], [{0: [0, 1]}], False)])


def test_too_many_combinations():
  sizes = [400, 300, 200]
  with pytest.raises(ValueError, match=(
      "^The factors 0, 1, 2 depend on each other and have 24,000,000 "
      "combinations, but at most 10,000,000 can be tabulated. Tie fewer "
      "factors.$")):
    joint.groups(sizes, [joint.correlated(sizes, 0, 1, 1., .3),
                         joint.correlated(sizes, 1, 2, 1., .3)])
  with pytest.raises(ValueError, match="24,000,000"):
    joint.allowed(sizes, [{0: [0], 1: [0], 2: [0]}], True)
