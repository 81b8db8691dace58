"""Regression trees, split for split as scikit-learn grows them; compiled.

scikit-learn sorts each feature anew in each node of each tree. All trees of a
fit share their features. Here these are sorted once, and a node passes the
order on to its children. To choose the same splits, a tree also repeats

* the generator that draws the order of features, a xorshift with one seed a
  tree, and which features it no longer draws as they are constant in a node;
* the order of points in which sums are taken, as rounding decides between
  splits that divide the points alike;
* the impurities, which decide what is a leaf.

The order of points of equal value depends on scikit-learn's sort. `tied_sums`
finds what sums can be in any order. Where that could decide, or where too many
points are equal, a tree is doubtful, and scikit-learn has to grow it.

This module imports numba: import it where trees are grown, and not before.
"""
import numpy as np

from sparse_disent.compat.speed import tied_sums
from sparse_disent.compat.speed.tied_sums import PURE
from sparse_disent.compat.speed.tied_sums import compiled

# Largest change that another order of points makes: of an improvement, as a
# fraction of a node's sum of squares, and of an impurity, of its mean square.
_ROUNDING = 1e-11
_IMPURITY_ROUNDING = 1e-14
_LEAF = -1
_NO_FEATURE = -2
# Denominator up to which a leaf's value is 0; `_safe_divide` of sklearn.
_TINY = 1e-150


@compiled
def _drawn(state, number):
  """Draws an integer below `number` from the generator in `state`."""
  bits = state[0] if state[0] != 0 else np.uint32(1)
  bits ^= np.uint32(bits << np.uint32(13))
  bits ^= np.uint32(bits >> np.uint32(17))
  bits ^= np.uint32(bits << np.uint32(5))
  state[0] = bits
  return np.int64(bits) % 2147483648 % number


@compiled
def _improvement(left, right, num_left, num_right, friedman):
  """Returns what scikit-learn maximizes: a proxy of a split's improvement."""
  num_left, num_right = np.float64(num_left), np.float64(num_right)
  if friedman:
    difference = num_right * left - num_left * right
    return difference * difference / (num_left * num_right)
  return left * left / num_left + right * right / num_right


@compiled
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


@compiled
def _divided(order, spare, goes_left, start, end):
  """Moves points that go left to the front, both parts in their old order."""
  front, back = start, 0
  for place in range(start, end):  # Without branches, which are guessed wrong.
    point = order[place]
    order[front] = point
    spare[back] = point
    front += goes_left[point]
    back += 1 - goes_left[point]
  for place in range(back):
    order[front + place] = spare[place]


@compiled
def _impurities(samples, target, start, middle, end, sums):
  """Returns the impurities of both parts of a node, as sums give them.

  Args:
    samples: uint32 [num_points], those of the left part before `middle`.
    target, start, middle, end: of the node and its split.
    sums: sum of the node's targets, and that of their squares.
  """
  total, squares = sums
  left, left_squares = tied_sums.summed(samples, target, start, middle)
  if middle - start > end - middle:  # The right part is the shorter sum.
    left = total
    for place in range(end - 1, middle - 1, -1):
      left -= target[samples[place]]
  right, right_squares = total - left, squares - left_squares
  num_left, num_right = middle - start, end - middle
  return (left_squares / num_left - (left / num_left) ** 2.0,
          right_squares / num_right - (right / num_right) ** 2.0)


@compiled
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
  tied_sums.copied(features, constants, 0, known)
  tied_sums.copied(constants, features, known, constant)
  return best, split, last, constant


@compiled
def _sums_of_parts(column, order, samples, target, goes_left, start, middle,
                   end, sums, num_totals, impurities, are_leaves, ties, spare,
                   tied_spare, both):
  """Finds all sums that the parts of a node can have, in any order of points.

  Args:
    column, order: the feature that was sorted last.
    samples: uint32 [num_points], those of the left part before `middle`.
    target, goes_left, start, middle, end, sums: of the node and its split.
    num_totals: number of sums of the node, or 0 if not all are known.
    impurities: of both parts.
    are_leaves: whether both parts are leaves, whose sums nobody asks for.
    ties, spare, tied_spare: space of `tied_sums`.
    both: float64 [2, 2, MOST_SUMS], gets the sums of both parts.

  Returns:
    is_sure: whether no order makes other sums than the likely one.
    is_certain: whether no order makes a leaf of a part that is none.
    left_sums: number of sums of the left part, or 0 if not all are known.
    right_sums: the same of the right part.
  """
  num_groups, num_pairs = tied_sums.find(
      column, order, target, goes_left, start, end, ties)
  is_sure = num_totals == 1 and num_groups == 0 and num_pairs == 0
  is_certain, left_sums, right_sums = True, 1, 1
  if not are_leaves and not is_sure:
    if num_groups >= 0:
      left_sums, right_sums, is_certain = tied_sums.of_parts(
          order, samples, ties, num_pairs, goes_left, target, start, middle,
          end, sums, impurities, spare, tied_spare, both)
    else:
      left_sums = right_sums = 0
    if num_totals == 0 or left_sums == 0:
      left_squares = tied_sums.summed(samples, target, start, middle)[1]
      is_certain = (
          abs(impurities[0] - PURE) * (middle - start)
          > _IMPURITY_ROUNDING * left_squares
          and abs(impurities[1] - PURE) * (end - middle)
          > _IMPURITY_ROUNDING * sums[1, 0])
  if num_groups != 0:
    tied_sums.forget(order, start, end, ties)
  return is_sure, is_certain, left_sums, right_sums


@compiled
def _write(nodes, values, number, parent, is_left, impurity, size, mean):
  """Writes what scikit-learn keeps of a node, which is a leaf so far."""
  if parent >= 0:
    if is_left:
      nodes[parent].left_child = number
    else:
      nodes[parent].right_child = number
  node = nodes[number]
  node.impurity = impurity
  node.n_node_samples = node.weighted_n_node_samples = size
  node.left_child = node.right_child = _LEAF
  node.feature = node.threshold = _NO_FEATURE
  values[number] = mean


@compiled
def _write_split(node, split, column, points, start, middle, end):
  """Writes how a node is split."""
  node.feature = split
  node.threshold = (np.float64(column[points[middle - 1]]) / 2.0
                    + np.float64(column[points[middle]]) / 2.0)
  node.missing_go_to_left = middle - start > end - middle


@compiled
def _push(waiting, place, start, end, depth, parent, is_left, known, impurity,
          possible, num_totals):
  """Puts a node into its place of the stack of `grow`."""
  stack, impurities, possible_sums = waiting
  stack[place, 0], stack[place, 1], stack[place, 2] = start, end, depth
  stack[place, 3], stack[place, 4], stack[place, 5] = parent, is_left, known
  stack[place, 6] = num_totals
  impurities[place] = impurity
  for kind in range(2):
    tied_sums.copied(possible_sums[place, kind], possible[kind], 0, num_totals)


@compiled
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
  ties = tied_sums.make_ties(num_points)
  tied_spare = tied_sums.make_spare()
  # Depth-first: a stack of (start, end, depth, parent, is left, number of
  # constant features, number of possible sums or 0 if not all are known), of
  # impurities, and of possible sums. One array of records takes seconds to
  # compile.
  stack = np.empty((max_depth + 2, 7), np.int64)
  impurities = np.empty(max_depth + 2)
  possible = np.empty((max_depth + 2, 2, tied_sums.MOST_SUMS))
  waiting = (stack, impurities, possible)
  both = np.empty((2, 2, tied_sums.MOST_SUMS))
  _push(waiting, 0, 0, num_points, 0, -1, 0, 0, 0.0, both[0], 1)
  height, count, deepest = 1, 0, 0
  while height:
    height -= 1
    start, end, depth = stack[height, 0], stack[height, 1], stack[height, 2]
    parent, is_left = stack[height, 3], stack[height, 4]
    known, num_totals = stack[height, 5], stack[height, 6]
    size = end - start
    total, squares = tied_sums.summed(samples, target, start, end)
    possible[height, 0, 0], possible[height, 1, 0] = total, squares
    sums = possible[height, :, :max(1, num_totals)]
    impurity = impurities[height]
    if parent < 0:
      impurity = squares / size - (total / size) ** 2.0
    best = (-np.inf, -1, 0.0, False, False)
    split, last, constant = -1, -1, known
    if depth < max_depth and size >= 2 and impurity > PURE:
      best, split, last, constant = _chosen(
          columns, order, target, inverse, start, end, sums, same, friedman,
          num_totals == 0, features, constants, known, state)
    if best[4]:
      return 0, 0
    if last >= 0:
      tied_sums.copied(samples, order[last], start, end)
    middle = best[1]
    left_impurity = right_impurity = 0.0
    left_sums = right_sums = 1
    if split >= 0:
      points = order[split]
      for place in range(start, end):
        goes_left[points[place]] = place < middle
      tied_sums.swapped(samples, goes_left, start, end)
      left_impurity, right_impurity = _impurities(
          samples, target, start, middle, end, (total, squares))
      is_sure, is_certain, left_sums, right_sums = _sums_of_parts(
          columns[last], order[last], samples, target, goes_left, start, middle,
          end, sums, num_totals, (left_impurity, right_impurity),
          depth + 1 == max_depth, ties, spare, tied_spare, both)
      improvement = size / num_points * (
          impurity - (end - middle) / size * right_impurity
          - (middle - start) / size * left_impurity)
      if friedman:  # Its improvement is never negative.
        improvement = 0.0
      elif not is_sure and (
          abs(improvement + PURE) <= _IMPURITY_ROUNDING * squares / size):
        is_certain = False
      if not is_certain:
        return 0, 0
      if improvement + PURE < 0.0:
        split = -1
    _write(nodes, values, count, parent, is_left, impurity, size, total / size)
    deepest = max(deepest, depth)
    if split < 0:
      for place in range(start, end):
        leaves[samples[place]] = count
    else:
      _write_split(nodes[count], split, columns[split], order[split], start,
                   middle, end)
      if depth + 1 < max_depth:
        for feature in range(num_features):
          if feature != split:
            _divided(order[feature], spare, goes_left, start, end)
      _push(waiting, height, middle, end, depth + 1, count, 0, constant,
            right_impurity, both[1], right_sums)
      _push(waiting, height + 1, start, middle, depth + 1, count, 1, constant,
            left_impurity, both[0], left_sums)
      height += 2
    count += 1
  return count, deepest


@compiled
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


@compiled
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
