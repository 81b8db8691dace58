import warnings

import numpy as np
import pytest
import sklearn
import threadpoolctl
from packaging import version
from sklearn import ensemble
from sklearn import exceptions
from sklearn import linear_model
from sklearn import model_selection
from sklearn import svm

from sparse_disent.compat.metrics import classifiers
from sparse_disent.compat.metrics import tolerant_classifier

CLASSIFIERS = [ensemble.GradientBoostingClassifier,
               linear_model.LogisticRegression, svm.LinearSVC]


class OldLogisticRegressionCV(linear_model.LogisticRegressionCV):
  """Has the parameters of scikit-learn 1.7, and refuses what that refuses."""

  def __init__(self, *, Cs=10, cv=None):  # noqa: N803
    super().__init__(Cs=Cs, cv=cv)

  def fit(self, x, y):
    raise ValueError("setting an array element with a sequence")


OldLogisticRegressionCV.__name__ = "LogisticRegressionCV"


def new(cls, **kwargs):
  return tolerant_classifier.TolerantClassifier(
      classifiers.seeded, cls, kwargs=kwargs)


def sample(seed, num_points=10, num_classes=3):
  """Returns features that tell a class, and classes."""
  random_state = np.random.RandomState(seed)
  y = random_state.randint(num_classes, size=num_points)
  x = random_state.normal(size=[num_points, 3])
  x[:, 0] += 2 * y
  return x, y


@pytest.mark.parametrize("cls", CLASSIFIERS)
def test_an_ordinary_sample_goes_to_scikit_learn(cls):
  x, y = sample(0)
  model = new(cls)
  assert model.fit(x, y) is model
  assert isinstance(model.estimator, cls)
  expected = cls(random_state=0).fit(x, y)
  np.testing.assert_array_equal(model.predict(x), expected.predict(x))
  assert model.score(x, y) == expected.score(x, y)


@pytest.mark.parametrize("cls", CLASSIFIERS)
def test_of_one_class_a_constant_is_learned(cls):
  x, _ = sample(0)
  with pytest.raises(ValueError):
    cls().fit(x, np.full(10, 7))
  model = new(cls).fit(x, np.full(10, 7))
  np.testing.assert_array_equal(model.predict(x[:3]), [7, 7, 7])
  assert model.predict(x).dtype == np.full(10, 7).dtype
  np.testing.assert_array_equal(model.feature_importances_, [0, 0, 0])
  np.testing.assert_array_equal(model.predict_proba(x[:2]), [[1], [1]])
  assert model.score(x[:4], np.array([7, 7, 7, 1])) == 0.75


@pytest.mark.parametrize("y, most_frequent", [
    ([2, 0, 2, 1, 2], 2), ([3, 1, 3, 1, 5], 1)])
def test_without_features_the_majority_is_learned(y, most_frequent):
  """Boosted trees predict the same from a constant feature."""
  y = np.array(y)
  model = new(ensemble.GradientBoostingClassifier).fit(np.zeros([5, 0]), y)
  np.testing.assert_array_equal(
      model.predict(np.zeros([2, 0])), [most_frequent] * 2)
  assert model.feature_importances_.shape == (0,)
  trees = ensemble.GradientBoostingClassifier().fit(np.zeros([5, 1]), y)
  np.testing.assert_array_equal(
      trees.predict(np.zeros([2, 1])), [most_frequent] * 2)


@pytest.mark.skipif(
    version.parse(sklearn.__version__) < version.parse("1.8"),
    reason="needs a scikit-learn that takes folds without a class")
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_folds_that_lack_a_class_are_taken(seed):
  """The reference is the scikit-learn that takes them itself."""
  folds = model_selection.KFold(n_splits=5)
  x, y = sample(seed, num_classes=4)
  y[-1] = 4  # Only one fold tests this class, and its training part lacks it.
  model = new(OldLogisticRegressionCV, Cs=10, cv=folds).fit(x, y)
  assert type(model.estimator.estimator) is linear_model.LogisticRegression
  reference = classifiers.seeded(
      linear_model.LogisticRegressionCV, (), {"Cs": 10, "cv": folds}).fit(x, y)
  np.testing.assert_array_equal(model.predict(x), reference.predict(x))
  assert model.C == pytest.approx(reference.C_)


def test_a_fold_with_a_single_class_is_taken():
  y = np.array([0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
  x = np.eye(10)
  model = new(OldLogisticRegressionCV, Cs=10,
              cv=model_selection.KFold(n_splits=5)).fit(x, y)
  # All strengths have the same accuracy in the folds: the smallest is taken.
  assert model.C == pytest.approx(1e-4)
  np.testing.assert_array_equal(model.predict(x), np.zeros(10))


def test_what_scikit_learn_takes_is_left_to_it():
  x, y = np.eye(20), np.arange(20) % 2
  model = new(OldLogisticRegressionCV, Cs=10,
              cv=model_selection.KFold(n_splits=5))
  with pytest.raises(ValueError, match="setting an array element"):
    model.fit(x, y)


class Stopping(linear_model.LogisticRegression):
  """Gives a warning of its own beside that of the solver."""

  def fit(self, x, y):
    warnings.warn("mine", stacklevel=1)
    warnings.warn("no", exceptions.ConvergenceWarning, stacklevel=1)
    warnings.warn("no", exceptions.ConvergenceWarning, stacklevel=1)
    return super().fit(x, y)


def test_fits_that_do_not_converge_are_told_once():
  x, y = sample(0)
  with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    with tolerant_classifier.convergence_reported():
      for cls in (Stopping, linear_model.LogisticRegression, Stopping):
        new(cls).fit(x, y)
  assert [str(warning.message) for warning in caught] == [
      "mine", "mine", "2 of 3 fits stopped at the limit of iterations of "
      "scikit-learn before they converged. Upstream's metrics use such fits as "
      "they are."]
  assert caught[2].category is exceptions.ConvergenceWarning


def test_nothing_is_told_of_fits_that_converge():
  with tolerant_classifier.convergence_reported():
    new(linear_model.LogisticRegression).fit(*sample(0))


def test_each_fit_warns_where_nobody_counts():
  with pytest.warns(exceptions.ConvergenceWarning, match="^no$"), \
      pytest.warns(UserWarning, match="mine"):
    new(Stopping).fit(*sample(0))


class Threads:
  """An estimator that notes how many threads it may compute with."""

  def __init__(self):
    self.numbers = None

  def fit(self, x, y):
    self.numbers = threads()
    return self


def threads():
  return {pool["num_threads"] for pool in threadpoolctl.threadpool_info()}


def test_a_fit_takes_one_thread_and_others_are_as_before():
  with threadpoolctl.threadpool_limits(2):
    model = tolerant_classifier.TolerantClassifier(
        lambda cls, args, kwargs: cls(), Threads)
    assert model.fit(*sample(0)).numbers == {1}
    assert threads() == {2}


def test_trees_keep_the_threads_they_have():
  """Setting the number of threads takes longer than a small fit."""
  class Trees(Threads):
    __module__ = "sklearn.ensemble._gb"

  with threadpoolctl.threadpool_limits(2):
    model = tolerant_classifier.TolerantClassifier(
        lambda cls, args, kwargs: cls(), Trees)
    assert model.fit(*sample(0)).numbers == {2}
