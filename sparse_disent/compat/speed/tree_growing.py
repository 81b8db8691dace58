"""Regression trees, split for split as scikit-learn grows them; compiled.

scikit-learn sorts each feature anew in each node of each tree. All trees of a
fit share their features. Here these are sorted once, and a node passes the
order on to its children. To choose the same splits, a tree also repeats

* the generator that draws the order of features, a xorshift with one seed a
  tree, and which features it no longer draws as they are constant in a node;
* the order of points in which sums are taken, as rounding decides between
  splits that divide the points alike;
* the impurities, which decide what is a leaf.

The order of points of equal value depends on scikit-learn's sort. Where that
could decide, a tree is doubtful, and scikit-learn has to grow it.

This module imports numba: import it where trees are grown, and not before.
"""
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

# Impurity up to which a node is a leaf; `EPSILON` of sklearn.tree.
_PURE = np.finfo(np.float64).eps
# Largest change that another order of points makes: of an improvement, as a
# fraction of a node's sum of squares, and of an impurity, of its mean square.
_ROUNDING = 1e-11
_IMPURITY_ROUNDING = 1e-14
# Most pairs of points whose order is tried both ways.
_MOST_PAIRS = 3
_LEAF = -1
_NO_FEATURE = -2
# Denominator up to which a leaf's value is 0; `_safe_divide` of sklearn.
_TINY = 1e-150


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
  """Compiles a function once, unless there is no folder to keep the result."""
  try:
    return numba.njit(nogil=True, cache=True)(function)
  except RuntimeError:  # Neither the package's folder nor the user's.
    return numba.njit(nogil=True)(function)


@_compiled
def _drawn(state, number):
  """Draws an integer below `number` from the generator in `state`."""
  bits = state[0] if state[0] != 0 else np.uint32(1)
  bits ^= np.uint32(bits << np.uint32(13))
  bits ^= np.uint32(bits >> np.uint32(17))
  bits ^= np.uint32(bits << np.uint32(5))
  state[0] = bits
  return np.int64(bits) % 2147483648 % number


@_compiled
def _improvement(left, right, num_left, num_right, friedman):
  """Returns what scikit-learn maximizes: a proxy of a split's improvement."""
  num_left, num_right = np.float64(num_left), np.float64(num_right)
  if friedman:
    difference = num_right * left - num_left * right
    return difference * difference / (num_left * num_right)
  return left * left / num_left + right * right / num_right


@_compiled
def _searched(column, order, target, inverse, start, end, totals, tolerance,
              same, friedman, loose, best):
  """Searches the points of a node for the best split along one feature.

  Args:
    column: float32 [num_points], the feature.
    order: uint32 [num_points]; in [start, end) the node's points, sorted.
    target: float64 [num_points].
    inverse: float64 [num_points + 1], 1 / number.
    start, end: place of the node in `order`.
    totals: float64 [num], sum of the node's targets: first in the likely order
      of points, then in all other orders that are possible.
    tolerance: difference between splits that rounding could make.
    same: float32, largest difference of values that count as equal.
    friedman: whether to use Friedman's criterion, or the squared error.
    loose: whether there are further possible orders.
    best: (improvement, place, sum of targets before that, whether that depends
      on the order of equal values, whether that could decide between splits),
      of the features so far.

  Returns:
    `best`, of the features up to this one.
  """
  improvement, split, split_left, split_loose, doubtful = best
  total, left, summed = totals[0], 0.0, start
  least = improvement - 2 * tolerance
  before = order[start]
  previous = column[before]
  for place in range(start + 1, end):
    point = order[place]
    value = column[point]
    if value <= previous + same:
      loose = loose or value == previous and target[point] != target[before]
      previous, before = value, point
      continue
    if place - summed == 1:
      left += target[before]
    elif place - summed <= end - place:
      for other in range(summed, place):
        left += target[order[other]]
    else:  # The other side is the shorter sum.
      left = total
      loose = loose or len(totals) > 1
      for other in range(end - 1, place - 1, -1):
        left -= target[order[other]]
        loose = loose or other > place and (
            column[order[other]] == column[order[other - 1]])
    summed = place
    right = total - left
    if friedman:
      about = (end - place) * left - (place - start) * right
      about *= about * inverse[place - start] * inverse[end - place]
    else:
      about = (left * left * inverse[place - start]
               + right * right * inverse[end - place])
    if about > least:  # Divisions are slow.
      found = _improvement(left, right, place - start, end - place, friedman)
      if found > improvement + tolerance:
        doubtful = False
      elif found > improvement - tolerance and not doubtful:
        doubtful = loose or split_loose
        for other in totals[1:]:
          doubtful = doubtful or (found > improvement) != (
              _improvement(left, other - left, place - start, end - place,
                           friedman)
              > _improvement(split_left, other - split_left, split - start,
                             end - split, friedman))
      if found > improvement:
        improvement, split, split_left = found, place, left
        split_loose, least = loose, found - 2 * tolerance
    previous, before = value, point
  return improvement, split, split_left, split_loose, doubtful


@_compiled
def _divided(order, spare, goes_left, start, end):
  """Moves points that go left to the front, both parts in their old order."""
  front, back = start, 0
  for place in range(start, end):  # Without branches, which are guessed wrong.
    point = order[place]
    order[front] = point
    spare[back] = point
    front += goes_left[point]
    back += 1 - goes_left[point]
  order[front:end] = spare[:back]


@_compiled
def _swapped(samples, goes_left, start, end):
  """Moves points that go left to the front by swaps, as scikit-learn does."""
  while start < end:
    if goes_left[samples[start]]:
      start += 1
    else:
      end -= 1
      samples[start], samples[end] = samples[end], samples[start]


@_compiled
def _unordered(column, order, target, goes_left, start, end, places):
  """Finds pairs of points whose order scikit-learn's sort decides.

  Args:
    places: int64 [_MOST_PAIRS], gets the places of the first of each pair.

  Returns:
    The number of pairs; -1 for too many, or for more than two points of a
    value. Pairs whose order does not change any sum are not counted.
  """
  found = 0
  for place in range(start + 1, end):
    one, other = order[place - 1], order[place]
    if column[one] == column[other] and (
        target[one] != target[other] or goes_left[one] != goes_left[other]):
      if found == len(places) or found and places[found - 1] == place - 2:
        return -1
      places[found] = place - 1
      found += 1
  for number in range(found):
    place = places[number]
    value = column[order[place]]
    if (place > start and column[order[place - 1]] == value
        or place + 2 < end and column[order[place + 2]] == value):
      return -1
  return found


@_compiled
def _summed(samples, target, start, end):
  """Returns the sum of targets and that of their squares, in this order."""
  total, squares = 0.0, 0.0
  for place in range(start, end):
    value = target[samples[place]]
    total += value
    squares += value * value
  return total, squares


@_compiled
def _impurities(samples, target, start, middle, end, sums):
  """Returns the impurities of both parts of a node, as sums give them.

  Args:
    samples: uint32 [num_points], those of the left part before `middle`.
    target, start, middle, end: of the node and its split.
    sums: sum of the node's targets, and that of their squares.
  """
  total, squares = sums
  left, left_squares = _summed(samples, target, start, middle)
  if middle - start > end - middle:  # The right part is the shorter sum.
    left = total
    for place in range(end - 1, middle - 1, -1):
      left -= target[samples[place]]
  right, right_squares = total - left, squares - left_squares
  num_left, num_right = middle - start, end - middle
  return (left_squares / num_left - (left / num_left) ** 2.0,
          right_squares / num_right - (right / num_right) ** 2.0)


@_compiled
def _try_orders(order, places, goes_left, target, start, middle, end, sums,
                expected, spare, possible):
  """Sums up both parts of a node in each order that its points may be in.

  Args:
    order: uint32 [num_points], the likely order.
    places: int64 [num_pairs], of the first of each pair that may be swapped.
    goes_left, target, start, middle, end: of the node and its split.
    sums: float64 [2, num], all that the node's sums of targets and of their
      squares can be.
    expected: impurities of the parts in the likely order.
    spare: uint32 [num_points], is overwritten.
    possible: float64 [2, 2, 2 ** num_pairs], gets such sums for the left part
      and the right one.

  Returns:
    Whether each part is pure in all orders or in none.
  """
  certain = True
  for choice in range(possible.shape[2]):
    spare[start:end] = order[start:end]
    for number in range(len(places)):
      if choice >> number & 1:
        place = places[number]
        spare[place], spare[place + 1] = spare[place + 1], spare[place]
    _swapped(spare, goes_left, start, end)
    possible[0, :, choice] = _summed(spare, target, start, middle)
    possible[1, :, choice] = _summed(spare, target, middle, end)
    for known in range(sums.shape[1]):
      found = _impurities(spare, target, start, middle, end, sums[:, known])
      for side in range(2):
        certain = certain and (
            (found[side] <= _PURE) == (expected[side] <= _PURE))
  return certain


@_compiled
def _chosen(columns, order, target, inverse, start, end, sums, same, friedman,
            loose, features, constants, known, state):
  """Chooses the split of a node, from features in the order of the generator.

  Args:
    columns, order, target, inverse, start, end, same, friedman, loose: as in
      `_searched`, of all features.
    sums: float64 [2, num], all that the node's sums of targets and of their
      squares can be.
    features: int64 [num_features]. It changes in place, from left to right:
      constant features, those still to be drawn, those that have been drawn.
    constants: int64 [num_features], those that are constant here or above.
    known: number of features that are constant above.
    state: uint32 [1], of the generator.

  Returns:
    best: as in `_searched`.
    split: the feature of the best split, or -1.
    last: the feature that was sorted last, or -1.
    constant: number of constant features.
  """
  best = (-np.inf, -1, 0.0, False, False)
  split = last = -1
  found, drawn, constant = 0, 0, known
  tolerance = _ROUNDING * sums[1, 0] * (end - start if friedman else 1)
  remaining = len(features)
  while remaining > constant:
    place = drawn + _drawn(state, remaining - found - drawn)
    if place < known:
      features[drawn], features[place] = features[place], features[drawn]
      drawn += 1
      continue
    place += found
    last = features[place]
    column, points = columns[last], order[last]
    if column[points[end - 1]] <= column[points[start]] + same:
      features[place], features[constant] = features[constant], features[place]
      found += 1
      constant += 1
      continue
    remaining -= 1
    features[remaining], features[place] = features[place], features[remaining]
    before = best[0]
    best = _searched(column, points, target, inverse, start, end, sums[0],
                     tolerance, same, friedman, loose, best)
    if best[0] > before:
      split = last
  features[:known] = constants[:known]
  constants[known:constant] = features[known:constant]
  return best, split, last, constant


@_compiled
def grow(columns, sorted_points, target, inverse, seed, max_depth, same,
         friedman, nodes, values, leaves):
  """Grows one tree.

  Args:
    columns: float32 [num_features, num_points].
    sorted_points: uint32 [num_features, num_points], the points in ascending
      order of each feature.
    target: float64 [num_points].
    inverse: float64 [num_points + 1], 1 / number.
    seed: uint32, of the generator that draws features.
    max_depth: depth at which each node is a leaf.
    same: float32, largest difference of values that count as equal.
    friedman: whether to use Friedman's criterion, or the squared error.
    nodes: array of scikit-learn's records of nodes, to be filled.
    values: float64 [capacity], gets the mean target of each node.
    leaves: uint32 [num_points], gets the leaf of each point.

  Returns:
    num_nodes: number of nodes, or 0 if the tree is doubtful: the order of equal
      values could decide about a split.
    depth: of the deepest node.
  """
  num_features, num_points = columns.shape
  order = sorted_points.copy()
  spare = np.empty(num_points, np.uint32)
  goes_left = np.empty(num_points, np.uint8)
  samples = np.arange(num_points).astype(np.uint32)
  features = np.arange(num_features)
  constants = np.empty(num_features, np.int64)
  state = np.array([seed], np.uint32)
  pairs = np.empty(_MOST_PAIRS, np.int64)
  # Depth-first: a stack of (start, end, depth, parent, is left, number of
  # constant features, number of possible sums or 0 if not all are known), of
  # impurities, and of possible sums.
  stack = np.empty((max_depth + 2, 7), np.int64)
  impurities = np.empty(max_depth + 2)
  possible = np.empty((max_depth + 2, 2, 2 ** _MOST_PAIRS))
  both = np.empty((2, 2, 2 ** _MOST_PAIRS))
  stack[0] = (0, num_points, 0, -1, 0, 0, 1)
  height, count, deepest = 1, 0, 0
  while height:
    height -= 1
    start, end, depth, parent, is_left, known, num_totals = stack[height]
    size = end - start
    total, squares = _summed(samples, target, start, end)
    possible[height, :, 0] = total, squares
    sums = possible[height, :, :max(1, num_totals)]
    impurity = impurities[height]
    if parent < 0:
      impurity = squares / size - (total / size) ** 2.0
    loose = num_totals == 0
    best = (-np.inf, -1, 0.0, False, False)
    split, last, constant = -1, -1, known
    left_impurity = right_impurity = 0.0
    if depth < max_depth and size >= 2 and impurity > _PURE:
      best, split, last, constant = _chosen(
          columns, order, target, inverse, start, end, sums, same, friedman,
          loose, features, constants, known, state)
    if best[4]:
      return 0, 0
    if last >= 0:
      samples[start:end] = order[last, start:end]
    middle = best[1]
    if split >= 0:
      points = order[split]
      for place in range(start, end):
        goes_left[points[place]] = place < middle
      was_certain = num_totals == 1
      num_pairs = _unordered(
          columns[last], order[last], target, goes_left, start, end, pairs)
      num_totals = 1 << num_pairs if num_pairs >= 0 else 0
      _swapped(samples, goes_left, start, end)
      num_left, num_right = middle - start, end - middle
      left_impurity, right_impurity = _impurities(
          samples, target, start, middle, end, (total, squares))
      if depth + 1 < max_depth and (num_totals != 1 or not was_certain):
        if loose or num_pairs < 0:
          left_squares = _summed(samples, target, start, middle)[1]
          certain = (
              abs(left_impurity - _PURE) * num_left
              > _IMPURITY_ROUNDING * left_squares
              and abs(right_impurity - _PURE) * num_right
              > _IMPURITY_ROUNDING * squares)
        else:
          certain = _try_orders(
              order[last], pairs[:num_pairs], goes_left, target, start, middle,
              end, sums, (left_impurity, right_impurity), spare,
              both[:, :, :num_totals])
        if not certain:
          return 0, 0
      if not friedman:  # Friedman's improvement is never negative.
        improvement = size / num_points * (
            impurity - num_right / size * right_impurity
            - num_left / size * left_impurity)
        if not (was_certain and num_totals == 1) and (
            abs(improvement + _PURE) <= _IMPURITY_ROUNDING * squares / size):
          return 0, 0
        if improvement + _PURE < 0.0:
          split = -1
    node = nodes[count]
    if parent >= 0:
      if is_left:
        nodes[parent].left_child = count
      else:
        nodes[parent].right_child = count
    node.impurity = impurity
    node.n_node_samples = size
    node.weighted_n_node_samples = size
    values[count] = total / size
    deepest = max(deepest, depth)
    if split < 0:
      node.left_child = node.right_child = _LEAF
      node.feature = node.threshold = _NO_FEATURE
      for place in range(start, end):
        leaves[samples[place]] = count
    else:
      points, column = order[split], columns[split]
      node.feature = split
      node.threshold = (np.float64(column[points[middle - 1]]) / 2.0
                        + np.float64(column[points[middle]]) / 2.0)
      node.missing_go_to_left = middle - start > end - middle
      if depth + 1 < max_depth:
        for feature in range(num_features):
          if feature != split:
            _divided(order[feature], spare, goes_left, start, end)
      stack[height] = (middle, end, depth + 1, count, 0, constant, num_totals)
      impurities[height] = right_impurity
      possible[height] = both[1]
      stack[height + 1] = (start, middle, depth + 1, count, 1, constant,
                           num_totals)
      impurities[height + 1] = left_impurity
      possible[height + 1] = both[0]
      height += 2
    count += 1
  return count, deepest


@_compiled
def _pairwise_sum(values, start, end):
  """Sums up in NumPy's order, so that the last bit is that of `np.sum`."""
  size = end - start
  if size < 8:
    total = 0.0
    for place in range(start, end):
      total += values[place]
    return total
  if size > 128:
    half = size // 2
    middle = start + half - half % 8
    return (_pairwise_sum(values, start, middle)
            + _pairwise_sum(values, middle, end))
  parts = values[start:start + 8].copy()
  whole = start + size - size % 8
  for place in range(start + 8, whole, 8):
    for lane in range(8):
      parts[lane] += values[place + lane]
  total = (((parts[0] + parts[1]) + (parts[2] + parts[3]))
           + ((parts[4] + parts[5]) + (parts[6] + parts[7])))
  for place in range(whole, end):
    total += values[place]
  return total


@_compiled
def update_leaves(leaves, label, target, factor, learning_rate, values, raw):
  """Sets the values of leaves by a Newton step, and adds them to predictions.

  value = factor * sum(target) / sum(p * (1 - p)) over a leaf's points, where
  target = label - p.

  Args:
    leaves: uint32 [num_points], the leaf of each point.
    label: float64 [num_points], 1 for points of the class, else 0.
    target: float64 [num_points].
    factor: (K - 1) / K for K > 2 classes, else 1.
    learning_rate: float.
    values: float64 [num_nodes], values of nodes; those of leaves are replaced.
    raw: float64 [num_points], raw predictions.
  """
  num_points, num_nodes = len(leaves), len(values)
  ends = np.zeros(num_nodes + 1, np.int64)
  for point in range(num_points):
    ends[leaves[point] + 1] += 1
  for node in range(num_nodes):
    ends[node + 1] += ends[node]
  filled = ends[:-1].copy()
  gradient, hessian = np.empty(num_points), np.empty(num_points)
  for point in range(num_points):
    place = filled[leaves[point]]
    filled[leaves[point]] += 1
    probability = label[point] - target[point]
    gradient[place] = target[point]
    hessian[place] = probability * (1 - probability)
  for node in range(num_nodes):
    start, end = ends[node], ends[node + 1]
    if start < end:
      numerator = _pairwise_sum(gradient, start, end) / (end - start) * factor
      denominator = _pairwise_sum(hessian, start, end) / (end - start)
      values[node] = (
          0.0 if abs(denominator) < _TINY else numerator / denominator)
  for point in range(num_points):
    raw[point] += learning_rate * values[leaves[point]]
