"""Fits that are put off give what fits on the spot give."""
import contextlib
import os
import pathlib
import signal
import time

import joblib
import numpy as np
import pytest
from disentanglement_lib.evaluation.metrics import dci
from disentanglement_lib.evaluation.metrics import modularity_explicitness
from disentanglement_lib.evaluation.metrics import sap_score
from joblib.externals.loky import reusable_executor
from sklearn import ensemble
from sklearn import linear_model
from sklearn import svm as svm_lib

from sparse_disent.compat.metrics import classifiers
from sparse_disent.compat.speed import boosted_trees
from sparse_disent.compat.speed import workers as processes
from sparse_disent.evaluation import deferred


def arrays():
  draw = np.random.RandomState(0)
  y = draw.randint(3, size=[2, 50])
  return y + 0.5 * draw.normal(size=y.shape), y


def twice(function):
  """What `function` returns with all fits put off."""
  fits = []
  with deferred.recording(fits):
    function()
  assert all(fit.fitted is None for fit in fits)
  order = [fit.cost for fit in deferred.run(fits, 2)]
  assert len(order) == len(fits) > 0
  with deferred.replaying(fits):
    return function()


def test_boosted_trees():
  x, y = arrays()
  function = lambda: dci.compute_importance_gbt(x, y, x, y)
  expected, found = function(), twice(function)
  np.testing.assert_array_equal(found[0], expected[0])
  assert found[1:] == expected[1:]


def test_support_vectors():
  x, y = arrays()
  function = lambda: sap_score.compute_score_matrix(x, y, x, y, False)
  np.testing.assert_array_equal(twice(function), function())


def test_probabilities():
  x, y = arrays()
  function = lambda: modularity_explicitness.explicitness_per_factor(
      x, y[0], x, y[0])
  assert twice(function) == function()


def test_those_with_a_shared_generator_are_fitted_on_the_spot():
  x, y = arrays()
  fits = []
  with deferred.recording(fits):
    model = classifiers.make(
        linear_model.LogisticRegression, (),
        {"random_state": np.random.RandomState(0)})
    model.fit(x.T, y[0])
  assert not fits and model.score(x.T, y[0]) > 0.5


def test_other_data_than_recorded_is_fitted_on_the_spot():
  x, y = arrays()
  fits = []
  draw = np.random.RandomState(0)

  def function():
    labels = draw.permutation(y[0])
    model = classifiers.make(linear_model.LogisticRegression, (), {})
    return labels, model.fit(x.T, labels).predict(x.T)

  with deferred.recording(fits):
    function()
  list(deferred.run(fits, 1))
  with deferred.replaying(fits):
    labels, found = function()
  np.testing.assert_array_equal(
      found, linear_model.LogisticRegression().fit(x.T, labels).predict(x.T))


def test_a_fit_that_fails_is_an_error_of_its_metric_alone():
  x, y = arrays()

  def function(tolerance):
    model = classifiers.make(
        linear_model.LogisticRegression, (), {"tol": tolerance})
    return model.fit(x.T, y[0]).predict(x.T)

  recorded = {tolerance: [] for tolerance in (-1.0, 1e-4)}
  for tolerance, fits in recorded.items():
    with deferred.recording(fits):
      function(tolerance)
  with pytest.warns(UserWarning, match="one by one .* failed: The 'tol' param"):
    assert not list(deferred.run(sum(recorded.values(), []), 1))
  with deferred.replaying(recorded[-1.0]), \
      pytest.raises(ValueError, match="The 'tol' parameter"):
    function(-1.0)
  with deferred.replaying(recorded[1e-4]):
    np.testing.assert_array_equal(
        function(1e-4),
        linear_model.LogisticRegression().fit(x.T, y[0]).predict(x.T))


def test_cost_orders_by_time():
  x, y = np.zeros([100, 10]), np.arange(100)
  svm = svm_lib.LinearSVC()
  costs = [deferred.Fit(svm, x, y % 2).cost, deferred.Fit(svm, x, y).cost,
           deferred.Fit(svm, x[:10], y[:10]).cost]
  assert costs == [2000, 100000, 1000]
  by_class = [deferred.Fit(estimator, x, y).cost for estimator in (
      svm, linear_model.LogisticRegression(),
      boosted_trees.PresortedGradientBoostingClassifier(),
      linear_model.LogisticRegressionCV(),
      ensemble.GradientBoostingClassifier())]
  assert sorted(set(by_class)) == by_class


def test_predictions_of_trees_are_made_where_they_are_fitted(monkeypatch):
  x, y = arrays()
  asked = []

  def function():
    model = classifiers.make(
        ensemble.GradientBoostingClassifier, (), {"n_estimators": 3})
    model.fit(x.T, y[0])
    return [model.predict(points).tolist() for points in (x.T, x.T[:7])]

  fits = []
  with deferred.recording(fits):
    function()
  list(deferred.run(fits, 2))
  predict = ensemble.GradientBoostingClassifier.predict
  monkeypatch.setattr(
      ensemble.GradientBoostingClassifier, "predict",
      lambda self, points: asked.append(len(points)) or predict(self, points))
  with deferred.replaying(fits):
    found = function()
  assert not asked
  assert found == function() and asked


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_what_was_not_recorded_of_trees_is_computed_on_the_spot(method):
  x, y = arrays()

  def function(points):
    model = classifiers.make(
        ensemble.GradientBoostingClassifier, (), {"n_estimators": 3}).fit(
            x.T, y[0])
    model.predict(x.T)
    return getattr(model, method)(points)

  fits = []
  with deferred.recording(fits):
    function(x.T)
  list(deferred.run(fits, 2))
  with deferred.replaying(fits):
    found = function(x.T + 0.5)
  np.testing.assert_array_equal(found, function(x.T + 0.5))


def test_processes_that_were_started_run_the_fits():
  list(processes.start(2))
  before = set(workers(os.getpid()))
  function = lambda: sap_score.compute_score_matrix(
      *arrays(), *arrays(), False)
  np.testing.assert_array_equal(twice(function), function())
  assert before == set(workers(os.getpid()))
  assert not list(processes.start(1))


def workers(parent):
  """Returns the children of a process that are no zombies."""
  found = []
  for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
    with contextlib.suppress(OSError):
      state, pid_of_parent = path.read_text().rpartition(")")[2].split()[:2]
      if int(pid_of_parent) == parent and state != "Z":
        found.append(int(path.parent.name))
  return found


def wait_until(holds):
  end = time.monotonic() + 60
  while not holds():
    assert time.monotonic() < end
    time.sleep(0.05)


def fit_for_hours():
  x, y = arrays()
  fits = []
  with deferred.recording(fits):
    for _ in range(2):
      classifiers.make(ensemble.GradientBoostingClassifier, (), {
          "n_estimators": 10**7, "random_state": 0}).fit(x.T, y[0])
  list(deferred.run(fits, 2))


@pytest.fixture
def busy():
  """A process whose workers are busy for hours, and the numbers of these."""
  child = os.fork()
  if not child:
    reusable_executor._executor = None  # The parent's.
    with contextlib.suppress(KeyboardInterrupt):
      fit_for_hours()
    os._exit(130)
  wait_until(lambda: len(workers(child)) >= 2)
  yield child, workers(child)
  with contextlib.suppress(ProcessLookupError):
    os.kill(child, signal.SIGKILL)


@pytest.mark.slow
def test_ctrl_c_of_a_terminal_is_left_to_the_parent():
  """It goes to all processes; one that starts would print a traceback."""
  reusable_executor.get_reusable_executor(kill_workers=True).shutdown()
  blocked = joblib.delayed(signal.pthread_sigmask)(signal.SIG_BLOCK, ())
  assert list(processes.results(2, [blocked])) == [
      {signal.SIGINT, signal.SIGHUP}]
  assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_an_interruption_of_one_process_starts_no_others(monkeypatch):
  def interrupted(*unused_fit):
    raise KeyboardInterrupt

  fits, (x, y) = [], arrays()
  with deferred.recording(fits):
    classifiers.make(ensemble.GradientBoostingClassifier, (), {
        "random_state": 0}).fit(x.T, y[0])
  monkeypatch.setattr(deferred.fits_lib, "fitted", interrupted)
  monkeypatch.setattr(processes, "_has_started", False)
  monkeypatch.setattr(processes.loky, "get_reusable_executor", None)
  with pytest.raises(KeyboardInterrupt):
    list(deferred.run(fits, 1))


@pytest.mark.parametrize("signum, code", [
    (signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_workers_end_with_their_parent(busy, signum, code):
  child, pids = busy
  os.kill(child, signum)
  assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == code
  alive = lambda pid: pathlib.Path(f"/proc/{pid}/cmdline").exists() and (
      pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
  wait_until(lambda: not any(map(alive, pids)))
