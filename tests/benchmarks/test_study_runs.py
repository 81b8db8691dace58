import json
import shutil

import conftest
import numpy as np
import pytest
from scipy import stats
from support import small_baselines as small
from support import small_runs

from sparse_disent.baselines import compact_runs
from sparse_disent.baselines import reference
from sparse_disent.results import runs
from sparse_disent.study import catalogue
from sparse_disent.study import definition
from sparse_disent.study import grouped_vae
from sparse_disent.study import pvae
from sparse_disent.study import recipes
from sparse_disent.study import reference_runs as reference_study
from sparse_disent.study import vary


@pytest.fixture(name="collector", autouse=True)
def folder_of_benchmarks(monkeypatch):
  monkeypatch.syspath_prepend(conftest.ROOT / "benchmarks")
  import study_runs
  return study_runs


# What `small.own_run` has in place of the settings of base.gin.
OWN = ("encoder.num_latent = 4",)
STUDY = definition.Study("mine", "gin_configs/base.gin", definition.with_seeds([
    {"model.name": "mine", "model.model": "@vae()", "vae.beta": 4.},
    {"model.name": "other", "model.model": "@vae()", "vae.beta": 8.,
     "ticket_gate.path": definition.ModelOf(0)}], range(3)),
                         bindings=OWN, protocol="reference_runs")


def grouped(collector, folder):
  return collector.by_name(STUDY, collector.by_number(
      STUDY, runs.find([folder])))


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
  groups = grouped(collector, tmp_path)
  head, line, *rows = collector.table(
      groups, collector.COLUMNS["reference_runs"]).splitlines()
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
  groups = grouped(collector, tmp_path)
  rows = collector.probabilities(
      groups, collector.COLUMNS["reference_runs"], "mine").splitlines()
  assert rows[2:] == ["| other | 1.000 |  | 0.100 |" + "  |" * 8]


def test_many_scores_are_compared_by_the_normal_distribution(collector):
  """All 2.7 million orders of 24 scores would take minutes."""
  ours, theirs = np.arange(12.), np.arange(12.) + 6.5
  # Of 144 pairs 15 are in the other order: 5 + 4 + 3 + 2 + 1.
  z = (144 / 2 - 15 - 1 / 2) / (144 * (24 + 1) / 12) ** .5
  assert collector._p(ours.tolist(), theirs.tolist()) == (
      f"{2 * stats.norm.sf(z):.3f}")


def test_models_of_one_name_are_told_apart_by_their_settings(
    collector, tmp_path):
  study = definition.Study("s", "gin_configs/base.gin", definition.with_seeds([
      {"model.name": "mine", "vae.beta": 4., "model.model": "@vae()"},
      {"model.name": "mine", "vae.beta": 8., "model.model": "@vae()"}],
                                                              range(2)),
                           bindings=OWN, protocol="x")
  for beta in ("4.0", "8.0"):
    for seed in range(2):
      small.own_run(tmp_path / f"{beta}_{seed}", seed=seed,
                    config={"vae.beta": beta})
  groups = collector.by_name(study, collector.by_number(
      study, runs.find([tmp_path])))
  assert {label: len(members) for label, members in groups.items()} == {
      "mine, beta 4.0": 2, "mine, beta 8.0": 2}


def test_scores_within_lists_and_of_the_mean_alone(collector, tmp_path):
  """Factors are shape, scale, orientation, x and y."""
  run = small.own_run(tmp_path / "run")
  for representation, mic in (
      ("active_mean", [[.9, -.9]] * 5),
      ("mean", [[-.1, .1], [.2, -.2], [.3, -.3], [None, None], [.5, -.5]])):
    small_runs.write_metric(
        run, "mic_groups", representation=representation, mic=mic)
  groups = {"mine": runs.find([tmp_path])}
  table = collector.table(groups, collector.COLUMNS["grouped_vae"])
  assert table.splitlines()[-1].endswith(
      "| 0.250 | -0.100 | 0.200 | 0.300 |  | 0.500 |")


@pytest.mark.parametrize("config, number", [
    ({}, 1), ({"model.random_seed": "2"}, 2), ({"vae.beta": "8.0"}, None),
    ({"model.name": "'other'", "vae.beta": "8.0"}, 4),
    ({"model.model": "@dip_vae()"}, None),
    ({"encoder.num_latent": "64"}, None)])
def test_models_that_are_done(collector, tmp_path, config, number):
  small.own_run(tmp_path / "run", seed=1, config=config)
  found = collector.by_number(STUDY, runs.find([tmp_path]))
  assert list(found) == ([] if number is None else [number])


def test_a_run_is_of_the_model_that_states_most_of_it(collector, tmp_path):
  """The second model is the first one with one setting more."""
  common = {"model.name": "mine", "model.random_seed": 0}
  study = definition.Study("s", "gin_configs/base.gin", [
      common, {**common, "l1_gate.penalty_reduction": "root"}],
                           protocol="x", bindings=(*OWN, "vae.beta = 4."))
  small.own_run(tmp_path / "a")
  small.own_run(tmp_path / "b", config={
      "l1_gate.penalty_reduction": "'root'"})
  small.own_run(tmp_path / "c", config={"vae.beta": "8."})
  found = collector.by_number(study, runs.find([tmp_path]))
  assert {number: run.path.name for number, run in found.items()} == {
      0: "a", 1: "b"}


def test_runs_of_another_number_of_steps_are_other_runs(collector, tmp_path):
  study = definition.Study("s", "gin_configs/base.gin", [
      {"model.name": "mine", "model.random_seed": 0}], protocol="x",
                           bindings=(*OWN, "model.training_steps = 300000"))
  small.own_run(tmp_path / "short", steps=10000)
  found = runs.find([tmp_path])
  assert not collector.by_number(study, found)
  assert list(collector.by_number(study, found, 10000)) == [0]


def test_a_run_without_scores_is_not_done(collector, tmp_path):
  run = small.own_run(tmp_path / "run")
  shutil.rmtree(run / "metrics")
  assert not collector.by_number(STUDY, runs.find([tmp_path]))


def test_models_that_are_missing(collector):
  missing = [0, 1, 2, 5, 7, 8]
  text = collector.ranges(missing)
  assert text == "0:3,5:6,7:9"
  assert list(definition.numbers(text, 9)) == missing


def test_what_models_share_is_stated_where_it_is_used(collector, tmp_path):
  """As in the study `pvae`: DIP-VAE does not use the beta of beta-VAE."""
  study = definition.Study("s", "gin_configs/base.gin", [
      {"model.name": "mine", "model.model": "@dip_vae()"},
      {"model.name": "mine", "model.model": "@vae()"}],
                           protocol="x", bindings=(
                               *OWN, "beta_tc_vae.beta = 4.", "vae.beta = 4."))
  small.own_run(tmp_path / "dip", config={"model.model": "@dip_vae()"})
  small.own_run(tmp_path / "vae")
  small.own_run(tmp_path / "other", config={"vae.beta": "1.0"})
  found = collector.by_number(study, runs.find([tmp_path]))
  assert {number: run.path.name for number, run in found.items()} == {
      0: "dip", 1: "vae"}


def test_labels_name_the_parameter_where_its_last_word_does_not(
    collector, tmp_path):
  study = definition.Study("s", "gin_configs/base.gin", [
      {"model.name": "mine", "dataset.name": "dsprites_full", "vae.beta": 4.},
      {"model.name": "mine", "dataset.name": "mnist", "vae.beta": 8.}],
                           bindings=OWN, protocol="x")
  small.own_run(tmp_path / "a")
  groups = collector.by_name(study, collector.by_number(
      study, runs.find([tmp_path])))
  assert list(groups) == ["mine, dataset.name dsprites_full, beta 4.0"]


def test_models_with_fewer_seeds_are_not_compared(collector, tmp_path):
  for seed in range(3):
    small.own_run(tmp_path / f"a{seed}", seed=seed)
  for seed in range(2):
    small.own_run(tmp_path / f"b{seed}", seed=seed, config={
        "model.name": "'other'", "vae.beta": "8.0"})
  rows = collector.probabilities(
      grouped(collector, tmp_path), collector.COLUMNS["reference_runs"], "mine")
  assert len(rows.splitlines()) == 2


@pytest.mark.parametrize("content, words", [
    ("{", "is not JSON"),
    ('{"provenance": {}, "runs": []}', "no study 'none'")])
def test_one_line_for_wrong_arguments(
    collector, tmp_path, monkeypatch, capsys, content, words):
  file = tmp_path / "file.json"
  file.write_text(content)
  monkeypatch.setattr(
      "sys.argv", ["study_runs.py", "--study=none", f"--file={file}"])
  with pytest.raises(SystemExit):
    collector.main()
  assert words in capsys.readouterr().err


@pytest.mark.parametrize("study, file", [
    ("reference_runs", "reference_runs.json"), ("recipes", "recipes.json"),
    ("pvae", "papers.json"), ("unsupervised_study_v1", None)])
def test_each_study_has_its_file(collector, study, file):
  path = collector._shipped(study)
  assert (path and path.name) == file


PAGE = (conftest.ROOT / "docs/results.md").read_text()


def shipped(collector, name, study, steps=None, where=()):
  """Groups of the runs that come with the package, and what is missing."""
  _, found = compact_runs.read(reference.FILES[name])
  names = {repr(settings["model.name"]) for settings in study.models}
  numbers = collector.by_number(study, found, steps)
  assert len(numbers) == sum(
      run.config["model.name"] in names for run in found)
  chosen = vary.where(study, where)
  return collector.by_name(study, {
      number: run for number, run in numbers.items() if number in chosen}), [
          number for number in chosen if number not in numbers]


def test_the_page_of_results_has_what_the_package_ships(collector):
  groups, missing = shipped(
      collector, "reference_runs", reference_study.study())
  columns = collector.COLUMNS["reference_runs"]
  assert collector.table(groups, columns) in PAGE
  assert collector.probabilities(groups, columns, "beta_vae_4") in PAGE
  assert f"`{collector.ranges(missing)}`" in PAGE


def test_the_page_has_the_first_look_at_recipes(collector):
  groups, _ = shipped(collector, "recipes", recipes.study(), 10000)
  assert collector.table(groups, collector.COLUMNS["reference_runs"]) in PAGE


def test_the_page_has_all_seeds_of_the_recipe(collector):
  groups, missing = shipped(collector, "recipes", catalogue.load(
      str(conftest.ROOT / "benchmarks/capacity_study.py")))
  assert collector.table(groups, collector.COLUMNS["capacity"]) in PAGE
  assert not missing


@pytest.mark.parametrize("name, steps", [
    ("annealing", None), ("whole_training", 201000)])
def test_the_page_has_the_studies_of_benchmarks(collector, name, steps):
  study = catalogue.load(str(conftest.ROOT / f"benchmarks/{name}_study.py"))
  _, found = compact_runs.read(conftest.ROOT / f"docs/results/{name}.json")
  numbers = collector.by_number(study, found, steps)
  assert len(numbers) == len(study.models) == len(found)
  assert collector.table(collector.by_name(study, numbers),
                         collector.COLUMNS[name]) in PAGE


@pytest.mark.parametrize("study, where, against", [
    (grouped_vae, [], "grouped_vae"),
    (pvae, ["dataset.name=mnist"], "joint_pvae_pruning, num_latent 74"),
    (pvae, ["dataset.name=dsprites_full"], None)])
def test_the_page_has_the_runs_that_test_papers(
    collector, study, where, against):
  study = study.study()
  groups, missing = shipped(collector, "papers", study, 10000, where)
  columns = collector.COLUMNS[study.name]
  assert collector.table(groups, columns) in PAGE
  if against:
    assert collector.probabilities(groups, columns, against) in PAGE
  assert f"`{collector.ranges(missing)}`" in PAGE
