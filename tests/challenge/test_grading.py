"""Scores against upstream's own evaluation, called as the starter kit does."""
import json
import os
import pathlib
import shutil

import dill
import numpy as np
import pytest
from disentanglement_lib.evaluation import evaluate
from support import small_challenge
from support import small_run

from sparse_disent.challenge import contract
from sparse_disent.challenge import grading
from sparse_disent.challenge import scores
from sparse_disent.common import trust
from sparse_disent.evaluation import metric_tasks


@pytest.fixture
def run(small_challenge_run, tmp_path):
  """A run of its own and a small protocol; its data set is at hand."""
  folder, run_dir, _ = small_challenge_run
  copy = shutil.copytree(run_dir, tmp_path / "small")
  protocol = small_challenge.write_protocol(tmp_path / "protocol")
  with small_run.data(folder):
    yield copy, protocol


def kit_scores(run_dir, protocol, output):
  """What the starter kit's calls of upstream give."""
  found = {}
  for metric, score in contract.SCORES.items():
    evaluate.evaluate_with_gin(
        str(run_dir / "representation"), str(output / metric), True,
        [os.path.join(protocol, "metric_configs", f"{metric}.gin")],
        ["evaluation.random_seed = 0", f"evaluation.name = '{metric}'"])
    with open(output / metric / "results/aggregate/evaluation.json") as file:
      found[metric] = json.load(file)[f"evaluation_results.{score}"]
  return found


@pytest.mark.parametrize("representation", [None, *contract.REPRESENTATIONS])
def test_scores_are_upstreams(run, tmp_path, representation):
  run_dir, protocol = run
  found, failures = grading.grade(
      str(run_dir), representation=representation, protocol=protocol,
      num_processes=1)
  assert failures == {}
  expected = kit_scores(run_dir, protocol, tmp_path / "kit")
  assert found == pytest.approx(expected, abs=1e-6)
  assert list(found) == list(contract.SCORES)
  assert scores.read(str(run_dir)) == found
  # What the server reads has the results of the steps before, too.
  aggregate = scores.results(str(run_dir), "mig")
  assert aggregate["train_config.model.training_steps"] == "2"
  assert aggregate["evaluation_config.evaluation.name"] == "'mig'"


def test_scores_are_replaced(run):
  run_dir, protocol = run
  old = run_dir / "metrics" / "mig" / "old"
  old.parent.mkdir(parents=True)
  old.write_text("old")
  grading.grade(str(run_dir), protocol=protocol, num_processes=1)
  assert not old.exists()
  assert sorted(os.listdir(run_dir / "metrics")) == sorted(contract.SCORES)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_is_not_computed_has_no_former_score(run, monkeypatch, error):
  run_dir, protocol = run
  for metric in contract.SCORES:
    (run_dir / "metrics" / metric).mkdir(parents=True)

  def compute(metrics, unused_processes):
    (run_dir / "metrics" / "dci").mkdir()
    if error is KeyboardInterrupt:
      raise error
    return {metric.label: error for metric in metrics if metric.label != "dci"}

  monkeypatch.setattr(metric_tasks, "compute", compute)
  monkeypatch.setattr(scores, "read", lambda run_dir, names: names)
  try:
    found, failures = grading.grade(str(run_dir), protocol=protocol)
    assert found == ["dci"]
    assert failures["mig"] is error
  except KeyboardInterrupt:
    assert error is KeyboardInterrupt
  assert os.listdir(run_dir / "metrics") == ["dci"]


def test_the_first_that_is_there_is_scored(run, monkeypatch):
  run_dir, _ = run
  assert grading._choose(str(run_dir), None) == "tfhub"
  shutil.rmtree(run_dir / "representation" / "tfhub")
  assert grading._choose(str(run_dir), None) == "python_model.dill"


@pytest.fixture(name="trusted")
def a_trusting_user(monkeypatch):
  """Lets functions of these tests count as code of one's own."""
  monkeypatch.setenv(trust.VARIABLE, "1")


def write_function(run_dir, function):
  """Makes a run of a function alone, as the starter kit's example does."""
  folder = run_dir / "representation"
  folder.mkdir(parents=True)
  with open(folder / "python_model.dill", "wb") as file:
    dill.dump(function, file, recurse=True)


def test_a_function_without_results(run, tmp_path, trusted):
  _, protocol = run
  write_function(tmp_path / "numpy", lambda x: x[:, 0, ::32, ::32].reshape(
      len(x), -1))
  found, failures = grading.grade(
      str(tmp_path / "numpy"), default_dataset=small_challenge.DATASET,
      protocol=protocol, num_processes=1)
  assert failures == {}
  assert set(found) == set(contract.SCORES)
  with pytest.raises(ValueError, match="dataset.name is 'cats'"):
    grading.grade(str(tmp_path / "numpy"), default_dataset="cats")


def test_noise_is_not_looked_up(run, tmp_path, trusted):
  _, protocol = run
  random_state = np.random.RandomState(0)
  write_function(tmp_path / "noise", None)
  grading_file = tmp_path / "noise/representation/python_model.dill"
  calls = []

  def noise(images):
    calls.append(len(images))
    return random_state.uniform(size=[len(images), 2])

  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(dill, "load", lambda file: noise)
    grading.grade(str(grading_file.parent.parent), protocol=protocol,
                  default_dataset=small_challenge.DATASET, num_processes=1)
  # Two to see that it is random, then as metrics ask, not the 96 images once.
  assert calls[:2] == [64, 64]
  assert len(calls) > 10


def test_no_representation(tmp_path):
  with pytest.raises(FileNotFoundError, match=(
      "There is no tfhub and no python_model.dill in '.*representation': the "
      "run is not complete")):
    grading.grade(str(tmp_path))
  with pytest.raises(FileNotFoundError, match="no python_model.dill in"):
    grading.grade(str(tmp_path), representation="python_model.dill")


def test_broken_file(run):
  run_dir, protocol = run
  path = pathlib.Path(run_dir, "representation", "python_model.dill")
  path.write_bytes(path.read_bytes()[:100])
  with pytest.raises(ValueError, match=(
      "cannot be loaded .*Make it again with `sparse-disent challenge run")):
    grading.grade(str(run_dir), representation="python_model.dill",
                  protocol=protocol)
  assert not (run_dir / "metrics").exists()


def test_function_that_returns_something_else(run, tmp_path, trusted):
  _, protocol = run
  write_function(tmp_path / "bad", lambda x: x)
  with pytest.raises(ValueError, match=(
      r"must return an array \[batch_size, num_codes\], but returned ndarray "
      r"\(64, 1, 64, 64\)")):
    grading.grade(str(tmp_path / "bad"), protocol=protocol,
                  default_dataset=small_challenge.DATASET)
