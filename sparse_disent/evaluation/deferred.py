"""Fits the classifiers of upstream's metrics in parallel.

A metric runs twice with the same random state. In the first run its classifiers
only record the data that they are to be fitted to. These fits do not depend on
each other, so they can run in any order and in any process. In the second run
the metric gets the fitted classifiers.

Only classifiers with a seed of their own are deferred. So both runs of the
metric draw the same samples.
"""
import contextlib
import os
import warnings
from collections.abc import Generator
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import joblib
import numpy as np
from joblib.externals import loky
from sklearn import ensemble

from sparse_disent.common import processes
from sparse_disent.common import stopping
from sparse_disent.compat.metrics import classifiers
from sparse_disent.compat.speed import fits as workers

# Times of fits of 10,000 points to 32 classes, for each feature and in units of
# that of a linear SVM.
_WEIGHTS = {"LogisticRegression": 2, "LogisticRegressionCV": 40,
            "GradientBoostingClassifier": 160,
            "PresortedGradientBoostingClassifier": 16}


class Fit:
  """A scikit-learn classifier and the data that it is to be fitted to.

  Attributes:
    estimator: The classifier, as it was constructed.
    x: Features, [num_points, num_features].
    y: Labels, [num_points].
    questions: Features whose predictions the metric will ask boosted trees for.
    fitted: The fitted classifier, or `Answers` to the questions, or None.
  """

  def __init__(self, estimator: Any, x: np.ndarray, y: np.ndarray):
    """Keeps copies of features and labels."""
    self.estimator, self.x, self.y = estimator, np.array(x), np.array(y)
    self.questions: list[np.ndarray] = []
    self.fitted: Any = None

  @property
  def cost(self) -> int:
    """A number that grows with the time the fit takes."""
    weight = _WEIGHTS.get(type(self.estimator).__name__, 1)
    return weight * self.x.size * len(np.unique(self.y))

  def matches(self, estimator: Any, x: np.ndarray, y: np.ndarray) -> bool:
    """Tells whether a fit of these arguments has the same result."""
    return (repr(estimator) == repr(self.estimator)
            and np.array_equal(x, self.x) and np.array_equal(y, self.y))


def run(fits: Sequence[Fit], num_processes: int
        ) -> Generator[Fit, None, None]:
  """Fits classifiers in parallel, the slowest ones first.

  It ends early, with a warning, if a fit fails or its process is killed. Then
  `replaying` fits the remaining classifiers, so that an error is raised in the
  metric that it belongs to.

  Args:
    fits: List of `Fit`.
    num_processes: Number of processes; each uses one core.

  Yields:
    The fits, with `fitted` set, in the order in which they are finished.
  """
  fits = sorted(fits, key=lambda fit: fit.cost, reverse=True)
  for number, fit in enumerate(fits):
    fit.estimator.number = number
  try:
    with stopping.unmasked():
      for fitted in _results(num_processes, (
          joblib.delayed(workers.fitted)(
              fit.estimator, fit.x, fit.y, fit.questions) for fit in fits)):
        fit = fits[fitted.number]
        fit.fitted = fitted
        yield fit
  except Exception as error:
    warnings.warn("Classifiers are fitted one by one from here on, as one of "
                  f"the processes failed: {error}", stacklevel=2)
  except BaseException:  # Ctrl-C, or nobody wants the rest.
    if num_processes > 1:  # Else this would start processes, to end them.
      loky.get_reusable_executor(reuse=True).shutdown(kill_workers=True)
    raise


def start(num_processes: int) -> Iterator[None]:
  """Starts the processes of `run`, which then import what fits need.

  Args:
    num_processes: As for `run`.

  Returns:
    Iterator that waits for them. Keep it until `run` is called.
  """
  if num_processes == 1:  # `run` fits in this process.
    return iter(())
  return _results(num_processes, [
      joblib.delayed(workers.get_ready)() for _ in range(num_processes)])


def _results(num_processes, calls):
  """Begins calls in processes; yields results in the order they come in.

  Objects of scikit-learn and of `compat.speed` are sent to the processes: to
  unpickle anything else of this package, a process would import TensorFlow.
  `common` does not.
  """
  with (_no_warnings(), stopping.kept_from_children(),
        joblib.parallel_config("loky", inner_max_num_threads=1)):
    return joblib.Parallel(
        num_processes, batch_size=1, return_as="generator_unordered",
        initializer=processes.die_with, initargs=(os.getpid(),))(calls)


@contextlib.contextmanager
def _no_warnings():
  """Silences warnings of processes that start in this context."""
  before = os.environ.get("PYTHONWARNINGS")
  os.environ["PYTHONWARNINGS"] = "ignore"
  try:
    yield
  finally:
    if before is None:
      del os.environ["PYTHONWARNINGS"]
    else:
      os.environ["PYTHONWARNINGS"] = before


def recording(fits: list[Fit]) -> Any:
  """Makes classifiers record their fits in a list instead of fitting.

  Their predictions are placeholders of the right shape.

  Args:
    fits: List that gets a `Fit` for each call of a classifier's `fit`.

  Returns:
    A context manager.
  """
  return _made(lambda estimator: _Recorder(estimator, fits))


def replaying(fits: Sequence[Fit]) -> Any:
  """Makes classifiers take over recorded fits, or fit if there is none.

  Args:
    fits: The list that `recording` filled and `run` fitted.

  Returns:
    A context manager.
  """
  remaining = iter(fits)
  return _made(lambda estimator: _FitReuser(estimator, remaining))


def _made(wrap):

  def make(*call):
    estimator = classifiers.seeded(*call)
    # Others draw from a generator that the metric uses: they fit at once.
    is_seeded = isinstance(getattr(estimator, "random_state", None), int)
    return wrap(estimator) if is_seeded else estimator

  return classifiers.made_by(make)


class _Recorder:
  """Classifier that records its fit and predicts placeholders."""

  def __init__(self, estimator, fits):
    self._estimator, self._fits = estimator, fits

  def fit(self, x, y):
    self._fit = Fit(self._estimator, x, y)
    self._fits.append(self._fit)
    self._labels = np.unique(y)
    self.feature_importances_ = np.zeros(x.shape[1])
    return self

  def predict(self, x):
    # Linear algebra in a process, on one thread, may round in another way.
    if isinstance(self._estimator, ensemble.BaseEnsemble):
      self._fit.questions.append(np.array(x))
    return np.full(len(x), self._labels[0])

  def predict_proba(self, x):
    return np.full([len(x), len(self._labels)], 1.0 / len(self._labels))


class _FitReuser:
  """Classifier whose `fit` takes over a recorded fit."""

  def __init__(self, estimator, fits):
    self._estimator, self._fits, self._known = estimator, fits, []
    self._missing = None  # Data of a fit of which only answers are known.

  def fit(self, x, y):
    fit = next(self._fits, None)
    if fit is None or fit.fitted is None or not fit.matches(
        self._estimator, x, y):
      # `run` failed, or the second run asks for another fit.
      self._estimator.fit(x, y)
    elif isinstance(fit.fitted, workers.Answers):
      self.feature_importances_ = fit.fitted.feature_importances_
      self._known = list(
          zip(fit.questions, fit.fitted.predictions, strict=True))
      self._missing = x, y
    else:
      self._estimator = fit.fitted
    return self

  def predict(self, x):
    for question, answer in self._known:
      if np.array_equal(question, x):
        return answer
    return self._fitted().predict(x)

  def __getattr__(self, name):
    return getattr(self._fitted(), name)

  def _fitted(self):
    if self._missing is not None:
      self._estimator.fit(*self._missing)
      self._missing = None
    return self._estimator
