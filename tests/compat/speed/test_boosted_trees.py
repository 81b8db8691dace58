import contextlib
import io
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
import sklearn
from sklearn import base
from sklearn import ensemble

from sparse_disent.compat.speed import boosted_trees

Presorted = boosted_trees.PresortedGradientBoostingClassifier


def continuous(num_points, num_features, num_classes, seed=0):
  """Features that tell something about the classes."""
  random_state = np.random.RandomState(seed)
  y = random_state.randint(num_classes, size=num_points)
  directions = random_state.standard_normal((num_classes, num_features))
  return (directions[y] + random_state.standard_normal(
      (num_points, num_features))).astype(np.float32), y


def rounded(x, y):
  return np.round(x), y


def duplicated(x, y):
  return np.concatenate([x, x, np.round(x[:, :1]), -x], axis=1), y


def constant(x, y):
  x = x.copy()
  x[:, ::2] = 0.25
  x[:, 1] *= 1e-8  # Differences that scikit-learn takes for none.
  return x, y


def repeated(x, y):
  half = len(x) // 2
  return np.concatenate([x[:half], x[:half]]), np.concatenate([y[:half]] * 2)


def few_equal(x, y):
  """Some pairs of points that share the value of a feature."""
  x = x.copy()
  for feature in range(x.shape[1]):
    x[feature * 3:feature * 3 + 30:2, feature] = x[
        feature * 3 + 1:feature * 3 + 31:2, feature]
  return x, y


def missing_class(x, y):
  return x, np.where(y == 1, 7, y)


def texts(x, y):
  return x, np.array(["heart", "oval", "square", "other"])[y % 4]


def pure(x, y):
  """Classes that one feature tells apart."""
  x = x.copy()
  x[:, 0] = y
  return x, y


def assert_equal(found, expected, x, y):
  """Asserts that classifiers have the same trees and predict the same."""
  assert found.estimators_.shape == expected.estimators_.shape
  for one, other in zip(
      found.estimators_.ravel(), expected.estimators_.ravel(), strict=True):
    one, other = one.tree_, other.tree_
    for name in ("node_count", "max_depth", "n_leaves", "n_features"):
      assert getattr(one, name) == getattr(other, name)
    for name in ("children_left", "children_right", "feature", "threshold",
                 "n_node_samples", "weighted_n_node_samples",
                 "missing_go_to_left"):
      np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    is_leaf = other.children_left < 0
    np.testing.assert_array_equal(one.value[is_leaf], other.value[is_leaf])
    np.testing.assert_allclose(one.value, other.value, rtol=0, atol=1e-13)
    np.testing.assert_allclose(one.impurity, other.impurity, rtol=0, atol=1e-13)
  for name in ("predict", "predict_proba", "decision_function"):
    np.testing.assert_array_equal(
        getattr(found, name)(x), getattr(expected, name)(x))
  np.testing.assert_array_equal(found.train_score_, expected.train_score_)
  np.testing.assert_array_equal(found.classes_, expected.classes_)
  np.testing.assert_allclose(
      found.feature_importances_, expected.feature_importances_, rtol=0,
      atol=1e-12)
  assert found.score(x, y) == expected.score(x, y)
  assert found.n_features_in_ == expected.n_features_in_
  assert found.n_estimators_ == expected.n_estimators_


def compare(x, y, **parameters):
  """Fits both; returns ours. Tests on points that it has not seen."""
  parameters = {"n_estimators": 10, "random_state": 0, **parameters}
  found = Presorted(**parameters).fit(x, y)
  expected = ensemble.GradientBoostingClassifier(**parameters).fit(x, y)
  noise = np.random.RandomState(1).standard_normal(np.shape(x))
  assert_equal(found, expected, x + 0.1 * noise, y)
  return found


@pytest.mark.parametrize("change", [
    None, rounded, duplicated, constant, repeated, few_equal, missing_class,
    texts, pure])
@pytest.mark.parametrize("num_classes", [2, 4])
def test_data(change, num_classes):
  x, y = continuous(300, 4, num_classes)
  compare(*(change(x, y) if change else (x, y)))


@pytest.mark.parametrize("seed", range(4))
def test_seeds(seed):
  compare(*continuous(400, 5, 3, seed), random_state=seed, n_estimators=20)


@pytest.mark.parametrize("num_features", [1, 2, 3, 10, 64])
def test_numbers_of_features(num_features):
  compare(*continuous(200, num_features, 3))


@pytest.mark.parametrize("num_points", [2, 3, 5, 8, 9, 20, 137, 1100])
def test_numbers_of_points(num_points):
  x, y = continuous(num_points, 3, 2)
  y[:2] = 0, 1
  compare(x, y)


@pytest.mark.parametrize("max_depth", [1, 2, 5])
def test_depths(max_depth):
  compare(*continuous(300, 4, 3), max_depth=max_depth)


def test_many_stages():
  """Gradients become small, and nodes pure."""
  x, y = continuous(200, 3, 3)
  compare(x, y, n_estimators=150)


def test_points_of_equal_codes():
  """A representation that is a few factors, and another draw of one factor."""
  random_state = np.random.RandomState(0)
  factors = random_state.randint([3, 6, 40], size=(500, 3))
  compare(np.concatenate([factors, factors[:, ::-1]], axis=1), factors[:, 1])


def test_most_trees_are_grown_here(monkeypatch):
  """Trees that scikit-learn has to grow are rare, if values are continuous."""
  monkeypatch.setattr(boosted_trees._Stages, "_grown_by_sklearn", None)
  compare(*continuous(500, 6, 3))


def test_scikit_learn_grows_what_is_doubtful(monkeypatch):
  grown = []
  original = boosted_trees._Stages._grown_by_sklearn

  def grown_by_sklearn(*arguments):
    grown.append(arguments)
    return original(*arguments)

  monkeypatch.setattr(
      boosted_trees._Stages, "_grown_by_sklearn", grown_by_sklearn)
  compare(*duplicated(*rounded(*continuous(200, 3, 3))))
  assert grown


@pytest.mark.parametrize("threads", ["1", "2", "3,1"])
def test_numbers_of_threads(threads, monkeypatch):
  monkeypatch.setenv("OMP_NUM_THREADS", threads)
  monkeypatch.setattr(boosted_trees.joblib, "cpu_count", lambda: 4)
  assert boosted_trees._num_threads() == int(threads[0])
  compare(*continuous(200, 3, 5))


@pytest.mark.parametrize("parameters", [
    {"subsample": 0.5}, {"max_features": 1}, {"max_leaf_nodes": 4},
    {"min_samples_leaf": 5}, {"min_samples_split": 10}, {"ccp_alpha": 0.01},
    {"min_impurity_decrease": 0.01}, {"max_depth": None}, {"init": "zero"},
    {"n_iter_no_change": 2}, {"min_weight_fraction_leaf": 0.1},
    {"learning_rate": 0.5}])
def test_other_parameters(parameters):
  compare(*continuous(200, 3, 3), n_estimators=5, **{
      name: value for name, value in parameters.items()})


def test_exponential_loss():
  compare(*continuous(200, 3, 2), loss="exponential")


def test_warm_start():
  x, y = continuous(200, 3, 3)
  models = [cls(n_estimators=3, random_state=0, warm_start=True).fit(x, y)
            for cls in (Presorted, ensemble.GradientBoostingClassifier)]
  for model in models:
    model.set_params(n_estimators=6).fit(x, y)
  assert_equal(*models, x, y)


def test_weights():
  x, y = continuous(200, 3, 3)
  weight = np.random.RandomState(0).uniform(size=200)
  models = [cls(n_estimators=3, random_state=0).fit(x, y, sample_weight=weight)
            for cls in (Presorted, ensemble.GradientBoostingClassifier)]
  assert_equal(*models, x, y)


@pytest.mark.parametrize("x, y, message", [
    ([[np.nan], [0.0]], [0, 1], "NaN"),
    ([[1.0], [0.0]], [0, 0], "class"),
    ([[1.0], [0.0]], [0], "inconsistent"),
])
def test_errors_are_those_of_scikit_learn(x, y, message):
  errors = []
  for cls in (Presorted, ensemble.GradientBoostingClassifier):
    with pytest.raises(ValueError, match=message) as error:
      cls().fit(x, y)
    errors.append(str(error.value).split(".")[0].replace(cls.__name__, ""))
  assert errors[0] == errors[1]


def test_is_an_estimator_of_scikit_learn():
  x, y = continuous(100, 3, 3)
  model = Presorted(n_estimators=3, max_depth=2, random_state=4).fit(x, y)
  assert base.clone(model).get_params() == model.get_params()
  assert model.get_params() == ensemble.GradientBoostingClassifier(
      n_estimators=3, max_depth=2, random_state=4).get_params()
  loaded = pickle.loads(pickle.dumps(model))
  assert_equal(loaded, model, x, y)
  stages = list(model.staged_predict(x))
  np.testing.assert_array_equal(stages[-1], model.predict(x))
  np.testing.assert_array_equal(
      model.apply(x), loaded.apply(x))


@pytest.fixture
def forget():
  boosted_trees.classifier.cache_clear()
  yield
  boosted_trees.classifier.cache_clear()


def chosen():
  """Returns the class, and what was printed when it was chosen twice."""
  with contextlib.redirect_stderr(io.StringIO()) as printed:
    assert boosted_trees.classifier() is boosted_trees.classifier()
  return boosted_trees.classifier(), printed.getvalue()


def test_is_used_with_known_versions(forget):
  assert chosen() == (Presorted, "")


@pytest.mark.parametrize("name, value, message", [
    ("sklearn.__version__", "1.99.0",
     "trees are compared with scikit-learn 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, and "
     "this is 1.99.0"),
    ("platform.machine", lambda: "aarch64",
     "trees are compared on x86_64, not on aarch64"),
])
def test_is_not_used_elsewhere(name, value, message, forget, monkeypatch):
  monkeypatch.setattr(f"sparse_disent.compat.speed.boosted_trees.{name}", value)
  assert chosen() == (
      ensemble.GradientBoostingClassifier,
      "sparse_disent leaves boosted trees to scikit-learn, which takes about "
      f"ten times as long: {message}.\n")


def test_is_not_used_without_numba(forget, monkeypatch):
  monkeypatch.setitem(sys.modules, "numba", None)
  from sparse_disent.compat import speed
  for name in ("tree_growing", "tied_sums"):
    monkeypatch.delitem(
        sys.modules, f"sparse_disent.compat.speed.{name}", raising=False)
    monkeypatch.delattr(speed, name, raising=False)
  cls, printed = chosen()
  assert cls is ensemble.GradientBoostingClassifier
  assert printed.count("\n") == 1 and "numba cannot be imported" in printed


def test_installed_version_is_known():
  assert boosted_trees._version() in boosted_trees.VERSIONS, (
      f"Run these tests with scikit-learn {sklearn.__version__}, and add it to "
      "VERSIONS.")


def test_loads_neither_tensorflow_nor_numba():
  """A process that fits classifiers starts fast."""
  code = ("import sys; from sparse_disent.compat.speed import boosted_trees; "
          "print('tensorflow' in sys.modules, 'numba' in sys.modules)")
  printed = subprocess.run([sys.executable, "-c", code], capture_output=True,
                           text=True, check=True).stdout
  assert printed.split() == ["False", "False"]


def test_no_warnings():
  with warnings.catch_warnings():
    warnings.simplefilter("error")
    compare(*continuous(100, 3, 3))
