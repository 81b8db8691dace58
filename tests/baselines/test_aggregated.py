import json

import pandas as pd
import pytest
from support import small_baselines as small

from sparse_disent.baselines import aggregated

SAP = {**{k: v for k, v in small.MIG.items() if "mig" not in k
          and "discretizer" not in k},
       "evaluation_config.evaluation.evaluation_fn": "@sap_score",
       "evaluation_results.SAP_score": 0.125}


def row(number, metric, **changes):
  name = metric["evaluation_config.evaluation.evaluation_fn"][1:]
  return {**small.TRAINING, **metric, "train_results.uuid": f"u{number}",
          "train_config.model.random_seed": str(number),
          "path": f"output/{number}/metrics/mean/{name}/results/aggregate/"
                  "evaluation.json", **changes}


def write(path, *rows):
  """What `dlib_aggregate_results` does with rows."""
  pd.DataFrame(list(rows)).to_json(path_or_buf=path)
  return path


def test_the_table_of_dlib_aggregate_results(tmp_path):
  path = write(tmp_path / "results.json", row(0, small.MIG), row(0, SAP),
               row(1, small.MIG))
  found = aggregated.read(path)
  # Each training counts once, however many metrics were computed on it.
  assert [(record.metric, record.score, record.seed, record.value)
          for record in found] == [
      ("training", "reconstruction_loss", 0, 52.5),
      ("mig", "discrete_mig", 0, 0.25), ("sap_score", "SAP_score", 0, 0.125),
      ("training", "reconstruction_loss", 1, 52.5),
      ("mig", "discrete_mig", 1, 0.25)]
  record = found[1]
  assert (record.source, record.dataset, record.method, record.steps,
          record.representation) == (
      str(path), "dsprites_full", "beta_vae", 300000, "mean")
  assert record.settings == (("vae.beta", "6.0"),)
  assert dict(record.config) == {
      "discretizer.discretizer_fn": "@histogram_discretizer",
      "discretizer.num_bins": "20", "mig.num_train": "10000"}


def test_macros_of_gin_files_stand_for_their_values(tmp_path):
  named = {"train_config.vae.beta": "%b", "train_config.b": "6.0",
           "train_config.dataset.name": "%data",
           "train_config.data": "'dsprites_full'"}
  found = aggregated.read(write(tmp_path / "results.json",
                                row(0, small.MIG, **named)))
  assert {(record.dataset, record.settings) for record in found} == {
      ("dsprites_full", (("vae.beta", "6.0"),))}


def test_macros_of_macros_without_end_are_refused(tmp_path):
  named = {f"train_config.m{i}": f"[%m{i + 1}, %m{i + 1}]" for i in range(60)}
  with pytest.raises(ValueError, match="results.json': Macros refer .* again"):
    aggregated.read(write(tmp_path / "results.json",
                          row(0, small.MIG, **named)))


def test_seeds_of_the_evaluation_count_once(tmp_path):
  """The rows of one training that differ in nothing but the seed."""
  place = "evaluation_config.evaluation.random_seed"
  rows = [row(number, small.MIG, **{
      place: str(seed), "evaluation_results.discrete_mig": mig})
          for number in (0, 1) for seed, mig in ((0, 0.25), (1, 0.75),
                                                 (1, 0.75))]
  found = aggregated.read(write(tmp_path / "r.json", *rows))
  assert [(record.seed, record.value) for record in found
          if record.metric == "mig"] == [(0, 0.5), (1, 0.5)]


def test_files_do_not_say_where_dsprites_is_from(tmp_path):
  found, *_ = aggregated.read(write(tmp_path / "r.json", row(0, small.MIG)))
  assert found.data == "unknown"


class OneProcess:
  """Stands in for the pool of processes that upstream leaves open."""

  def map(self, function, values):
    return list(map(function, values))


def test_upstreams_own_aggregation_is_read(tmp_path, monkeypatch):
  from disentanglement_lib.utils import aggregate_results
  monkeypatch.setattr(aggregate_results.multiprocessing, "Pool", OneProcess)
  for seed in (0, 1):
    small.small_runs.write_json(
        tmp_path / f"{seed}/{small.MIG_FILE}", row(seed, small.MIG))
  aggregate_results.aggregate_results_to_json(
      str(tmp_path / "*/metrics/*/*/results/aggregate/evaluation.json"),
      str(tmp_path / "all.json"))
  found = aggregated.read(tmp_path / "all.json")
  assert [record.value for record in found if record.metric == "mig"] == [
      0.25, 0.25]


def test_a_nan_is_undefined_and_a_cell_of_another_metric_is_nothing(tmp_path):
  path = write(tmp_path / "r.json", row(0, small.MIG), row(1, SAP), row(
      2, small.MIG, **{"evaluation_results.discrete_mig": float("nan")}))
  found = [record for record in aggregated.read(path)
           if record.metric != "training"]
  assert [(record.metric, record.seed, record.value, record.undefined)
          for record in found] == [
      ("mig", 0, 0.25, ""), ("sap_score", 1, 0.125, ""),
      ("mig", 2, None, "no reason given")]


@pytest.mark.parametrize("content, message", [
    ({"a": {"0": 1}}, "lacks the column 'evaluation_config.evaluation"),
    ({"evaluation_config.evaluation.evaluation_fn": {"0": "@mig"}, "x": [1]},
     "column 'x' has other rows"),
    ({"evaluation_config.evaluation.evaluation_fn": {"0": 5}},
     "Expected text, but got '5' of type int"),
    ({"evaluation_config.evaluation.evaluation_fn": {"0": "@mig"},
      "evaluation_results.discrete_mig": {"0": "0.9"}},
     "'discrete_mig' must be a number, but is of type str"),
    ({"evaluation_config.evaluation.evaluation_fn": {"0": "@mig"},
      "evaluation_results.discrete_mig": {"0": True}},
     "'discrete_mig' must be a number, but is of type bool")])
def test_other_json_is_named(tmp_path, content, message):
  path = tmp_path / "r.json"
  path.write_text(json.dumps(content))
  with pytest.raises(ValueError, match=f"r.json'.*{message}"):
    aggregated.read(path)


def test_a_training_without_an_id_counts_once(tmp_path):
  """What lies in one folder is of one training; tables have its path."""
  place = "/runs/{}/metrics/mean/{}/results/aggregate/evaluation.json"
  rows = [{**row(seed, metric), "train_results.uuid": None,
           "path": place.format(seed, name)}
          for seed in (0, 1) for name, metric in (("mig", small.MIG),
                                                  ("sap", SAP))]
  found = aggregated.read(write(tmp_path / "r.json", *rows))
  assert [record.seed for record in found
          if record.metric == "training"] == [0, 1]


def test_rows_are_told_apart_by_their_own_paths(tmp_path):
  """Columns of a table may have their rows in any order."""
  place = "metrics/{}/mig/results/aggregate/evaluation.json"
  path = write(tmp_path / "r.json", *({
      **{name: value for name, value in small.MIG.items()
         if not name.startswith("postprocess")},
      "path": place.format(folder)} for folder in ("a", "b")))
  table = json.loads(path.read_text())
  table["path"] = dict(reversed(table["path"].items()))
  path.write_text(json.dumps(table))
  assert [record.representation for record in aggregated.read(path)] == [
      "a", "b"]
