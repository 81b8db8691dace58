"""Metrics as tasks."""
import functools
import json
import pathlib
import time

import gin
import numpy as np
import pytest
from disentanglement_lib.evaluation import evaluate
from disentanglement_lib.evaluation.metrics import mig
from sklearn import linear_model

from sparse_disent import metrics
from sparse_disent.compat import patching
from sparse_disent.compat.metrics import classifiers
from sparse_disent.evaluation import array_data
from sparse_disent.evaluation import metric_tasks

RUNS = []


@gin.configurable("metric_tasks_test", denylist=["ground_truth_data"])
def metric(ground_truth_data, representation_function, random_state,
           artifact_dir=None, fail=False, stray=False, tol=1e-4):
  """Fits two classifiers, and sleeps."""
  del artifact_dir
  RUNS.append(time.time())
  factors, rows = ground_truth_data.sample(40, random_state)
  x = representation_function(rows)
  if fail:
    raise ValueError("no such thing")
  scores = {}
  for i in range(2):
    model = classifiers.make(linear_model.LogisticRegression, (), {"tol": tol})
    model.fit(x, factors[:, i])
    if stray:  # What a placeholder does not have.
      scores[f"norm_{i}"] = float(np.linalg.norm(model.coef_))
    scores[f"accuracy_{i}"] = float(model.score(x, factors[:, i]) if stray
                                    else (model.predict(x) == factors[:, i]
                                          ).mean())
  return scores


@pytest.fixture
def task(tmp_path):
  """Function from gin bindings to a task on 40 points, and its folder."""
  RUNS.clear()
  representation = tmp_path / "representation"
  (representation / "tfhub").mkdir(parents=True)
  (representation / "results/gin").mkdir(parents=True)
  (representation / "results/gin/postprocess.gin").write_text(
      "dataset.name = 'dummy_data'")
  draw = np.random.RandomState(0)
  factors = draw.randint(2, size=[40, 2])
  codes = factors + draw.normal(size=factors.shape)

  def make(name, bindings=""):
    gin_file = tmp_path / f"{name}.gin"
    gin_file.write_text(
        "evaluation.evaluation_fn = @metric_tasks_test\n"
        f"evaluation.random_seed = 0\ndataset.name = 'auto'\n{bindings}")
    return metric_tasks.Metric(
        name, metric_tasks.Definition.read(str(gin_file)),
        metric_tasks.Source(lambda: (
            array_data.ArrayData(factors), lambda rows: codes[rows.numbers])),
        str(representation), str(tmp_path / name))

  return make


def results(tmp_path, name):
  return json.loads((tmp_path / name / "results/json/evaluation_results.json"
                     ).read_text())


def test_two_runs_and_one_result(task, tmp_path):
  assert metric_tasks.compute([task("a"), task("b")], 1) == {}
  assert len(RUNS) == 4
  a, b = results(tmp_path, "a"), results(tmp_path, "b")
  assert a["accuracy_0"] == b["accuracy_0"] > 0.6
  # From the first run on, not only the second.
  assert a["elapsed_time"] >= RUNS[2] - RUNS[0]
  assert not list(tmp_path.glob(".*"))


def test_a_metric_that_placeholders_lead_astray(task, tmp_path):
  stray = task("a", "metric_tasks_test.stray = True")
  assert metric_tasks.compute([stray], 1) == {}
  assert results(tmp_path, "a")["norm_1"] > 0


def test_errors_are_collected(task, tmp_path):
  failures = metric_tasks.compute(
      [task("a", "metric_tasks_test.fail = True"), task("b")], 1)
  assert list(failures) == ["a"] and "no such thing" in str(failures["a"])
  assert not (tmp_path / "a").exists()
  assert results(tmp_path, "b")["accuracy_1"] > 0.6


@pytest.mark.filterwarnings("ignore:Classifiers are fitted one by one")
def test_a_failing_classifier_is_an_error_of_its_metric(task, tmp_path):
  failures = metric_tasks.compute(
      [task("a", "metric_tasks_test.tol = -1.0"), task("b")], 1)
  assert list(failures) == ["a"] and "'tol' parameter" in str(failures["a"])
  assert results(tmp_path, "b")["accuracy_1"] > 0.6


@pytest.mark.parametrize("error, reason", [
    (ValueError("no such thing\n  In call to configurable"), "no such thing"),
    (MemoryError(), "MemoryError")])
def test_reasons_are_one_line(error, reason):
  assert metric_tasks.reason(error) == reason


@pytest.mark.parametrize("number", [0, -2, 1.5])
def test_number_of_processes(number):
  with pytest.raises(ValueError) as error:
    metric_tasks.check_processes(number)
  assert str(error.value) == (
      f"num_processes must be a positive integer, but is {number!r}. Leave it "
      "out for one process a core.")


def test_a_gin_file_for_something_else(tmp_path):
  (tmp_path / "a.gin").write_text("dataset.name = 'auto'")
  with pytest.raises(ValueError, match="a.gin' does not bind evaluation.evalua"
                     "tion_fn to a metric"):
    metric_tasks.Definition.read(str(tmp_path / "a.gin"))


@gin.configurable("looks_at_codes")
@metrics.codes_alone
def marked():
  """An own metric that says that it needs no images."""


@gin.configurable("wraps_mig")
@functools.wraps(mig.compute_mig)
def wrapping(ground_truth_data, *args, **kwargs):
  """Looks at images before it does what it wraps."""


@gin.configurable("wraps_mic")
@functools.wraps(metrics.compute_mic, assigned=["__name__", "__doc__"])
def wrapping_ours(ground_truth_data, *args, **kwargs):
  """The same with a function that is marked."""


@pytest.mark.parametrize("reference, needs_images", [
    ("@mig", False), ("@scope/mig", False), ("%macro", False),
    ("@factor_vae_score", False), ("@mic", False), ("@connectivity", False),
    ("@looks_at_codes", False), ("@scope/looks_at_codes", False),
    ("@active_latents", True), ("@metric_tasks_test", True),
    ("@wraps_mig", True), ("@wraps_mic", True)])
def test_only_known_metrics_get_no_images(tmp_path, reference, needs_images):
  path = tmp_path / "metric.gin"
  path.write_text(f"evaluation.evaluation_fn = {reference}\nmacro = @mig")
  definition = metric_tasks.Definition.read(str(path))
  assert definition.needs_images == needs_images


def test_a_forks_metric_gets_images(tmp_path, monkeypatch):
  changed = tmp_path / "mig.py"
  changed.write_bytes(pathlib.Path(mig.__file__).read_bytes() + b"\nOURS = 1\n")
  monkeypatch.setattr(mig, "__file__", str(changed))
  path = tmp_path / "metric.gin"
  path.write_text("evaluation.evaluation_fn = @mig")
  assert metric_tasks.Definition.read(str(path)).needs_images


def test_a_forks_evaluate_gets_images(tmp_path, monkeypatch, capsys):
  path = tmp_path / "metric.gin"
  path.write_text("evaluation.evaluation_fn = @mig")
  definition = metric_tasks.Definition.read(str(path))
  assert not definition.needs_images
  monkeypatch.setattr(patching, "_reported", set())
  monkeypatch.setattr(evaluate, "evaluate", lambda *unused: None)
  assert definition.needs_images
  line, = capsys.readouterr().err.splitlines()
  assert line == (
      "sparse_disent leaves disentanglement_lib.evaluation.evaluate:evaluate "
      "alone, as it is not that of disentanglement_lib 1.5: `sparse-disent "
      "evaluate` encodes images anew for each metric, several times slower.")
