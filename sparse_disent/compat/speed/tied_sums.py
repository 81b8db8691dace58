"""Sums of a node's targets in each order that its points may be in; compiled.

The order of points of equal value depends on scikit-learn's sort, and rounding
makes sums depend on that order. A few points of equal value leave few different
sums, as most orders round alike. These are found in one pass over the points,
which carries on all sums that are possible so far.

This module imports numba: import it where trees are grown, and not before.
numba keeps compiled code by the date of the file that a function is in, and
`tree_growing.grow` holds what it calls: touch that file after a change here.
"""
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

# Impurity up to which a node is a leaf; `EPSILON` of sklearn.tree.
PURE = np.finfo(np.float64).eps
# Most different sums of a node that are told apart.
MOST_SUMS = 32
# Most groups of points of equal value on the same side of a split, and most
# pairs of such points on both sides.
_MOST_GROUPS = 16
_MOST_PAIRS = 3
# Most sums at a time, while groups are open.
_MOST_STATES = 4 * MOST_SUMS


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
  """Compiles a function once, unless there is no folder to keep the result."""
  try:
    return numba.njit(nogil=True, cache=True)(function)
  except RuntimeError:  # Neither the package's folder nor the user's.
    return numba.njit(nogil=True)(function)


@compiled
def copied(to, points, start, end):
  """Copies a range of an array. Copies of slices take seconds to compile."""
  for place in range(start, end):
    to[place] = points[place]


@compiled
def make_ties(num_points):
  """Makes the arrays that `find` fills.

  Returns:
    group: uint8 [num_points], 1 and more for points of a group, 0 for others.
    groups: float64 [_MOST_GROUPS, 3], of each group its size, the target that
      all but one of its points have, and the target of that one.
    pairs: int64 [_MOST_PAIRS], the place of the first point of a pair.
  """
  return (np.zeros(num_points, np.uint8), np.zeros((_MOST_GROUPS, 3)),
          np.zeros(_MOST_PAIRS, np.int64))


@compiled
def make_spare():
  """Makes the arrays that `_carry` overwrites: sums, open groups, seen points.
  """
  return (np.zeros((2, _MOST_STATES)), np.zeros(_MOST_STATES, np.int64),
          np.zeros(_MOST_GROUPS, np.int64), np.zeros((2, MOST_SUMS)))


@compiled
def find(column, order, target, goes_left, start, end, ties):
  """Finds points whose order scikit-learn's sort decides, where sums see it.

  Args:
    column: float32 [num_points], the feature that was sorted last.
    order: uint32 [num_points]; in [start, end) the node's points, sorted.
    target: float64 [num_points].
    goes_left: uint8 [num_points].
    start, end: place of the node in `order`.
    ties: as `make_ties` returns them; `forget` has to follow.

  Returns:
    num_groups: -1 for more than can be told, or of a kind that cannot.
    num_pairs: number of pairs.
  """
  group, groups, pairs = ties
  num_groups = num_pairs = 0
  first = start
  for place in range(start + 1, end + 1):
    if place < end and column[order[place]] == column[order[first]]:
      continue
    size = place - first
    if size > 1:
      one, equal, same_side = order[first], 0, True
      for at in range(first, place):
        other = order[at]
        equal += target[other] == target[one]
        same_side = same_side and goes_left[other] == goes_left[one]
      if not same_side:
        if size > 2 or num_pairs == len(pairs):
          return -1, 0
        pairs[num_pairs] = first
        num_pairs += 1
      elif equal < size:
        if num_groups == len(groups):
          return -1, 0
        common = odd = target[one]
        for at in range(first, place):
          other = order[at]
          if target[other] != target[one]:
            if equal == 1:
              common = target[other]
            else:
              odd = target[other]
        alike = 0
        for at in range(first, place):
          other = order[at]
          alike += target[other] == common
          group[other] = num_groups + 1
        groups[num_groups, 0] = size
        groups[num_groups, 1] = common
        groups[num_groups, 2] = odd
        num_groups += 1
        if alike < size - 1:
          return -1, 0
    first = place
  return num_groups, num_pairs


@compiled
def forget(order, start, end, ties):
  """Undoes what `find` has noted of the points of a node."""
  for place in range(start, end):
    ties[0][order[place]] = 0


@compiled
def swapped(samples, goes_left, start, end):
  """Moves points that go left to the front by swaps, as scikit-learn does."""
  while start < end:
    if goes_left[samples[start]]:
      start += 1
    else:
      end -= 1
      samples[start], samples[end] = samples[end], samples[start]


@compiled
def summed(samples, target, start, end):
  """Returns the sum of targets and that of their squares, in this order."""
  total, squares = 0.0, 0.0
  for place in range(start, end):
    value = target[samples[place]]
    total += value
    squares += value * value
  return total, squares


@compiled
def _distinct(sums, still_open, count):
  """Drops states that are there twice; returns how many stay."""
  kept = 0
  for state in range(count):
    is_new = True
    for other in range(kept):
      is_new = is_new and (sums[0, other] != sums[0, state]
                           or sums[1, other] != sums[1, state]
                           or still_open[other] != still_open[state])
    if is_new:
      sums[0, kept] = sums[0, state]
      sums[1, kept] = sums[1, state]
      still_open[kept] = still_open[state]
      kept += 1
  return kept


@compiled
def _carry(samples, target, ties, start, end, begin, backwards, spare):
  """Sums up points in all orders of the points of a group.

  Args:
    samples: uint32 [num_points], in [start, end) the points.
    target, start, end: as above.
    ties: as `find` has filled them. The points of a group share their places.
    begin: sum to begin with.
    backwards: whether targets are subtracted, last point first.
    spare: as `make_spare` returns it; the first array gets the sums of targets
      and, unless backwards, of their squares.

  Returns:
    Number of different sums; -1 for too many.
  """
  group, groups, _ = ties
  sums, placed, seen, _ = spare
  for number in range(len(seen)):
    seen[number] = 0
  sums[0, 0] = begin
  sums[1, 0] = 0.0
  placed[0] = 0
  count, step = 1, 1
  place, stop = start, end
  if backwards:
    place, stop, step = end - 1, start - 1, -1
  while place != stop:
    number = group[samples[place]]
    if number == 0:  # Up to the next point of a group.
      until = place
      while until != stop and group[samples[until]] == 0:
        until += step
      for state in range(count):
        total, squares = sums[0, state], sums[1, state]
        for one in range(place, until, step):
          value = target[samples[one]]
          if backwards:
            total -= value
          else:
            total += value
            squares += value * value
        sums[0, state] = total
        sums[1, state] = squares
      place = until
      continue
    number -= 1
    size, common, odd = groups[number, 0], groups[number, 1], groups[number, 2]
    seen[number] += 1
    is_last, bit = seen[number] == size, 1 << number
    known = count
    if not is_last and 2 * known > len(placed):
      return -1
    for state in range(known):
      is_placed = placed[state] & bit != 0
      if not is_placed and not is_last:  # The odd one may be here, or later.
        sums[0, count] = sums[0, state]
        sums[1, count] = sums[1, state]
        placed[count] = placed[state] | bit
        _add(sums, count, odd, backwards)
        count += 1
      _add(sums, state, common if is_placed or not is_last else odd, backwards)
    if is_last:
      for state in range(count):
        placed[state] &= ~bit
      count = _distinct(sums, placed, count)
    place += step
  return count if count <= MOST_SUMS else -1


@compiled
def _add(sums, state, value, backwards):
  if backwards:
    sums[0, state] -= value
  else:
    sums[0, state] += value
    sums[1, state] += value * value


@compiled
def _collected(found, count, sums, number):
  """Adds sums to those that are known; returns how many these are, or -1."""
  for one in range(number):
    is_new = True
    for other in range(count):
      is_new = is_new and (found[0, other] != sums[0, one]
                           or found[1, other] != sums[1, one])
    if is_new:
      if count == MOST_SUMS:
        return -1
      found[0, count] = sums[0, one]
      found[1, count] = sums[1, one]
      count += 1
  return count


@compiled
def of_parts(order, samples, ties, num_pairs, goes_left, target, start, middle,
             end, sums, expected, copy, spare, possible):
  """Finds the sums of both parts of a node.

  Args:
    order: uint32 [num_points], the points sorted, in the likely order.
    samples: uint32 [num_points], the same, with the parts one after the other.
    ties, num_pairs: as `find` gives them.
    goes_left, target, start, middle, end: of the node and its split.
    sums: float64 [2, num], all that the node's sums of targets and of their
      squares can be.
    expected: impurities of the parts in the likely order.
    copy: uint32 [num_points], is overwritten.
    spare: as `make_spare` returns it, is overwritten.
    possible: float64 [2, 2, MOST_SUMS], gets such sums for the left part and
      the right one, that of the likely order first.

  Returns:
    num_left, num_right: how many sums each part has; 0 for too many.
    certain: whether each part is pure in all orders or in none.
  """
  left = spare[3]
  possible[0, 0, 0], possible[0, 1, 0] = summed(samples, target, start, middle)
  possible[1, 0, 0], possible[1, 1, 0] = summed(samples, target, middle, end)
  num_left = num_right = 1
  certain = True
  for choice in range(1 << num_pairs):
    copied(copy, order, start, end)
    for number in range(num_pairs):
      if choice >> number & 1:
        place = ties[2][number]
        copy[place], copy[place + 1] = copy[place + 1], copy[place]
    swapped(copy, goes_left, start, end)
    found = _carry(copy, target, ties, middle, end, 0.0, False, spare)
    if found < 0:
      return 0, 0, False
    num_right = _collected(possible[1], num_right, spare[0], found)
    found = _carry(copy, target, ties, start, middle, 0.0, False, spare)
    if found < 0:
      return 0, 0, False
    for one in range(found):
      left[0, one] = spare[0][0, one]
      left[1, one] = spare[0][1, one]
    num_left = _collected(possible[0], num_left, spare[0], found)
    if num_left < 0 or num_right < 0:
      return 0, 0, False
    certain = certain and _is_certain(
        copy, target, ties, start, middle, end, sums, left, found, expected,
        spare)
  return num_left, num_right, certain


@compiled
def _is_certain(samples, target, ties, start, middle, end, sums, left,
                num_sums, expected, spare):
  """Tells whether parts are pure as expected, whatever their sums are."""
  num_left, num_right = middle - start, end - middle
  for known in range(sums.shape[1]):
    total, squares = sums[0, known], sums[1, known]
    found = num_sums
    subtracts = num_left > num_right  # The right part is the shorter sum.
    if subtracts:
      found = _carry(samples, target, ties, middle, end, total, True, spare)
      if found < 0:
        return False
    for one in range(found):
      part = spare[0][0, one] if subtracts else left[0, one]
      for other in range(num_sums):
        if not subtracts and other != one:
          continue  # Sums of targets and of squares come from one order.
        impurities = (
            left[1, other] / num_left - (part / num_left) ** 2.0,
            (squares - left[1, other]) / num_right
            - ((total - part) / num_right) ** 2.0)
        if ((impurities[0] <= PURE) != (expected[0] <= PURE)
            or (impurities[1] <= PURE) != (expected[1] <= PURE)):
          return False
  return True
