import pathlib

import pytest

from sparse_disent.results import repeats
from sparse_disent.results import runs


def evaluation(folder, seed=None, name=None, representation="mean", value=1.0,
               **settings):
  config = {"evaluation.evaluation_fn": "@scope/metrics.mig()", **settings}
  if seed is not None:
    config["evaluation.random_seed"] = str(seed)
  if name is not None:
    config["evaluation.name"] = repr(name)
  return runs.Evaluation(representation, folder, {"x": value}, config)


def metrics(*evaluations):
  return [(metric.representation, metric.name, list(metric.by_seed))
          for metric in repeats.of_run(
              runs.Run(pathlib.Path("r"), evaluations=list(evaluations)))]


@pytest.mark.parametrize("evaluations, found", [
    # As `sparse-disent evaluate --seeds=2` writes them.
    ([evaluation("mig", 0, "mig"), evaluation("mig_seed_1", 1, "mig_seed_1")],
     [("mean", "mig", [0, 1])]),
    # As somebody writes them who calls `dlib_evaluate` for each seed.
    ([evaluation("b", 7, ""), evaluation("a", 3, "")],
     [("mean", "a", [3, 7])]),
    ([evaluation("mig", 0, "mig"), evaluation("mig_seed_1", 0, "mig_seed_1")],
     [("mean", "mig", [0]), ("mean", "mig_seed_1", [0])]),
    ([evaluation("mic", 0, "mic"), evaluation("groups", 1, "mic", n="1")],
     [("mean", "groups", [1]), ("mean", "mic", [0])]),
    ([evaluation("a", 0), evaluation("b", 0)],
     [("mean", "a", [0]), ("mean", "b", [0])]),
    ([evaluation("a"), evaluation("b")],
     [("mean", "a", [None]), ("mean", "b", [None])]),
    ([evaluation("a", 0), evaluation("a", 1, representation="sampled")],
     [("mean", "a", [0]), ("sampled", "a", [1])])])
def test_what_counts_as_one_metric(evaluations, found):
  assert metrics(*evaluations) == found


def test_results_are_means_and_settings_those_of_the_first_seed():
  metric, = repeats.of_run(runs.Run(pathlib.Path("r"), evaluations=[
      evaluation("mig_seed_1", 1, value=4.0), evaluation("mig", 0, value=1.0)]))
  assert metric.results == {"x": 2.5}
  assert metric.config["evaluation.random_seed"] == "0"
  assert metric.function == "mig"


def test_the_mean_representation_comes_first():
  assert repeats.in_order(["sampled", "mean", "active_mean", "mean"]) == [
      "mean", "active_mean", "sampled"]
