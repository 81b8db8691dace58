import numpy as np
import pytest
from sklearn import tree
from sklearn.tree import _tree

from sparse_disent.compat.speed import boosted_trees
from sparse_disent.compat.speed import tree_growing


def grow(x, target, seed, max_depth=3):
  """Returns number of nodes, nodes, values and leaves."""
  friedman, same = boosted_trees.VERSIONS[boosted_trees._version()]
  columns = np.ascontiguousarray(x.T)
  nodes = np.zeros(2 ** (max_depth + 1) - 1, _tree.NODE_DTYPE)
  values, leaves = np.zeros(len(nodes)), np.zeros(len(x), np.uint32)
  inverse = 1 / np.maximum(np.arange(len(x) + 1), 1)
  number, _ = tree_growing.grow(
      columns, np.argsort(columns, axis=1).astype(np.uint32), target, inverse,
      seed, max_depth, np.float32(same), friedman, nodes, values, leaves)
  return number, nodes[:number], values[:number], leaves


@pytest.mark.parametrize("seed", range(3))
def test_a_tree_is_that_of_scikit_learn(seed):
  random_state = np.random.RandomState(seed)
  x = random_state.standard_normal((500, 6)).astype(np.float32)
  target = x[:, 1] * (x[:, 2] > 0) + random_state.standard_normal(500)
  friedman, _ = boosted_trees.VERSIONS[boosted_trees._version()]
  expected = tree.DecisionTreeRegressor(
      max_depth=3, random_state=np.random.RandomState(seed),
      criterion="friedman_mse" if friedman else "squared_error").fit(x, target)
  drawn = np.random.RandomState(seed).randint(0, 2 ** 31 - 1)
  number, nodes, values, leaves = grow(x, target, drawn)
  assert number == expected.tree_.node_count
  np.testing.assert_array_equal(
      nodes, expected.tree_.__getstate__()["nodes"])
  np.testing.assert_array_equal(values, expected.tree_.value[:, 0, 0])
  np.testing.assert_array_equal(leaves, expected.apply(x))


def test_a_choice_between_columns_with_equal_values_is_doubtful():
  """The order of equal values decides about the last bit, and that here."""
  random_state = np.random.RandomState(0)
  column = random_state.randint(5, size=200).astype(np.float32)
  number, *_ = grow(np.stack([column, -column], axis=1),
                    random_state.standard_normal(200), seed=1)
  assert number == 0


def test_a_choice_between_equal_columns_of_unequal_values_is_not():
  random_state = np.random.RandomState(0)
  column = random_state.standard_normal(200).astype(np.float32)
  number, *_ = grow(np.stack([column, column], axis=1),
                    random_state.standard_normal(200), seed=1)
  assert number > 1


@pytest.mark.parametrize("size", [
    0, 1, 7, 8, 9, 127, 128, 129, 136, 255, 256, 257, 1000, 4097])
def test_sums_are_those_of_numpy_to_the_last_bit(size):
  values = np.random.RandomState(size).standard_normal(size + 5)
  assert tree_growing._pairwise_sum(values, 3, 3 + size) == (
      values[3:3 + size].sum())


def test_leaves_get_a_newton_step():
  leaves = np.array([1, 2, 1, 2, 2], np.uint32)
  label = np.array([1.0, 0.0, 0.0, 1.0, 1.0])
  probability = np.array([0.3, 0.4, 0.2, 0.9, 0.5])
  values, raw = np.full(3, 7.0), np.zeros(5)
  tree_growing.update_leaves(
      leaves, label, label - probability, 0.75, 0.1, values, raw)
  for leaf in (1, 2):
    chosen = leaves == leaf
    expected = 0.75 * (label - probability)[chosen].sum() / (
        probability * (1 - probability))[chosen].sum()
    np.testing.assert_allclose(values[leaf], expected, rtol=1e-14)
    np.testing.assert_allclose(raw[chosen], 0.1 * expected, rtol=1e-14)
  assert values[0] == 7.0  # Not a leaf.


def test_a_leaf_without_curvature_gets_0():
  values = np.zeros(1)
  tree_growing.update_leaves(
      np.zeros(2, np.uint32), np.ones(2), np.zeros(2), 1.0, 0.1, values,
      np.zeros(2))
  assert values[0] == 0.0


def test_compiled_code_is_kept_on_disk():
  assert tree_growing.grow.stats.cache_path
