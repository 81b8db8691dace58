import pathlib
import statistics

import numpy as np
import pytest

from sparse_disent.results import models
from sparse_disent.results import runs
from sparse_disent.results import summary


def make_run(seed, *evaluations, **training):
  return runs.Run(
      pathlib.Path(f"run{seed}"),
      config={"model.name": "'m'", "model.random_seed": str(seed)},
      training={"uuid": "u", "elapsed_time": 1.0, **training},
      evaluations=list(evaluations))


def evaluated(metric, function=None, settings=(), **results):
  return runs.Evaluation("mean", metric, results, {
      "evaluation.evaluation_fn": f"@{function or metric}", **dict(settings)})


def test_spread_is_numpys():
  values = [0.3, 0.1, 0.7, 0.2]
  found = summary.spread(values)
  assert found.count == 4
  assert (found.lower, found.median, found.upper) == pytest.approx(
      tuple(np.percentile(values, [25, 50, 75])))
  assert (found.lowest, found.highest) == (0.1, 0.7)


def test_all_scalars_are_found_and_those_known_have_a_label():
  model = models.group([
      make_run(0, evaluated("mig", discrete_mig=0.1, matrix=[1.0]),
               evaluated("fv", "factor_vae_score", eval_accuracy=0.5),
               evaluated("new", x=1, flag=True), kl_loss=2.0, other=3.0),
      make_run(1, evaluated("mig", discrete_mig=0.3), kl_loss=4.0)])
  scores = summary.scores(model)
  found = {(score.place, score.name): score for score in scores}
  assert set(found) == {
      ("training", "kl_loss"), ("training", "other"),
      ("mean/mig", "discrete_mig"), ("mean/fv", "eval_accuracy"),
      ("mean/new", "x")}
  assert found["mean/mig", "discrete_mig"].label == "MIG"
  assert found["mean/fv", "eval_accuracy"].label == "FactorVAE score"
  # A metric that nobody knows is the reader's own.
  assert found["mean/new", "x"].label == "new: x"
  assert found["training", "other"].label is None
  assert [measured.value for measured in
          found["mean/mig", "discrete_mig"].values[0]] == [0.1, 0.3]
  # Training first, then in the order of the headlines.
  assert [score.place for score in scores] == [
      "training", "training", "mean/fv", "mean/mig", "mean/new"]


def test_an_own_metric_that_returns_much_does_not_fill_the_table():
  run = make_run(0, evaluated("own", **{f"x{i}": i for i in range(40)}),
                 evaluated("fairness", y=1))
  labels = [score.label for score in summary.scores(models.group([run]))]
  assert labels == ["fairness: y", *(f"own: x{i}" for i in range(12)),
                    *[None] * 28]


DOWNSTREAM = {"10:mean_test_accuracy": 0.5, "10:min_test_accuracy": 0.4,
              "10000:mean_test_accuracy": 0.9}


def test_metrics_of_one_function_are_told_apart():
  """Upstream's study has two downstream tasks, each with four sizes."""
  run = make_run(0, *(evaluated(
      f"task_{kind}", "downstream_task", {"predictor.predictor_fn": kind},
      **DOWNSTREAM, **more) for kind, more in (
          ("trees", {}), ("logistic", {"40:mean_test_accuracy": 0.6}))))
  labels = [score.label for score in summary.scores(models.group([run]))]
  assert labels == [
      "Accuracy after 10 examples, task_logistic",
      "Accuracy after 10,000 examples, task_logistic",
      "Accuracy after 40 examples, task_logistic",
      "Accuracy after 10 examples, task_trees",
      "Accuracy after 10,000 examples, task_trees", None, None]


def test_mic_has_a_number_for_each_factor_and_group():
  """The headline of the protocol `grouped_vae` is a matrix."""
  run = make_run(0, evaluated(
      "mic_groups", "mic", mic=[[None, None], [0.75, -0.5]],
      mic_undefined="a factor has one value"))
  run.config["dataset.name"] = "'own'"
  found = [(score.label, score.values[0][0].value, score.values[0][0].reason)
           for score in summary.scores(models.group([run])) if score.label]
  assert found == [
      ("MIC of factor 0, group 1", None, "a factor has one value"),
      ("MIC of factor 0, group 2", None, "a factor has one value"),
      ("MIC of factor 1, group 1", 0.75, None),
      ("MIC of factor 1, group 2", -0.5, None)]


def repeated(*values):
  return [evaluated(
      f"mig_seed_{seed}" if seed else "mig", "mig",
      {"evaluation.random_seed": str(seed),
       "evaluation.name": f"'mig_seed_{seed}'" if seed else "'mig'"},
      discrete_mig=value) for seed, value in enumerate(values)]


def test_seeds_of_an_evaluation_are_one_score_of_one_run():
  values = [0.125, 0.25, 0.75]
  score, = summary.scores(models.group([make_run(0, *repeated(*values))]))
  measured, = score.values[0]
  assert (score.metric, score.label) == ("mig", "MIG")
  assert measured.value == pytest.approx(statistics.mean(values))
  assert measured.deviation == pytest.approx(statistics.stdev(values))
  assert measured.by_seed == dict(enumerate(values))


def test_a_score_that_some_seeds_lack_says_so():
  score, = summary.scores(models.group([make_run(0, *repeated(0.5, None))]))
  measured, = score.values[0]
  assert measured[1:3] == (0.5, "1 of 2 seeds: no reason given")
  assert measured.deviation is None


def test_controls_follow_what_they_are_compared_with():
  run = make_run(0, *(
      runs.Evaluation(name, metric, {"x": 1}, {"evaluation.evaluation_fn": ""})
      for name in ("active_mean", "mean", "rotated") for metric in "ab"))
  assert [score.place for score in summary.scores(models.group([run]))] == [
      f"{name}/{metric}" for metric in "ab"
      for name in ("mean", "active_mean", "rotated")]


def test_scores_of_different_settings_are_not_compared_silently():
  one, two = (models.group([make_run(0, evaluated(
      "mig", settings={"mig.num_train": count, "evaluation.random_seed": seed,
                       "dataset.name": f"'{seed}'", "mine.seed": seed,
                       "mine.model_dir": f"'{seed}'",
                       "evaluation.name": f"'{seed}'"}, discrete_mig=0.1))])
      for count, seed in (("10000", "0"), ("200", "1")))
  assert summary.differing_settings(one) == []
  assert summary.differing_settings(one + two) == [
      "Not comparable: mean/mig was measured with mig.num_train = 10000 and "
      "with 200."]


def test_representations_of_different_settings_are_not_compared_silently():
  threshold = "active_mean_representation.variance_threshold"
  both = [models.group([make_run(0, runs.Evaluation(
      "active_mean", "mig", {"discrete_mig": 0.1}, {}, {
          threshold: value, "postprocess.random_seed": value}))])[0]
          for value in ("0.01", "0.1")]
  assert summary.differing_settings(both[:1]) == []
  assert summary.differing_settings(both) == [
      f"Not comparable: active_mean was made with {threshold} = 0.01 and with "
      "0.1."]


def test_a_training_that_was_done_again_is_named():
  """Two folders with one seed would count as two seeds."""
  def run(number, seed, **settings):
    found = make_run(seed)
    found.path = pathlib.Path(f"run{number}")
    found.config.update(settings)
    return found

  path = {"ticket_gate.path": "'a'"}
  grouped = models.group([
      run(1, 0), run(2, 0), run(3, 1), run(4, 1, **path),
      run(5, 0, **{"vae.beta": "4.0"})])
  assert summary.counted_twice(grouped) == [
      "Counted 2 times: run1, run2 have the same settings and the same seeds. "
      "Leave out all but one."]
  assert summary.counted_twice(grouped[1:]) == []


@pytest.mark.parametrize("value, text", [
    (0.12345, "0.123"), (1.0, "1.000"), (12.3456, "12.35"), (123.456, "123.5"),
    (12345.67, "12,345.7"), (-0.5, "\u22120.500"), (0.0, "0.000"),
    (0.000123, "1.23e\u221204"), (2e7, "2.00e+07"), (7, "7"),
    (1234567, "1,234,567"), (-3, "\u22123")])
def test_numbers_as_text(value, text):
  assert summary.text(value) == text


def test_counts_as_text():
  assert summary.text(9.0, counts=True) == "9"
  assert summary.text(9.5, counts=True) == "9.500"


@pytest.mark.parametrize("values, counts", [
    ([9.0, 10.0], True), ([1.0, 0.0], False), ([9.0, 9.5], False),
    ([None, 4], True), ([0, 1], True), ([1.0, 3.0], True)])
def test_what_counts(values, counts):
  score = summary.Score("", "m", "n", None, values={
      0: [summary.Measured(None, value) for value in values]})
  assert score.counts == counts


def test_a_number_that_two_metrics_share_stands_once():
  """The covariances of the same codes: two functions, one formula."""
  name = "gaussian_total_correlation"

  def labels(other):
    run = make_run(0, evaluated("unsupervised", "unsupervised_metrics",
                                **{name: 1.3970322261804624}),
                   evaluated("total_correlation", **{name: other}))
    return [score.label for score in summary.scores(models.group([run]))]

  assert labels(1.3970322261804613) == [
      "Total correlation, Gaussian (nats), total_correlation and unsupervised",
      None]
  assert labels(1.5) == [
      f"Total correlation, Gaussian (nats), {metric}"
      for metric in ("total_correlation", "unsupervised")]
