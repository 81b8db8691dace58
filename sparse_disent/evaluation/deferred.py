"""Classifiers that upstream's metrics fit, fitted elsewhere and in parallel.

A metric runs twice with the same random state. The first time its classifiers
only write down what they are to be fitted to; these fits do not depend on each
other, so they can run in any order and process. The second time the metric is
handed the fitted classifiers. Neither run changes what the metric draws: only
classifiers with a seed of their own are put off.
"""
import contextlib
import os
import warnings

import joblib
import numpy as np

from sparse_disent.compat.metrics import classifiers


class Fit:
  """A scikit-learn classifier and what it is to be fitted to.

  Attributes:
    estimator: The classifier, as it was constructed.
    x: Features, [num_points, num_features].
    y: Labels, [num_points].
    fitted: The fitted classifier, or None.
  """

  def __init__(self, estimator, x, y):
    """Keeps copies of features and labels."""
    self.estimator, self.x, self.y = estimator, np.array(x), np.array(y)
    self.fitted = None

  @property
  def cost(self):
    """A number that grows with the time the fit takes."""
    return self.x.size * len(np.unique(self.y))

  def matches(self, estimator, x, y):
    """Tells whether another fit has the same result."""
    return (repr(estimator) == repr(self.estimator)
            and np.array_equal(x, self.x) and np.array_equal(y, self.y))


def run(fits, num_processes):
  """Fits classifiers in parallel, those that take longest first.

  A fit that fails, or whose process is killed, ends it: what is not fitted then
  is left to `replaying`, so that the error is that of one metric.

  Args:
    fits: List of `Fit`.
    num_processes: Number of processes; each uses one core.

  Yields:
    The fits in the order in which they are done, `fitted` set.
  """
  fits = sorted(fits, key=lambda fit: fit.cost, reverse=True)
  for number, fit in enumerate(fits):
    fit.estimator.number = number
  # What is sent is scikit-learn's alone: a process that unpickles anything of
  # this package imports TensorFlow.
  with _no_warnings(), joblib.parallel_config("loky", inner_max_num_threads=1):
    pool = joblib.Parallel(
        num_processes, batch_size=1, return_as="generator_unordered")
    try:
      for fitted in pool(
          joblib.delayed(fit.estimator.fit)(fit.x, fit.y) for fit in fits):
        fits[fitted.number].fitted = fitted
        yield fits[fitted.number]
    except Exception as error:
      warnings.warn("Classifiers are fitted one by one from here on, as one of "
                    f"the processes failed: {error}", stacklevel=2)


@contextlib.contextmanager
def _no_warnings():
  """Keeps processes that start in this context from warning."""
  before = os.environ.get("PYTHONWARNINGS")
  os.environ["PYTHONWARNINGS"] = "ignore"
  try:
    yield
  finally:
    if before is None:
      del os.environ["PYTHONWARNINGS"]
    else:
      os.environ["PYTHONWARNINGS"] = before


def recording(fits):
  """Makes classifiers that append to a list what they are to be fitted to.

  Their predictions are placeholders of the right shape.

  Args:
    fits: List that gets a `Fit` for each call of a classifier's `fit`.

  Returns:
    A context manager.
  """
  return _made(lambda estimator: _Recorder(estimator, fits))


def replaying(fits):
  """Makes classifiers that are fitted already, or fits those that are not.

  Args:
    fits: What `recording` has recorded, after `run`.

  Returns:
    A context manager.
  """
  remaining = iter(fits)
  return _made(lambda estimator: _Player(estimator, remaining))


def _made(wrap):

  def make(*call):
    estimator = classifiers.seeded(*call)
    # Others draw from a generator that the metric uses: not to be put off.
    is_seeded = isinstance(getattr(estimator, "random_state", None), int)
    return wrap(estimator) if is_seeded else estimator

  return classifiers.made_by(make)


class _Recorder:
  """Writes down a fit; what it predicts means nothing."""

  def __init__(self, estimator, fits):
    self._estimator, self._fits = estimator, fits

  def fit(self, x, y):
    self._fits.append(Fit(self._estimator, x, y))
    self._labels = np.unique(y)
    self.feature_importances_ = np.zeros(x.shape[1])
    return self

  def predict(self, x):
    return np.full(len(x), self._labels[0])

  def predict_proba(self, x):
    return np.full([len(x), len(self._labels)], 1.0 / len(self._labels))


class _Player:
  """Becomes a fitted classifier once it is told what to fit."""

  def __init__(self, estimator, fits):
    self._estimator, self._fits = estimator, fits

  def fit(self, x, y):
    fit = next(self._fits, None)
    if fit is not None and fit.fitted is not None and fit.matches(
        self._estimator, x, y):
      self._estimator = fit.fitted
    else:  # `run` failed, or the metric draws from a generator not its own.
      self._estimator.fit(x, y)
    return self

  def __getattr__(self, name):
    return getattr(self._estimator, name)
