import importlib
import inspect
import warnings

import numpy as np
import pytest
import sklearn.ensemble
import sklearn.linear_model
import sklearn.model_selection
import sklearn.neighbors
import sklearn.svm
from disentanglement_lib.evaluation.metrics import dci
from disentanglement_lib.evaluation.metrics import modularity_explicitness
from disentanglement_lib.evaluation.metrics import sap_score
from disentanglement_lib.evaluation.metrics import utils

from sparse_disent.compat.metrics import classifiers
from sparse_disent.compat.speed import boosted_trees
from sparse_disent.compat.startup import upstream


def sample(num_points=120):
  """Returns codes `[3, num_points]` and factors `[2, num_points]` of them."""
  random_state = np.random.RandomState(0)
  factors = random_state.randint(3, size=[2, num_points])
  codes = np.vstack([factors + random_state.normal(0, 1, factors.shape),
                     random_state.normal(size=[1, num_points])])
  return codes, factors


@pytest.mark.parametrize("name", classifiers.USERS)
def test_upstream_makes_no_other_estimators(name):
  """Whatever of scikit-learn's a metric module holds has no `random_state`."""
  module = importlib.import_module(f"disentanglement_lib.{name}")
  assert name in upstream.PATCHES
  for attribute, value in vars(module).items():
    if inspect.ismodule(value) and value.__name__.startswith("sklearn."):
      assert attribute in ("metrics", "model_selection", "preprocessing")


def test_the_estimators_are_those_of_scikit_learn():
  made = [(sap_score.svm.LinearSVC(C=0.01), sklearn.svm.LinearSVC),
          (dci.ensemble.GradientBoostingClassifier(),
           sklearn.ensemble.GradientBoostingClassifier),
          (utils.logistic_regression_cv(),
           sklearn.linear_model.LogisticRegressionCV),
          (modularity_explicitness.linear_model.LogisticRegression(),
           sklearn.linear_model.LogisticRegression)]
  for model, cls in made:
    assert isinstance(model.estimator, cls)
    assert model.random_state == 0
  assert made[0][0].C == 0.01
  assert made[2][0].Cs == 10


def test_boosted_trees_are_grown_faster():
  made = [factory().estimator for factory in (
      dci.ensemble.GradientBoostingClassifier,
      utils.gradient_boosting_classifier)]
  assert {type(model) for model in made} == {
      boosted_trees.PresortedGradientBoostingClassifier}


def test_scikit_learn_itself_is_left_alone():
  assert sklearn.svm.LinearSVC().random_state is None
  assert dci.ensemble is not sklearn.ensemble
  assert dci.ensemble.__name__ == "sklearn.ensemble"


def test_a_class_stays_one_object():
  assert (dci.ensemble.GradientBoostingClassifier
          is dci.ensemble.GradientBoostingClassifier)


def test_a_random_state_that_is_given_is_kept():
  random_state = np.random.RandomState(3)
  model = sap_score.svm.LinearSVC(random_state=random_state)
  assert model.random_state is random_state


def test_what_is_no_classifier_is_left_alone():
  assert utils.linear_model.Lasso is sklearn.linear_model.Lasso


def test_a_classifier_without_a_random_state_is_made_as_it_is():
  model = classifiers.seeded(
      sklearn.neighbors.KNeighborsClassifier, (3,), {"p": 1})
  assert type(model) is sklearn.neighbors.KNeighborsClassifier
  assert (model.n_neighbors, model.p) == (3, 1)


def test_defaults_that_will_change_are_stated():
  """The scores stay, and scikit-learn has nothing to announce."""
  codes, factors = sample()
  model = utils.logistic_regression_cv()
  model.fit(codes.T, factors[0])
  with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    expected = sklearn.linear_model.LogisticRegressionCV(
        Cs=10, cv=sklearn.model_selection.KFold(n_splits=5))
    expected.fit(codes.T, factors[0])
  np.testing.assert_array_equal(model.coef_, expected.coef_)
  np.testing.assert_array_equal(model.intercept_, expected.intercept_)


def test_what_is_given_is_not_stated_anew():
  model = classifiers.seeded(sklearn.linear_model.LogisticRegressionCV, (),
                            {"scoring": "neg_log_loss"})
  assert model.scoring == "neg_log_loss"
  assert model.dual is False


class Fits:
  """Stands in for a classifier."""

  def __init__(self, name):
    self.name = name

  def fit(self, x, y):
    self.shape = x.shape
    return self


def test_another_factory_makes_them_while_it_is_in_force():
  calls = []

  def factory(cls, args, kwargs):
    calls.append((cls, args, kwargs))
    return Fits("mine")

  with classifiers.made_by(factory):
    assert sap_score.svm.LinearSVC(1, C=2).name == "mine"
    with classifiers.made_by(classifiers.seeded):
      model = sap_score.svm.LinearSVC()
      assert type(model.estimator) is sklearn.svm.LinearSVC
    model = utils.gradient_boosting_classifier()
    assert model.fit(np.ones([2, 3]), np.arange(2)).shape == (2, 3)
  assert calls == [
      (sklearn.svm.LinearSVC, (1,), {"C": 2}),
      (sklearn.ensemble.GradientBoostingClassifier, (), {})]
  assert type(sap_score.svm.LinearSVC().estimator) is sklearn.svm.LinearSVC


def test_an_error_ends_the_reign_of_a_factory():
  with pytest.raises(KeyError), classifiers.made_by(lambda *unused: None):
    raise KeyError
  assert type(sap_score.svm.LinearSVC().estimator) is sklearn.svm.LinearSVC


def test_numpys_global_generator_has_no_say():
  codes, factors = sample()

  def scores(seed):
    np.random.seed(seed)
    importance, train, test = dci.compute_importance_gbt(
        codes, factors, codes, factors)
    model = utils.gradient_boosting_classifier().fit(codes.T, factors[0])
    matrix = sap_score.compute_score_matrix(
        codes, factors, codes, factors, continuous_factors=False)
    return [importance, train, test, model.predict_proba(codes.T), matrix]

  for one, other in zip(scores(1), scores(2), strict=True):
    np.testing.assert_array_equal(one, other)


def test_without_the_seed_it_would_have(monkeypatch):
  """The test above can fail: ties between splits are broken at random."""
  codes, factors = sample()
  monkeypatch.setattr(classifiers, "_factory",
                      lambda cls, args, kwargs: cls(*args, **kwargs))

  def importance(seed):
    np.random.seed(seed)
    return dci.compute_importance_gbt(codes, factors, codes, factors)[0]

  assert np.any(importance(1) != importance(2))


def test_a_forks_class_may_derive_from_a_classifier():
  class Mine(utils.ensemble.GradientBoostingClassifier):
    def predict(self, x):
      return super().predict(x) + 10

  x, y = np.random.RandomState(0).rand(40, 2), np.arange(40) % 2
  mine = Mine(n_estimators=3, random_state=0)
  theirs = sklearn.ensemble.GradientBoostingClassifier(
      n_estimators=3, random_state=0)
  assert isinstance(mine, sklearn.ensemble.GradientBoostingClassifier)
  np.testing.assert_array_equal(
      mine.fit(x, y).predict(x), theirs.fit(x, y).predict(x) + 10)
  assert sklearn.base.clone(mine).n_estimators == 3


def test_a_forks_cross_validation_clones_a_classifier():
  x, y = np.random.RandomState(0).rand(40, 2), np.arange(40) % 2
  assert len(sklearn.model_selection.cross_val_score(
      utils.linear_model.LogisticRegression(), x, y)) == 5
