"""Metrics that could not be computed; test_runner.py has a whole one."""
import json

import pytest

from sparse_disent.evaluation import failed

GIN = "evaluation.evaluation_fn = @{}\nevaluation.random_seed = 0\n"


@pytest.fixture
def write(tmp_path):
  representation = tmp_path / "mean"
  (representation / "results/json").mkdir(parents=True)
  (representation / "results/json/train_config.json").write_text("{}")

  def write_metric(function):
    (tmp_path / "m.gin").write_text(GIN.format(function.split("/")[-1]))
    failed.write(str(tmp_path / "metric"), function, str(tmp_path / "m.gin"),
                 ["evaluation.name = 'metric'"], str(representation), "why")
    return json.loads((tmp_path / "metric/results/json/evaluation_results.json"
                       ).read_text())

  return write_metric


@pytest.mark.parametrize("function, scores", [
    ("irs", ["IRS"]), ("scope/irs", ["IRS"]), ("mic", ["metric"])])
def test_scores_are_null_with_the_reason(write, function, scores):
  found = write(function)
  assert found.pop("uuid")
  assert found == {"failed": True, **{name: None for name in scores}, **{
      f"{name}_undefined": "why" for name in scores}}
  assert write(function)["failed"]


def test_a_former_score_is_kept(write, tmp_path):
  path = tmp_path / "metric/results/json/evaluation_results.json"
  path.parent.mkdir(parents=True)
  path.write_text('{"IRS": 0.5}')
  assert write("irs") == {"IRS": 0.5}
