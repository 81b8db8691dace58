"""scikit-learn's gradient boosting, with trees that are grown faster.

The trees, and all that is computed from them, are scikit-learn's own; see
`tree_growing`. What scikit-learn offers beyond upstream's use, such as weights
of points, runs its own code.
"""
import functools
import os
import platform
import sys
from collections.abc import Callable
from concurrent import futures
from typing import Any

import joblib
import numpy as np
import sklearn
from sklearn import ensemble
from sklearn import tree
from sklearn.tree import _tree

# Versions of scikit-learn whose trees have been compared: whether they choose
# splits by Friedman's criterion, and which difference of values they take for
# none. 1.6 and 1.7 mean to take 1e-7.
VERSIONS = {"1.4": (True, 1e-7), "1.5": (True, 1e-7), "1.6": (True, 0.0),
            "1.7": (True, 0.0), "1.8": (True, 1e-7), "1.9": (False, 1e-7)}
# Processors on which scikit-learn and numba round alike: elsewhere, compilers
# join a product and a sum in one instruction.
MACHINES = ("x86_64", "AMD64")
# Deepest trees that are grown here; upstream's have a depth of 3.
_DEEPEST = 10
# Values of parameters that fits have here.
_COVERED = {
    "loss": "log_loss", "subsample": 1.0, "min_samples_split": 2,
    "min_samples_leaf": 1, "min_weight_fraction_leaf": 0.0,
    "min_impurity_decrease": 0.0, "max_features": None, "max_leaf_nodes": None,
    "ccp_alpha": 0.0}
# scikit-learn's bound of the seeds that it draws.
_MOST_SEEDS = 2 ** 31 - 1


@functools.cache
def classifier() -> type[ensemble.GradientBoostingClassifier]:
  """Returns the class of boosted trees to use.

  It is scikit-learn's own, and a line on stderr says why, unless trees are
  known to be equal.
  """
  reason = _obstacle()
  if reason is None:
    return PresortedGradientBoostingClassifier
  print("sparse_disent leaves boosted trees to scikit-learn, which takes about "
        f"ten times as long: {reason}.", file=sys.stderr)
  return ensemble.GradientBoostingClassifier


def _obstacle():
  """Returns why trees cannot be grown here, or None."""
  if _version() not in VERSIONS:
    return (f"trees are compared with scikit-learn {', '.join(VERSIONS)}, and "
            f"this is {sklearn.__version__}")
  if platform.machine() not in MACHINES:
    return f"trees are compared on {MACHINES[0]}, not on {platform.machine()}"
  try:
    from sparse_disent.compat.speed import tree_growing  # noqa: F401
  except ImportError as error:
    return f"numba cannot be imported ({str(error).splitlines()[0]})"
  return None


def _version():
  return ".".join(sklearn.__version__.split(".")[:2])


class PresortedGradientBoostingClassifier(ensemble.GradientBoostingClassifier):
  """`GradientBoostingClassifier` whose fit sorts features once."""

  # scikit-learn's `fit` calls these two; it does all else.

  def _fit_stages(self, X, y, raw_predictions, sample_weight, *args, **kwargs):
    if not _is_covered(self, X, sample_weight):
      return super()._fit_stages(
          X, y, raw_predictions, sample_weight, *args, **kwargs)
    num_threads = min(_num_threads(), self.n_trees_per_iteration_)
    with futures.ThreadPoolExecutor(num_threads) as pool:
      self._stages = _Stages(
          self, X, y, sample_weight, pool.map if num_threads > 1 else map)
      try:
        return super()._fit_stages(
            X, y, raw_predictions, sample_weight, *args, **kwargs)
      finally:
        del self._stages

  def _fit_stage(self, i, X, y, raw_predictions, sample_weight, sample_mask,
                 random_state, *args, **kwargs):
    if not hasattr(self, "_stages"):
      return super()._fit_stage(
          i, X, y, raw_predictions, sample_weight, sample_mask, random_state,
          *args, **kwargs)
    self.estimators_[i] = self._stages.fit(raw_predictions, random_state)
    return raw_predictions


def _is_covered(model, x, sample_weight):
  parameters = model.get_params(deep=False)
  return (isinstance(x, np.ndarray)
          and np.all(sample_weight == 1.0)
          and isinstance(model.max_depth, (int, np.integer))
          and model.max_depth <= _DEEPEST
          and parameters.get("criterion") in ("friedman_mse", "deprecated")
          and all(parameters[name] == value
                  for name, value in _COVERED.items()))


def _num_threads():
  """Returns the threads that this process may use.

  joblib sets the variable in processes that it starts.
  """
  limit = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
  cores = joblib.cpu_count()
  return max(1, min(int(limit), cores) if limit.isdigit() else cores)


class _Stages:
  """The stages of a fit, each one tree for each class."""

  def __init__(self, model: ensemble.GradientBoostingClassifier, x: np.ndarray,
               y: np.ndarray, sample_weight: np.ndarray,
               run: Callable[..., Any]) -> None:
    """Sorts the features.

    Args:
      model: the classifier that is fitted.
      x: float32 [num_points, num_features].
      y: [num_points], numbers of classes.
      sample_weight: float64 [num_points].
      run: `map`, or a parallel one.
    """
    from sparse_disent.compat.speed import tree_growing
    self._growing, self._run = tree_growing, run
    self._model, self._x, self._y = model, x, y
    self._sample_weight = sample_weight
    self._columns = np.ascontiguousarray(x.T)
    self._order = np.argsort(
        self._columns, axis=1, kind="stable").astype(np.uint32)
    self._inverse = np.divide(
        1.0, np.arange(len(x) + 1), out=np.zeros(len(x) + 1),
        where=np.arange(len(x) + 1) > 0)
    num_trees = model.n_trees_per_iteration_
    self._friedman, self._same = VERSIONS[_version()]
    self._factor = (num_trees - 1) / num_trees if num_trees > 1 else 1.0

  def fit(self, raw_predictions: np.ndarray,
          random_state: np.random.RandomState) -> np.ndarray:
    """Grows a tree for each class.

    Args:
      raw_predictions: float64 [num_points, num_trees]; the trees' predictions
        are added.
      random_state: generator of the trees' seeds.

    Returns:
      `DecisionTreeRegressor` [num_trees].
    """
    targets = np.reshape(-self._model._loss.gradient(
        y_true=self._y, raw_prediction=raw_predictions, sample_weight=None),
        [len(self._y), -1])
    states, seeds = [], []
    for _ in range(targets.shape[1]):
      states.append(random_state.get_state())
      seeds.append(random_state.randint(0, _MOST_SEEDS))

    def fit(number):
      target = np.ascontiguousarray(targets[:, number])
      regressor, leaves, values = (
          self._grown(target, seeds[number])
          or self._grown_by_sklearn(target, states[number]))
      label = self._y if len(seeds) == 1 else self._y == number
      raw = raw_predictions[:, number].copy()
      self._growing.update_leaves(
          leaves, label.astype(np.float64), target, self._factor,
          self._model.learning_rate, values, raw)
      raw_predictions[:, number] = raw
      regressor.random_state = random_state
      return self._with_values(regressor, values)

    trees = np.empty(len(seeds), object)
    trees[:] = list(self._run(fit, range(len(seeds))))
    return trees

  def _grown(self, target, seed):
    """Returns a tree, the leaf of each point, and the values of nodes.

    Returns None if the tree is doubtful.
    """
    capacity = 2 ** (self._model.max_depth + 1) - 1
    nodes = np.zeros(min(capacity, 2 * len(target) - 1), _tree.NODE_DTYPE)
    values, leaves = np.empty(len(nodes)), np.empty(len(target), np.uint32)
    num_nodes, depth = self._growing.grow(
        self._columns, self._order, target, self._inverse, seed,
        self._model.max_depth, np.float32(self._same), self._friedman, nodes,
        values, leaves)
    if not num_nodes:
      return None
    regressor, num_features = self._regressor(), len(self._columns)
    regressor.n_features_in_ = regressor.max_features_ = num_features
    regressor.n_outputs_ = 1
    regressor.tree_ = _tree.Tree(num_features, np.ones(1, np.intp), 1)
    regressor.tree_.__setstate__({
        "max_depth": depth, "node_count": num_nodes, "nodes": nodes[:num_nodes],
        "values": values[:num_nodes].reshape(-1, 1, 1)})
    return regressor, leaves, values[:num_nodes]

  def _grown_by_sklearn(self, target, state):
    """Returns the same, of a tree that scikit-learn grows."""
    regressor = self._regressor()
    regressor.random_state = np.random.RandomState()
    regressor.random_state.set_state(state)
    regressor.fit(self._x, target, sample_weight=self._sample_weight,
                  check_input=False)
    return (regressor, regressor.tree_.apply(self._x).astype(np.uint32),
            regressor.tree_.value[:, 0, 0].copy())

  def _regressor(self):
    criterion = "friedman_mse" if self._friedman else "squared_error"
    return tree.DecisionTreeRegressor(
        criterion=criterion, max_depth=self._model.max_depth)

  @staticmethod
  def _with_values(regressor, values):
    regressor.tree_.value[:, 0, 0] = values
    return regressor
