import json

import conftest
import pytest
from support import small_baselines as small

from sparse_disent.results import runs
from sparse_disent.study import definition


@pytest.fixture(name="collector", autouse=True)
def folder_of_benchmarks(monkeypatch):
  monkeypatch.syspath_prepend(conftest.ROOT / "benchmarks")
  import reference_runs
  return reference_runs


STUDY = definition.Study("mine", "base.gin", definition.with_seeds([
    {"model.name": "mine", "model.model": "@vae()", "vae.beta": 4.},
    {"model.name": "other", "model.model": "@vae()", "vae.beta": 8.,
     "ticket_gate.path": definition.ModelOf(0)}], range(3)),
                         protocol="reference_runs")


def test_runs_are_added_and_stay(collector, tmp_path):
  file = tmp_path / "file.json"
  for seed, folder in enumerate(("first", "second")):
    small.own_run(tmp_path / folder / "0", seed=seed)
    collector.add(tmp_path / folder, file, "mine")
  content = json.loads(file.read_text())
  assert content["provenance"]["command"] == "sparse-disent sweep mine"
  assert [run["config"]["model.random_seed"] for run in content["runs"]] == [
      "0", "1"]


def test_a_table_of_what_is_there(collector, tmp_path):
  for seed in range(3):
    small.own_run(tmp_path / str(seed), seed=seed, mig=.1 * seed)
  groups = collector.by_name(STUDY, runs.find([tmp_path]))
  head, line, *rows = collector.table(groups).splitlines()
  assert head.count("|") == line.count("|") == rows[0].count("|")
  assert head.startswith("| model | seeds | reconstruction | KL | MIG | DCI |")
  assert rows == ["| mine | 3 | 41.0 (40.0 to 42.0) |  | "
                  "0.100 (0.000 to 0.200) |" + "  |" * 9]


def test_scores_are_compared_by_their_ranks(collector, tmp_path):
  """Three values below three: 2 of the 20 orders are as extreme, p is .1."""
  for seed in range(3):
    small.own_run(tmp_path / f"a{seed}", seed=seed, mig=.1 + .01 * seed)
    small.own_run(tmp_path / f"b{seed}", seed=seed, mig=.2 + .01 * seed,
                  config={"model.name": "'other'", "vae.beta": "8.0"})
  groups = collector.by_name(STUDY, runs.find([tmp_path]))
  rows = collector.probabilities(groups, "mine").splitlines()
  assert rows[2:] == ["| other | 1.000 |  | 0.100 |" + "  |" * 9]


@pytest.mark.parametrize("config, number", [
    ({}, 1), ({"model.random_seed": "2"}, 2), ({"vae.beta": "8.0"}, None),
    ({"model.name": "'other'", "vae.beta": "8.0"}, 4),
    ({"model.model": "@dip_vae()"}, None)])
def test_models_that_are_done(collector, tmp_path, config, number):
  small.own_run(tmp_path / "run", seed=1, config=config)
  run, = runs.find([tmp_path])
  assert [each for each in range(6)
          if collector.is_of(STUDY.settings(each), run)] == (
              [] if number is None else [number])


def test_models_that_are_missing(collector):
  missing = [0, 1, 2, 5, 7, 8]
  text = collector.ranges(missing)
  assert text == "0:3,5:6,7:9"
  assert list(definition.numbers(text, 9)) == missing
