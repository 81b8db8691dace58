"""Scores of checkpoints, which are no runs of their own."""
import math

import pytest
from support import small_runs

from sparse_disent.results import along_training
from sparse_disent.results import runs


def write(run):
  """A run with scores of its model and of two checkpoints."""
  small_runs.write_model(run)
  small_runs.write_metric(run, "mig", discrete_mig=0.3)
  for step, score in ((1000, 0.1), (2000, 0.2)):
    place = run / "checkpoints" / str(step)
    small_runs.write_model(place)
    small_runs.write_metric(place, "mig", discrete_mig=score)
  small_runs.write_metric(run / "checkpoints/2000", "sap_score",
                          SAP_score=None, SAP_score_undefined="a reason")


def test_scores_are_read_by_step(tmp_path):
  write(tmp_path / "run")
  run, = runs.find([tmp_path])
  assert along_training.scores(run) == {
      ("mean", "MIG"): {1000: 0.1, 2000: 0.2}}


def test_a_score_that_is_not_finite_is_undefined(tmp_path):
  write(tmp_path / "run")
  for step, score in ((3000, math.nan), (4000, math.inf), (5000, 0.4)):
    small_runs.write_metric(tmp_path / "run/checkpoints" / str(step), "mig",
                            discrete_mig=score)
  run, = runs.find([tmp_path])
  assert along_training.scores(run)["mean", "MIG"] == {
      1000: 0.1, 2000: 0.2, 5000: 0.4}


@pytest.mark.parametrize("setting", [
    {"l0_pair.tau": "0.5"}, {"model.random_seed": "1"},
    {"sparse_vae.latent": "@other()"}])
def test_scores_of_the_training_of_before_are_left_out(tmp_path, setting):
  write(tmp_path / "run")
  small_runs.write_model(tmp_path / "run", config=setting)  # Trained again.
  left_out = []
  run, = runs.find([tmp_path], left_out)
  assert not along_training.scores(run)
  (name, text), = setting.items()
  assert len(left_out) == 3  # Of two checkpoints, one of them with two metrics.
  assert f"{name} was {small_runs.CONFIG[name]}, and is {text}" in left_out[0]


def test_a_training_that_has_gone_on_keeps_its_scores(tmp_path):
  write(tmp_path / "run")
  small_runs.write_model(tmp_path / "run", config={
      "model.training_steps": "9000", "l0_pair.tau": "1e-1",
      "sparse_vae.latent": "@sparse_disent.l0_pair()"})
  run, = runs.find([tmp_path])
  assert set(along_training.scores(run)["mean", "MIG"]) == {1000, 2000}


def test_a_run_without_checkpoints_has_none(tmp_path):
  small_runs.write_model(tmp_path / "run")
  run, = runs.find([tmp_path])
  assert not along_training.scores(run)


def test_checkpoints_are_no_runs(tmp_path):
  write(tmp_path / "run")
  run, = runs.find([tmp_path])
  assert run.path == tmp_path / "run"
  assert [each.results["discrete_mig"] for each in run.evaluations] == [0.3]


def test_the_results_of_one_checkpoint_can_be_read_alone(tmp_path):
  write(tmp_path / "run")
  run, = runs.find([along_training.folder(tmp_path / "run", 1000)])
  assert run.evaluations[0].results["discrete_mig"] == 0.1


def test_seeds_are_one_score_and_metrics_of_one_name_are_two(tmp_path):
  run = tmp_path / "run"
  small_runs.write_model(run)
  place = run / "checkpoints/10"
  for seed, score in ((0, .1), (1, .3)):
    small_runs.write_seed(place, "mig", seed, discrete_mig=score)
  small_runs.write_metric(place, "mig_fine", function="mig", discrete_mig=.9)
  found, = runs.find([tmp_path])
  assert along_training.scores(found) == {
      ("mean", "MIG, mig"): {10: pytest.approx(.2)},
      ("mean", "MIG, mig_fine"): {10: .9}}
