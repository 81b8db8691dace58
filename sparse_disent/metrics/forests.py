"""Forests of every depth from one fit.

A tree that is cut at depth d is a tree that was grown to depth d: no split
depends on those below it. One fit of the deepest forest thus has all others in
it.
"""
import numpy as np
from sklearn import ensemble


def predictions(forest: "ensemble.RandomForestRegressor", features: np.ndarray,
                depths: list[int]) -> np.ndarray:
  """Predictions of a forest of regressors whose trees are cut.

  Args:
    forest: Fitted forest.
    features: [num_points, num_features].
    depths: Numbers of splits on the way to a leaf at most, ascending.

  Returns:
    predictions: [num_depths, num_points].
  """
  features = np.asarray(features, np.float32)  # As scikit-learn compares them.
  total = np.zeros([len(depths), len(features)])
  for estimator in forest.estimators_:
    tree, rows = estimator.tree_, np.arange(len(features))
    nodes = np.zeros(len(features), int)
    for depth in range(depths[-1] + 1):
      if depth in depths:
        total[depths.index(depth)] += tree.value[nodes, 0, 0]
      compared = np.maximum(tree.feature[nodes], 0)  # Leaves have -2.
      children = np.where(
          features[rows, compared] <= tree.threshold[nodes],
          tree.children_left[nodes], tree.children_right[nodes])
      nodes = np.where(children < 0, nodes, children)
  return total / len(forest.estimators_)


def importances(forest: "ensemble.RandomForestRegressor",
                depth: int) -> np.ndarray:
  """Importances of features in a forest whose trees are cut.

  The importance of a feature in a tree is its part of the sum, over splits, of
  the decrease of squared error. The forest's is the mean over trees that split.

  Args:
    forest: Fitted forest.
    depth: Number of splits on the way to a leaf at most.

  Returns:
    importances: [num_features]; their sum is 1, or 0 if no tree splits.
  """
  decreases = np.array([_decreases(estimator.tree_, depth)
                        for estimator in forest.estimators_])
  sums = decreases.sum(axis=1, keepdims=True)
  splits = sums[:, 0] > 0
  if not splits.any():
    return np.zeros(decreases.shape[1])
  return np.mean(decreases[splits] / sums[splits], axis=0)


def _decreases(tree, depth):
  """Decrease of the sum of squared errors by each feature, [num_features]."""
  errors = tree.weighted_n_node_samples * tree.impurity
  decreases = np.zeros(tree.n_features)
  level = np.array([0])
  for _ in range(depth):
    level = level[tree.children_left[level] >= 0]
    left, right = tree.children_left[level], tree.children_right[level]
    # Rounding can make a decrease of 0 negative.
    np.add.at(decreases, tree.feature[level], np.maximum(
        errors[level] - errors[left] - errors[right], 0.0))
    level = np.concatenate([left, right])
  return decreases
