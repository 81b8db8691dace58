"""Classifiers for upstream's metrics that also learn from degenerate samples.

A sample of 10 points often has a single class of a factor, or a class that a
fold of a cross-validation lacks. A pruned representation may have no latent
left. scikit-learn refuses such samples, although the best classifier for them
is well defined.
"""
import collections
import contextlib
import inspect
import warnings
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import threadpoolctl

# Modules of scikit-learn whose classifiers use no linear algebra in threads.
_WITHOUT_ALGEBRA = ("sklearn.ensemble", "sklearn.svm")

# Numbers of all fits, and of those that stopped before they converged; None
# outside of `convergence_reported`.
_counted = None


class Majority:
  """Predicts the most frequent class; of equally frequent ones the smallest.

  With a single class or without features, no classifier has a higher accuracy
  on the training sample. Boosted trees predict the same from constant features.
  """

  def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
    """Learns from features `[num_points, num_features]` and labels."""
    self.classes_, counts = np.unique(y, return_counts=True)
    self._shares = counts / len(y)
    self.feature_importances_ = np.zeros(x.shape[1])

  def predict(self, x: np.ndarray) -> np.ndarray:
    """Returns a label for each point, `[num_points]`."""
    return np.full(len(x), self.classes_[np.argmax(self._shares)])

  def predict_proba(self, x: np.ndarray) -> np.ndarray:
    """Returns the shares of the classes, `[num_points, num_classes]`."""
    return np.tile(self._shares, [len(x), 1])

  def score(self, x: np.ndarray, y: np.ndarray) -> Any:
    """Returns the accuracy, a fraction of the points."""
    return np.mean(self.predict(x) == y)


class TolerantClassifier:
  """A scikit-learn classifier with a substitute for samples that it refuses.

  Attributes:
    estimator: The classifier in use, either of the two.
  """

  def __init__(self, make: Callable[..., Any], cls: Callable[..., Any],
               args: Sequence[Any] = (),
               kwargs: Mapping[str, Any] | None = None) -> None:
    """Constructs the classifier.

    Args:
      make: Function of (cls, args, kwargs) that constructs estimators.
      cls: Class of scikit-learn.
      args: Tuple, its positional arguments.
      kwargs: Dictionary, its keyword arguments.
    """
    self._make, self._call = make, (cls, args, kwargs or {})
    self.estimator = make(*self._call)

  def fit(self, x: np.ndarray, y: np.ndarray) -> "TolerantClassifier":
    """Learns from features `[num_points, num_features]` and labels.

    Linear algebra uses one thread. The number of threads changes the order in
    which logistic regressions add up, and so the last digits of their results.
    """
    if self._call[0].__module__.startswith(_WITHOUT_ALGEBRA):
      return self._fit(x, y)  # Setting the number takes 11 ms.
    with threadpoolctl.threadpool_limits(1):
      return self._fit(x, y)

  def _fit(self, x, y):
    if x.shape[1] == 0 or len(np.unique(y)) == 1:
      self.estimator = Majority(x, y)
    elif folds := self._folds_that_fail(x, y):
      self.estimator = self._cross_validated(x, y, folds)
    else:
      with _convergence_counted():
        self.estimator = self.estimator.fit(x, y)
    return self

  def __getattr__(self, name):
    return getattr(self.estimator, name)

  def _folds_that_fail(self, x, y):
    """Returns the folds if scikit-learn refuses them, else None.

    `LogisticRegressionCV` of scikit-learn < 1.8 refuses folds whose training
    part lacks a class. The parameter `use_legacy_attributes` tells the versions
    apart: it is new in 1.8.
    """
    cls, args, kwargs = self._call
    if (cls.__name__ != "LogisticRegressionCV" or
        "use_legacy_attributes" in inspect.signature(cls).parameters):
      return None
    folds = list(cls(*args, **kwargs).cv.split(x, y))
    lacking = [train for train, _ in folds
               if len(np.unique(y[train])) < len(np.unique(y))]
    return folds if lacking else None

  def _cross_validated(self, x, y, folds):
    """Chooses C by the accuracy in all folds, as scikit-learn >= 1.8 does.

    A class that the training part of a fold lacks is not predicted there.
    """
    from sklearn import linear_model
    cls, args, kwargs = self._call
    strengths = np.logspace(-4, 4, cls(*args, **kwargs).Cs)

    def fit(strength, points):
      return TolerantClassifier(self._make, linear_model.LogisticRegression,
                     kwargs={"C": strength}).fit(x[points], y[points])

    accuracies = [
        sum(np.mean(fit(strength, train).predict(x[test]) == y[test])
            for train, test in folds) for strength in strengths]
    return fit(strengths[np.argmax(accuracies)], slice(None))


@contextlib.contextmanager
def convergence_reported() -> Iterator[None]:
  """Warns once, at the end, of all fits that stopped before they converged.

  scikit-learn warns of each such fit, some hundred times in a metric. Upstream
  uses the default limits of iterations. Higher limits would avoid the warnings,
  but change the scores.
  """
  global _counted
  before, _counted = _counted, collections.Counter()
  try:
    yield
    counted = _counted
  finally:
    _counted = before
  if counted["stopped"]:
    from sklearn import exceptions
    warnings.warn(
        f"{counted['stopped']} of {counted['all']} fits stopped at the limit "
        "of iterations of scikit-learn before they converged. Upstream's "
        "metrics use such fits as they are.",
        exceptions.ConvergenceWarning, stacklevel=1)


@contextlib.contextmanager
def _convergence_counted():
  """Counts a fit, and drops its warnings that it did not converge."""
  if _counted is None:
    yield
    return
  from sklearn import exceptions
  with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", exceptions.ConvergenceWarning)
    yield
  _counted["all"] += 1
  stopped = [warning for warning in caught
             if issubclass(warning.category, exceptions.ConvergenceWarning)]
  _counted["stopped"] += bool(stopped)
  for warning in caught:
    if warning not in stopped:
      warnings.warn_explicit(warning.message, warning.category,
                             warning.filename, warning.lineno)
