"""All of upstream's metrics on pruned representations.

Each runs, and where upstream's own code has a value, it is the same.
"""
import contextlib
import json
import math
import pathlib
import subprocess
import sys
import types
from multiprocessing import pool

import numpy as np
import pytest
from disentanglement_lib.evaluation import evaluate
from disentanglement_lib.evaluation.metrics import mig
from disentanglement_lib.utils import aggregate_results
from disentanglement_lib.utils import resources
from sklearn import ensemble
from support import small_metrics
from support.small_metrics import compute

from sparse_disent.compat.metrics import classifiers

pytestmark = pytest.mark.filterwarnings("ignore:.*fits stopped at the limit")

# Computes metrics with our seeds alone, and prints their scores.
UNCORRECTED = """
import json, sys, warnings
import sparse_disent
from sparse_disent.compat.startup import upstream
for name in list(upstream.PATCHES):
  if ".metrics." in name:
    del upstream.PATCHES[name]
from sklearn import ensemble, linear_model, svm
for cls in (ensemble.GradientBoostingClassifier, svm.LinearSVC,
            linear_model.LogisticRegression, linear_model.LogisticRegressionCV):
  cls.__init__.__kwdefaults__["random_state"] = 0
ensemble.GradientBoostingClassifier.__init__.__kwdefaults__["n_estimators"] = 3
warnings.simplefilter("ignore")
from support import small_metrics
results = {}
for metric in small_metrics.METRICS:
  for representation in small_metrics.REPRESENTATIONS:
    if "logistic" in metric and representation != "some pruned":
      continue
    try:
      scores = small_metrics.compute(metric, representation)
    except Exception as error:
      scores = {"error": str(error)}
    results.setdefault(metric, {})[representation] = scores
json.dump(results, sys.stdout, default=lambda value: (
    str(value) if isinstance(value, complex) else value.item()))
"""


@pytest.fixture(scope="module")
def uncorrected():
  """From metric and representation to upstream's scores, or its error."""
  folder = pathlib.Path(small_metrics.__file__).parent.parent
  result = subprocess.run(
      [sys.executable, "-c", UNCORRECTED], cwd=folder, text=True,
      capture_output=True, check=False)
  assert result.returncode == 0, result.stderr
  return json.loads(result.stdout)


@pytest.fixture
def few_trees():
  """Boosted trees that are fitted in little time."""

  def factory(cls, args, kwargs):
    estimator = classifiers.seeded(cls, args, kwargs)
    if cls is ensemble.GradientBoostingClassifier:
      estimator.set_params(n_estimators=3)
    return estimator

  with classifiers.made_by(factory):
    yield


@pytest.fixture
def few_fits(few_trees):
  """Classifiers that are fitted in little time, cross-validated ones too."""

  def factory(cls, args, kwargs):
    if "Cs" in kwargs:
      kwargs = {**kwargs, "Cs": 2}
    return few(cls, args, kwargs)

  few = classifiers._factory
  with classifiers.made_by(factory):
    yield


def is_sound(scores):
  """Tells whether each score has a value or a reason."""
  return scores and all(
      f"{name}_undefined" in scores if value is None
      else isinstance(value, str) or math.isfinite(value)
      for name, value in scores.items())


@pytest.mark.parametrize("metric", small_metrics.METRICS)
def test_each_metric_takes_each_representation(metric, few_fits):
  for representation in small_metrics.REPRESENTATIONS:
    assert is_sound(compute(metric, representation)), representation


@pytest.mark.parametrize("sizes", [(4,), (3, 1, 4), (1, 1)])
@pytest.mark.parametrize("metric", small_metrics.METRICS)
def test_each_metric_takes_single_factors_and_single_values(
    metric, sizes, few_fits):
  assert is_sound(compute(metric, small_metrics.latents, sizes))


def has_value(metric, representation, score, value):
  """Tells whether a value of upstream is what its definition asks for."""
  if not isinstance(value, int | float) or not math.isfinite(value):
    return False
  if "strong" in score:  # Drawn from NumPy's global generator.
    return False
  if metric == "irs" and score == "num_active_dims":  # A sum of latents.
    return False
  if representation == "all active" or representation == "twins":
    return True
  if score == "num_active_dims" or metric == "factor_vae_default":
    return False  # Counts, and divides by the deviation of, the constants.
  # Takes the rounding of a constant's variance for a latent.
  is_rounded = representation.endswith(" 0") or "nearly" in representation
  return not (is_rounded and metric in ("irs", "modularity", "unsupervised"))


@pytest.mark.parametrize("metric", small_metrics.METRICS)
def test_values_of_upstream_are_left_as_they_are(
    metric, uncorrected, few_trees):
  compared = 0
  for representation, expected in uncorrected[metric].items():
    scores = compute(metric, representation)
    for name, value in expected.items():
      if has_value(metric, representation, name, value):
        assert scores[name] == value, (representation, name)
        compared += 1
  assert compared


@pytest.fixture
def evaluate_pruned(tmp_path, monkeypatch):
  """Runs `dlib_evaluate` on a module of which one latent is left of four."""

  @contextlib.contextmanager
  def eval_function_for_module(path):
    assert path == str(tmp_path / "model" / "tfhub")
    yield lambda inputs, signature, as_dict: {
        "default": inputs["images"][:, 0, :4, 0] * [0, 1, 0, 0]}

  monkeypatch.setattr(evaluate, "hub", types.SimpleNamespace(
      eval_function_for_module=eval_function_for_module))
  for folder in ("tfhub", "results/json"):
    (tmp_path / "model" / folder).mkdir(parents=True)

  def run(metric, directory):
    config = resources.get_file(
        f"config/tests/evaluation/evaluate_test_configs/{metric}.gin")
    evaluate.evaluate_with_gin(
        str(tmp_path / "model"), str(tmp_path / directory),
        gin_config_files=[config],
        gin_bindings=["dataset.name = 'dummy_data'"])
    file = tmp_path / directory / "results" / "json" / "evaluation_results.json"
    scores = strict_json(file)
    return {name: value for name, value in scores.items()
            if name not in ("elapsed_time", "uuid")}

  return run


def strict_json(file):
  """Reads a file that must not hold NaN."""

  def refuse(constant):
    raise AssertionError(f"{file} holds {constant}")

  return json.loads(file.read_text(), parse_constant=refuse)


@pytest.mark.parametrize("metric", [
    "dci", "downstream_task_boosted_trees", "sap_score"])
def test_two_evaluations_have_the_same_scores(
    metric, evaluate_pruned, few_trees):
  np.random.seed(1)
  one = evaluate_pruned(metric, "one")
  np.random.seed(2)
  assert evaluate_pruned(metric, "other") == one


def test_undefined_scores_are_null_in_all_files(
    evaluate_pruned, tmp_path, monkeypatch):
  monkeypatch.setattr(mig.utils, "discrete_entropy", lambda ys: np.zeros(10))
  with pytest.warns(UserWarning, match="^No value for discrete_mig: the comp"):
    scores = evaluate_pruned("mig", "mig")
  assert scores == {"discrete_mig": None,
                    "discrete_mig_undefined": "the computation gave inf"}
  evaluate_pruned("irs", "irs")

  table = tmp_path / "all.json"
  with pool.ThreadPool() as threads:  # Upstream leaves its pool open.
    monkeypatch.setattr(
        aggregate_results.multiprocessing, "Pool", lambda: threads)
    aggregate_results.aggregate_results_to_json(
        str(tmp_path / "*/results/aggregate/evaluation.json"), str(table))
  columns = strict_json(table)
  rows = {path.split("/")[-4]: row for row, path in columns["path"].items()}

  def column(name):
    values = columns[f"evaluation_results.{name}"]
    return {directory: values[row] for directory, row in rows.items()}

  assert column("discrete_mig") == {"irs": None, "mig": None}
  assert column("discrete_mig_undefined") == {
      "irs": None, "mig": "the computation gave inf"}
  assert column("num_active_dims") == {"irs": 1, "mig": None}
  frame = aggregate_results.load_aggregated_json_results(str(table))
  assert frame["evaluation_results.discrete_mig"].isna().all()
