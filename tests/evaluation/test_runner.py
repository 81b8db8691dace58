"""Whole protocols: the scores of dlib_evaluate, nothing done twice."""
import json
import pathlib
import shutil

import gin
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.evaluation import evaluate
from disentanglement_lib.postprocessing import postprocess
from disentanglement_lib.utils import aggregate_results
from support import small_run

from sparse_disent.evaluation import codes
from sparse_disent.evaluation import runner
from sparse_disent.results import ids
from sparse_disent.results import repeats
from sparse_disent.results import runs


@gin.configurable(denylist=["ground_truth_data", "representation_function"])
def own_metric(ground_truth_data, representation_function, random_state,
               artifact_dir=None, num_train=100):
  """Looks at images, and has what it made of them encoded."""
  del artifact_dir
  images = ground_truth_data.sample_observations(num_train, random_state)
  return {
      "mean": float(images.mean()),
      "height": images.shape[1],
      "num_images_of_data": len(ground_truth_data.images),
      "change_by_inversion": float(abs(
          representation_function(1.0 - images)
          - representation_function(images)).mean()),
  }


@gin.configurable(denylist=["ground_truth_data", "gaussian_encoder"])
def own_representation(ground_truth_data, gaussian_encoder, random_state,
                       save_path):
  """Subtracts the mean over the batch from the means."""
  del ground_truth_data, gaussian_encoder, random_state, save_path
  return lambda mean, logvar: mean - tf.reduce_mean(mean, axis=0), None


@pytest.fixture(scope="module")
def run(tmp_path_factory):
  """A run whose protocol has been evaluated, and that protocol."""
  folder = tmp_path_factory.mktemp("run")
  protocol = small_run.write_protocol(
      folder / "small", representations=("mean", "sampled"))
  with small_run.data(folder):
    small_run.train_model(folder / "model")
    assert runner.evaluate(protocol, str(folder / "model")) == {}
    yield folder, protocol


def scores(directory):
  path = pathlib.Path(directory) / "results/json/evaluation_results.json"
  results = json.loads(path.read_text())
  assert results.pop("elapsed_time") > 0
  results.pop("uuid")
  return results


@pytest.fixture(scope="module")
def mean(run):
  """The mean representation, made by upstream's own step."""
  folder, protocol = run
  output = str(folder / "upstream/mean")
  postprocess.postprocess_with_gin(
      str(folder / "model"), output,
      gin_config_files=[f"{protocol}/postprocess_configs/mean.gin"])
  return output


@pytest.mark.parametrize("metric", small_run.METRICS)
def test_scores_are_those_of_upstream(run, mean, tmp_path, metric):
  folder, protocol = run
  evaluate.evaluate_with_gin(
      mean, str(tmp_path / metric),
      gin_config_files=[f"{protocol}/metric_configs/{metric}.gin"])
  expected = scores(tmp_path / metric)
  found = scores(folder / "metrics/mean" / metric)
  assert found == expected  # NaN is not equal to itself.
  assert any(expected.values())


def test_own_functions_get_what_upstream_gives_them(run, tmp_path):
  folder, _ = run
  protocol = small_run.write_protocol(tmp_path / "own", metrics=("mig",))
  pathlib.Path(protocol, "metric_configs/own.gin").write_text(
      "evaluation.evaluation_fn = @own_metric\nevaluation.random_seed = 0\n"
      "dataset.name = 'auto'\n")
  pathlib.Path(protocol, "postprocess_configs/own.gin").write_text(
      "postprocess.postprocess_fn = @own_representation\n"
      "postprocess.random_seed = 0\ndataset.name = 'auto'\n")
  assert runner.evaluate(protocol, str(folder / "model"),
                         output_dir=str(tmp_path)) == {}
  for representation in ("mean", "own"):
    for metric in ("mig", "own"):
      output = tmp_path / "upstream" / representation / metric
      evaluate.evaluate_with_gin(
          str(tmp_path / "postprocessed" / representation), str(output),
          gin_config_files=[f"{protocol}/metric_configs/{metric}.gin"])
      assert scores(output) == scores(
          tmp_path / "metrics" / representation / metric)
  found = scores(tmp_path / "metrics/mean/own")
  assert 0.0 < found["mean"] < 1.0 and found["change_by_inversion"] > 0.0
  assert (found["height"], found["num_images_of_data"]) == (64, 96)
  # What the batch changes has not been looked up.
  assert not (tmp_path / "postprocessed/own/artifacts/codes.npz").exists()


# Upstream leaves its pool of processes open.
@pytest.mark.filterwarnings("ignore:unclosed running:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_layout_is_what_upstream_aggregates(run, tmp_path):
  folder, protocol = run
  aggregate_results.aggregate_results_to_json(
      str(folder / "metrics/*/*/results/aggregate/evaluation.json"),
      str(tmp_path / "all.json"))
  table = aggregate_results.load_aggregated_json_results(
      str(tmp_path / "all.json"))
  assert len(table) == 2 * len(small_run.METRICS)
  assert set(table["train_config.model.random_seed"]) == {0}
  assert set(table["evaluation_config.dataset.name"]) == {"'dsprites_full'"}
  assert not list(folder.rglob("*.tmp"))


def test_pictures_are_drawn(run):
  folder, _ = run
  assert {path.name for path in (folder / "pictures").iterdir()} == {
      "pictures.json", "reconstructions.png", "traversals.png"}


def test_pictures_are_drawn_again_if_that_was_interrupted(run):
  folder, protocol = run
  (folder / "pictures/pictures.json").unlink()
  assert runner.evaluate(protocol, str(folder / "model")) == {}
  assert (folder / "pictures/pictures.json").is_file()


def test_done_metrics_are_not_computed_again(run):
  folder, protocol = run
  before = {path: path.stat().st_mtime_ns
            for path in folder.rglob("*_results.json")}
  assert runner.evaluate(protocol, str(folder / "model")) == {}
  assert before == {path: path.stat().st_mtime_ns
                    for path in folder.rglob("*_results.json")}


def test_an_interrupted_evaluation_continues(run, tmp_path, monkeypatch):
  folder, protocol = run
  arguments = dict(output_dir=str(tmp_path), representations=["mean"],
                   num_processes=1,
                   metrics=["mig", "unsupervised"])
  original, calls = evaluate.evaluate_with_gin, []

  def interrupted(*args):
    calls.append(args)
    if len(calls) == 2:
      raise KeyboardInterrupt
    original(*args)

  monkeypatch.setattr(evaluate, "evaluate_with_gin", interrupted)
  with pytest.raises(KeyboardInterrupt):
    runner.evaluate(protocol, str(folder / "model"), **arguments)
  assert [p.name for p in (tmp_path / "metrics/mean").iterdir()] == ["mig"]
  # The codes are there: no image is encoded again.
  monkeypatch.setattr(codes, "_cheapest", None)
  assert runner.evaluate(protocol, str(folder / "model"), **arguments) == {}
  assert len(calls) == 3
  assert len(list((tmp_path / "metrics/mean").iterdir())) == 2


def test_one_failing_metric_does_not_stop_the_others(run, tmp_path):
  folder, _ = run
  protocol = small_run.write_protocol(
      tmp_path / "p", metrics=("mig", "sap_score"))
  with open(f"{protocol}/metric_configs/mig.gin", "a") as file:
    file.write("\ndiscretizer.num_bins = -1\n")
  failures = runner.evaluate(
      protocol, str(folder / "model"), output_dir=str(tmp_path),
      num_processes=1)
  assert list(failures) == ["mean/mig"]
  assert scores(tmp_path / "metrics/mean/sap_score")["SAP_score"] >= 0
  # It is null, with the reason, in all files that upstream would write.
  aggregated = json.loads(
      (tmp_path / "metrics/mean/mig/results/aggregate/evaluation.json"
       ).read_text())
  assert aggregated["evaluation_results.discrete_mig"] is None
  assert aggregated["evaluation_results.discrete_mig_undefined"] == str(
      failures["mean/mig"]).splitlines()[0]
  assert aggregated["evaluation_config.evaluation.evaluation_fn"] == "@mig"
  assert aggregated["evaluation_config.dataset.name"] == "'dsprites_full'"
  assert aggregated["train_config.model.random_seed"] == "0"
  # And it is tried again.
  assert list(runner.evaluate(protocol, str(folder / "model"), num_processes=1,
                              output_dir=str(tmp_path))) == ["mean/mig"]


def test_other_settings_are_refused_before_any_work(run, tmp_path):
  folder, _ = run
  protocol = small_run.write_protocol(tmp_path / "p", metrics=("mig",))
  with open(f"{protocol}/metric_configs/mig.gin", "a") as file:
    file.write("\nmig.num_train = 61\n")
  with pytest.raises(ValueError, match="was made with mig.num_train = 60, but "
                     ".*mig.gin' has 61. Give --overwrite"):
    runner.evaluate(protocol, str(folder / "model"))


def test_bindings_make_another_result(run, tmp_path):
  folder, protocol = run
  arguments = dict(representations=["mean"], metrics=["mig"], num_processes=1,
                   gin_bindings=["mig.num_train = 61"])
  with pytest.raises(ValueError, match="was made with mig.num_train = 60, but "
                     "--gin_bindings has 61. Give --overwrite"):
    runner.evaluate(protocol, str(folder / "model"), **arguments)
  assert runner.evaluate(protocol, str(folder / "model"),
                         output_dir=str(tmp_path), **arguments) == {}
  evaluate.evaluate_with_gin(
      str(tmp_path / "postprocessed/mean"), str(tmp_path / "upstream"),
      gin_config_files=[f"{protocol}/metric_configs/mig.gin"],
      gin_bindings=["mig.num_train = 61"])
  assert scores(tmp_path / "upstream") == scores(
      tmp_path / "metrics/mean/mig") != scores(folder / "metrics/mean/mig")


def test_further_seeds_are_those_of_upstream(run, tmp_path):
  """The metric's classifiers have its seed, too."""
  folder, protocol = run
  shutil.copytree(folder / "metrics/mean/sap_score",
                  tmp_path / "metrics/mean/sap_score")
  shutil.copytree(folder / "postprocessed", tmp_path / "postprocessed")
  outcome, = runner.evaluate_models(
      protocol, [str(folder / "model")], output_dir=str(tmp_path), seeds=2,
      representations=["mean"], metrics=["sap_score"], num_processes=1)
  assert (outcome.done, outcome.made) == (
      ["mean/sap_score"], ["mean/sap_score_seed_1"])
  evaluate.evaluate_with_gin(
      str(tmp_path / "postprocessed/mean"), str(tmp_path / "upstream"),
      gin_config_files=[f"{protocol}/metric_configs/sap_score.gin"],
      gin_bindings=["evaluation.random_seed = 1"])
  assert scores(tmp_path / "upstream") == scores(
      tmp_path / "metrics/mean/sap_score_seed_1")
  made, = repeats.of_run(runs.find([tmp_path])[0])
  assert (made.name, list(made.by_seed)) == ("sap_score", [0, 1])


def test_many_models_have_the_scores_of_each_alone(run, tmp_path):
  """One of them is damaged, which stops no other."""
  folder, protocol = run
  arguments = dict(metrics=["mig", "sap_score"], num_processes=1)
  for name in "ab":
    shutil.copytree(folder / "model", tmp_path / "models" / name / "model")
  (tmp_path / "models/a/model/tfhub/saved_model.pb").write_bytes(b"damaged")
  small_run.train_model(tmp_path / "models/c/model", seed=1)
  first, second, third = runner.evaluate_models(
      protocol, [str(tmp_path / "models")], **arguments)
  assert set(first.failures) >= {"mean", "sampled"} and not first.made
  assert not second.failures and not third.failures
  assert set(second.made) == set(third.made) == {
      f"{name}/{metric}" for name in ("mean", "sampled")
      for metric in ("mig", "sap_score")}
  assert str(third) == f"{tmp_path}/models/c/model: 4 made"
  assert runner.evaluate(protocol, third.model_dir, output_dir=str(
      tmp_path / "alone"), **arguments) == {}
  for label in second.made:
    b, c = (scores(tmp_path / "models" / name / "metrics" / label)
            for name in "bc")
    assert b == scores(folder / "metrics" / label) != c
    assert c == scores(tmp_path / "alone/metrics" / label)
  _, second, third = runner.evaluate_models(
      protocol, [str(tmp_path / "models")], **arguments)
  assert len(second.done) == 4 and not second.made
  assert str(third) == f"{tmp_path}/models/c/model: 4 done before"


def test_bad_models_are_found_before_any_work(run, tmp_path):
  folder, protocol = run
  for name in "abc":
    (tmp_path / name / "tfhub").mkdir(parents=True)
  shutil.copytree(folder / "model/results", tmp_path / "c/results")
  paths = [str(tmp_path / name) for name in "cab"]
  with pytest.raises(ValueError, match="^2 of 3 models cannot be evaluated. "
                     "The model in '.*/a' is not complete: .*'.*/b' is not"):
    runner.evaluate_models(protocol, paths, output_dir=str(tmp_path / "out"))
  with pytest.raises(FileNotFoundError, match="^The model in '.*/a' is not"):
    runner.evaluate_models(protocol, paths[:2],
                           output_dir=str(tmp_path / "out"))
  assert not (tmp_path / "out").exists()


def test_results_of_another_model_are_refused(run, monkeypatch):
  folder, protocol = run
  result_id = ids.result_id
  monkeypatch.setattr(
      ids, "result_id", lambda directory, step:
      "new" if directory.endswith("model") else result_id(directory, step))
  with pytest.raises(ValueError, match="made from another '.*model' than"):
    runner.evaluate(protocol, str(folder / "model"))


def test_overwrite_computes_again(run, tmp_path):
  folder, protocol = run
  for _ in range(2):
    runner.evaluate(protocol, str(folder / "model"), overwrite=True,
                    output_dir=str(tmp_path), representations=["mean"],
                    metrics=["mig"])
  assert scores(tmp_path / "metrics/mean/mig") == scores(
      folder / "metrics/mean/mig")


@pytest.mark.parametrize("text", [None, "model.random_seed = 0"])
def test_a_model_that_is_still_being_trained(tmp_path, text):
  """dlib_train exports first, then evaluates, then writes its results."""
  (tmp_path / "model/tfhub").mkdir(parents=True)
  if text is not None:
    (tmp_path / "model/results/gin").mkdir(parents=True)
    (tmp_path / "model/results/gin/train.gin").write_text(text)
  with pytest.raises(FileNotFoundError, match="is not complete: there is no "
                     "dataset.name in '.*train.gin', which dlib_train writes"):
    runner.evaluate("unsupervised_study_v1", str(tmp_path / "model"))


def test_missing_data_is_found_before_any_work(run, tmp_path, monkeypatch):
  folder, protocol = run
  monkeypatch.setattr(
      dsprites, "DSPRITES_PATH", str(tmp_path / "dsprites/nothing.npz"))
  with pytest.raises(FileNotFoundError, match="'dsprites_full' needs .*nothing"
                     "|needs '.*nothing.npz', which does not exist"):
    runner.evaluate(protocol, str(folder / "model"), overwrite=True,
                    output_dir=str(tmp_path / "new"))
  assert not (tmp_path / "new").exists()


def test_no_model(tmp_path):
  (tmp_path / "notes").touch()
  with pytest.raises(FileNotFoundError, match="no model in '.*'. Give the|"
                     "it has no folder 'tfhub'. Give the model_dir"):
    runner.evaluate("unsupervised_study_v1", str(tmp_path))


@gin.configurable(module="a_fork")
def brightness(value=1.):
  return value


class Dimmed(dummy_data.DummyData):
  """A fork's data set with a parameter that gin sets."""

  seen = []

  def sample_observations_from_factors(self, factors, random_state):
    self.seen.append(brightness())
    return self.seen[-1] * super().sample_observations_from_factors(
        factors, random_state)


def test_a_forks_parameters_reach_each_step(run, tmp_path, monkeypatch):
  """They are recorded, too, and found when the evaluation is run again."""
  shutil.copytree(run[0] / "model", tmp_path / "model")
  gin_file = tmp_path / "model/results/gin/train.gin"
  gin_file.write_text(gin_file.read_text().replace(
      "dsprites_full", "dummy_data") + "\nbrightness.value = 0.25\n")
  monkeypatch.setattr(dummy_data, "DummyData", Dimmed)
  monkeypatch.setattr(Dimmed, "seen", [])
  protocol = small_run.write_protocol(tmp_path / "p", metrics=["mig"])
  for _ in range(2):
    assert runner.evaluate(
        protocol, str(tmp_path / "model"), num_processes=1) == {}
  assert len(Dimmed.seen) > 3 and set(Dimmed.seen) == {.25}
  recorded = (tmp_path / "metrics/mean/mig/results/gin/evaluation.gin")
  assert "brightness.value = 0.25" in recorded.read_text()


def test_random_data_takes_the_ordinary_way(tmp_path):
  with small_run.data(tmp_path):
    small_run.train_model(tmp_path / "model")
  gin_file = tmp_path / "model/results/gin/train.gin"
  gin_file.write_text(gin_file.read_text().replace(
      "dsprites_full", "dummy_data"))
  protocol = small_run.write_protocol(
      tmp_path / "p", metrics=("sap_score", "mig"))
  assert runner.evaluate(
      protocol, str(tmp_path / "model"), num_processes=1) == {}
  representation = str(tmp_path / "postprocessed/mean")
  for metric in ("sap_score", "mig"):
    evaluate.evaluate_with_gin(
        representation, str(tmp_path / "upstream" / metric),
        gin_config_files=[f"{protocol}/metric_configs/{metric}.gin"])
    assert scores(tmp_path / "metrics/mean" / metric) == pytest.approx(
        scores(tmp_path / "upstream" / metric), rel=1e-5, abs=1e-6)
  assert not list(tmp_path.rglob("codes.npz"))
