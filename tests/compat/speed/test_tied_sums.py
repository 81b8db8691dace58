import itertools

import numba
import numpy as np
import pytest

from sparse_disent.compat.speed import tied_sums


def node(column, target, left):
  """A node whose points are sorted by `column`, and its parts, as arrays."""
  order = np.argsort(column, kind="stable").astype(np.uint32)
  goes_left = np.asarray(left, np.uint8)
  samples = order.copy()
  middle = int(goes_left.sum())
  partition(samples, goes_left)
  return (np.asarray(column, np.float32), order, np.asarray(target, float),
          goes_left, samples, middle)


def partition(samples, goes_left):
  """Swaps as scikit-learn's partitioner does, in Python."""
  start, end = 0, len(samples)
  while start < end:
    if goes_left[samples[start]]:
      start += 1
    else:
      end -= 1
      samples[start], samples[end] = samples[end], samples[start]


def add(values, begin=0.0):
  """Sums up in this order; `np.sum` and `math.fsum` round otherwise."""
  for value in values:
    begin += value
  return begin


def orders(column, order):
  """Yields each order in which a sort can leave points of equal value."""
  groups = [list(group) for _, group in itertools.groupby(
      order, key=lambda point: column[point])]
  for choice in itertools.product(*map(itertools.permutations, groups)):
    yield np.array(sum(choice, ()), np.uint32)


def expected_sums(column, order, target, goes_left, middle):
  """The sums of targets and of squares of both parts, in each order."""
  found = set(), set()
  for samples in orders(column, order):
    partition(samples, goes_left)
    for part, points in enumerate((samples[:middle], samples[middle:])):
      found[part].add((add(target[points]), add(target[points] ** 2)))
  return found


def is_pure(samples, target, middle, totals):
  """Tells for each part whether it counts as pure, as scikit-learn computes it.
  """
  total, squares = totals
  left, right = samples[:middle], samples[middle:]
  left_sum = (add(target[left]) if len(left) <= len(right)
              else add(-target[right[::-1]], total))
  left_squares = add(target[left] ** 2)
  found = []
  for sums, num in (((left_sum, left_squares), len(left)),
                    ((total - left_sum, squares - left_squares), len(right))):
    found.append(bool(
        sums[1] / num - (sums[0] / num) ** 2 <= np.finfo(float).eps))
  return found


def of_parts(column, target, left, totals=None):
  """Returns the sums that are found for each part, and whether it is certain.
  """
  column, order, target, goes_left, samples, middle = node(column, target, left)
  size = len(column)
  ties, possible = tied_sums.make_ties(size), np.zeros((2, 2, 32))
  num_groups, num_pairs = tied_sums.find(
      column, order, target, goes_left, 0, size, ties)
  if num_groups < 0:
    return None
  likely = add(target[order]), add(target[order] ** 2)
  totals = np.array(totals or [likely]).T
  impurities = tuple(
      0.0 if pure else 1.0
      for pure in is_pure(samples, target, middle, totals[:, 0]))
  num_left, num_right, certain = tied_sums.of_parts(
      order, samples, ties, num_pairs, goes_left, target, 0, middle, size,
      totals, impurities, order.copy(), tied_sums.make_spare(), possible)
  tied_sums.forget(order, 0, size, ties)
  assert not ties[0].any()
  return ({tuple(sums) for sums in possible[0, :, :num_left].T},
          {tuple(sums) for sums in possible[1, :, :num_right].T}, certain)


def test_sums_are_those_of_all_orders():
  """Pairs and triples of equal value, of which one point differs."""
  counts = []
  for seed in range(20):
    random_state = np.random.RandomState(seed)
    column = random_state.permutation(40).astype(float)
    target = random_state.standard_normal(40)
    left = random_state.randint(2, size=40)
    points = random_state.permutation(40)
    for first in range(0, 12, 3):
      group = points[first:first + 2 + seed % 2]
      column[group] = column[group[0]]
      target[group[:-1]] = target[group[0]]
      left[group] = left[group[0]]
    found = of_parts(column, target, left)
    assert found[:2] == expected_sums(*node(column, target, left)[:4],
                                      sum(left))
    counts.append(len(found[0]) + len(found[1]))
  assert np.mean(np.array(counts) > 2) > 0.5  # Order matters in most.


@pytest.mark.parametrize("seed", range(20))
def test_points_of_a_pair_may_go_to_both_sides(seed):
  random_state = np.random.RandomState(seed)
  column = random_state.permutation(30).astype(float)
  target = random_state.standard_normal(30)
  left = random_state.randint(2, size=30)
  points = random_state.permutation(30)
  for first in (0, 2, 4, 6):
    pair = points[first:first + 2]
    column[pair] = column[pair[0]]
    left[pair] = (0, 1) if first < 4 else left[pair[0]]
  found = of_parts(column, target, left)
  assert found[:2] == expected_sums(*node(column, target, left)[:4],
                                    sum(left))


def test_without_ties_there_is_one_sum():
  target = np.random.RandomState(0).standard_normal(9)
  left = [1, 0, 1, 1, 0, 0, 1, 0, 0]
  one, other, certain = of_parts(np.arange(9), target, left)
  assert len(one) == len(other) == 1 and certain


@pytest.mark.parametrize("column, target, left", [
    ([0, 0, 0, 1], [1, 2, 3, 4], [1, 1, 1, 0]),  # Three targets.
    ([0, 0, 0, 0, 1], [1, 1, 2, 2, 4], [1, 1, 1, 1, 0]),  # Two of two.
    ([0, 0, 0, 1], [1, 1, 1, 4], [1, 1, 0, 0]),  # Three points on both sides.
    (np.repeat(np.arange(20), 2), np.arange(40), [1] * 20 + [0] * 20)])
def test_what_cannot_be_told_is_said(column, target, left):
  assert of_parts(column, target, left) is None


def test_purity_that_depends_on_the_order_is_not_certain():
  """Sums are chosen such that rounding decides, found by a search."""
  found = set()
  for seed in range(300):
    random_state = np.random.RandomState(seed)
    target = np.full(12, 1.0) + 1e-8 * random_state.standard_normal(12)
    column = np.arange(12.0)
    column[3], target[6:] = column[2], 5.0
    left = [1] * 6 + [0] * 6
    column_, order, values, goes_left, _, middle = node(column, target, left)
    likely = add(values[order]), add(values[order] ** 2)
    expected = set()
    for samples in orders(column_, order):
      partition(samples, goes_left)
      expected.add(tuple(is_pure(samples, values, middle, likely)))
    certain = of_parts(column, target, left)[2]
    assert certain == (len(expected) == 1)
    found.add(certain)
  assert found == {True, False}


def test_all_totals_of_the_node_count():
  """A part that is pure by one total of its node, and not by another."""
  target = np.array([1.0] * 5 + [3.0] * 3)
  left = [1] * 5 + [0] * 3
  totals = [(14.0, 32.0)]
  assert of_parts(np.arange(8), target, left, totals)[2]
  assert not of_parts(np.arange(8), target, left, [*totals, (14.0, 32.5)])[2]


def test_compiles_without_a_folder_to_keep_code_in(monkeypatch):
  """numba refuses to keep code if it may write to no folder."""
  njit = numba.njit

  def refusing(*arguments, cache=False, **settings):
    if cache:
      raise RuntimeError("cannot cache function: no locator available")
    return njit(*arguments, **settings)

  monkeypatch.setattr(numba, "njit", refusing)
  assert tied_sums.compiled(lambda x: x + 1)(2) == 3
