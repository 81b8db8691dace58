import json

import pytest
from support import small_baselines as small

from sparse_disent.baselines import compact_runs
from sparse_disent.baselines import reference
from sparse_disent.data import files


@pytest.fixture(name="runs")
def some_runs(tmp_path, monkeypatch):
  """Data of unknown origin."""
  monkeypatch.setenv(files.VARIABLE, str(tmp_path / "none"))
  return small.two_models(tmp_path / "runs")


def test_round_trip(runs, tmp_path):
  content = compact_runs.make([runs], command="python benchmarks/x.py")
  about, records = reference.read(
      small.write_json(tmp_path / "r.json", content))
  assert about["command"] == "python benchmarks/x.py"
  assert about["steps"] == "300000"
  assert about["data"] == "dSprites of unknown origin"
  found = {(record.settings, record.seed, record.metric, record.score):
           record.value for record in records}
  for beta, offset in (("4.0", 0.1), ("16.0", 0.2)):
    for seed in (0, 1):
      settings = (("vae.beta", beta),)
      assert found[settings, seed, "mig", "discrete_mig"] == offset + seed
      assert found[settings, seed, "training", "reconstruction_loss"] == (
          40.0 + seed)
  assert len(found) == len(records) == 8
  assert {(record.method, record.dataset, record.steps, record.data)
          for record in records} == {
      ("beta-VAE", "dsprites_full", 300000, "unknown")}
  assert dict(next(record.config for record in records
                   if record.metric == "mig"))["mig.num_train"] == "10000"


def test_what_runs_share_is_told_once(runs):
  content = compact_runs.make([runs])
  assert content["config"]["model.training_steps"] == "300000"
  assert [run["config"] for run in content["runs"]] == [
      {"vae.beta": beta, "model.random_seed": str(seed)}
      for beta, seed in (("4.0", 0), ("4.0", 1), ("16.0", 0), ("16.0", 1))]
  assert len(content["metrics"]) == 1


def test_the_form_is_valid_json(runs):
  """A score that is not finite is null, with its reason."""
  small.own_run(runs / "c", seed=2, mig=float("nan"))
  content = compact_runs.make([runs])
  json.dumps(content, allow_nan=False)
  assert content["runs"][-1]["evaluations"]["0"] == {
      "discrete_mig": None, "discrete_mig_undefined": "the metric returned nan"}


def test_undefined_scores_keep_their_reason(tmp_path):
  run = small.own_run(tmp_path / "run", mig=None)
  path = run / "metrics/mean/mig/results/json/evaluation_results.json"
  small.small_runs.write_json(path, {
      "discrete_mig": None, "discrete_mig_undefined": "one latent"})
  _, records = reference.read(
      small.write_json(tmp_path / "r.json", compact_runs.make([run])))
  assert [(record.value, record.undefined) for record in records
          if record.metric == "mig"] == [(None, "one latent")]


def test_folders_of_models_are_not_told(tmp_path):
  run = small.own_run(tmp_path / "run")
  path = run / "metrics/mean/mig/results/json/evaluation_config.json"
  config = json.loads(path.read_text())
  small.small_runs.write_json(
      path, {**config, "mig.model_dir": f"'{run}/model'"})
  content = compact_runs.make([run])
  assert str(tmp_path) not in json.dumps(content)
  metric, = content["metrics"]
  assert metric["config"]["mig.num_train"] == "10000"
  assert "mig.model_dir" not in metric["config"]


@pytest.mark.parametrize("value, reason", [
    (float("nan"), "the metric returned nan"), (None, "no reason given")])
def test_undefined_scores_have_a_reason(runs, tmp_path, value, reason):
  content = compact_runs.make([runs])
  content["runs"][0]["evaluations"]["0"]["discrete_mig"] = value
  _, records = reference.read(small.write_json(tmp_path / "r.json", content))
  assert [record.undefined for record in records
          if record.metric == "mig" and record.value is None] == [reason]


def test_later_runs_are_added(runs, tmp_path):
  """A run with the settings and the seed of an earlier one replaces it."""
  earlier = small.write_json(tmp_path / "r.json", compact_runs.make([runs]))
  small.own_run(tmp_path / "later/a1", seed=1, mig=0.9)
  small.own_run(tmp_path / "later/a2", seed=2, mig=0.8)
  small.own_run(tmp_path / "later/short", seed=0, mig=0.7, steps=1000)
  content = compact_runs.make([tmp_path / "later"], earlier=earlier)
  assert content["provenance"]["steps"] == "1000, 300000"
  _, records = reference.read(small.write_json(tmp_path / "s.json", content))
  assert sorted(
      (record.steps, dict(record.settings)["vae.beta"], record.seed,
       record.value) for record in records if record.metric == "mig") == [
           (1000, "4.0", 0, .7), (300000, "16.0", 0, .2),
           (300000, "16.0", 1, 1.2), (300000, "4.0", 0, .1),
           (300000, "4.0", 1, .9), (300000, "4.0", 2, .8)]


def test_a_run_that_is_not_scored_yet_replaces_no_other(runs, tmp_path):
  earlier = small.write_json(tmp_path / "r.json", compact_runs.make([runs]))
  small.small_runs.write_model(tmp_path / "later", config={
      "model.name": "'mine'", "model.model": "@vae()", "vae.beta": "4.0",
      "model.random_seed": "0", "model.training_steps": "300000"})
  content = compact_runs.make([tmp_path / "later"], earlier=earlier)
  assert [list(run["evaluations"]) for run in content["runs"]] == [["0"]] * 4


def test_two_runs_of_one_seed_are_named(runs, tmp_path):
  small.own_run(runs / "copy", seed=1)
  with pytest.raises(ValueError, match="a1' and '.*copy' have the same settings"
                     " and the same seed, 1, and would count as two"):
    compact_runs.make([runs])


def test_scores_without_a_training_are_told_apart_by_their_folders(tmp_path):
  for name in "ab":
    small.small_runs.write_metric(tmp_path / name, "mig", discrete_mig=.5)
  for config in tmp_path.rglob("train_config.json"):
    config.unlink()
  assert len(compact_runs.make([tmp_path])["runs"]) == 2


def test_all_versions_are_stated(runs, tmp_path, monkeypatch):
  versions = {"numpy": "1.26"}
  monkeypatch.setattr(compact_runs, "_versions", lambda: versions)
  earlier = small.write_json(
      tmp_path / "r.json", compact_runs.make([runs], command="one"))
  versions["numpy"] = "2.4"
  made = compact_runs.make([runs], earlier=earlier, command="other")
  assert made["provenance"]["numpy"] == "1.26, 2.4"
  assert made["provenance"]["command"] == "one, other"
  assert compact_runs.make([runs], earlier=small.write_json(
      tmp_path / "s.json", made), command="one")["provenance"][
          "command"] == "one, other"


def test_re_rendered_data_stay_re_rendered(runs, tmp_path, monkeypatch):
  monkeypatch.setattr(compact_runs.origin, "at_hand", lambda _: "re-rendered")
  content = compact_runs.make([runs])
  assert content["provenance"]["data"] == "re-rendered dSprites"
  _, records = reference.read(small.write_json(tmp_path / "r.json", content))
  assert {record.data for record in records} == {"re-rendered"}


def test_runs_on_other_data_are_not_added(runs, tmp_path, monkeypatch):
  earlier = small.write_json(tmp_path / "r.json", compact_runs.make([runs]))
  monkeypatch.setattr(compact_runs.origin, "at_hand", lambda _: "re-rendered")
  with pytest.raises(ValueError, match="^Runs on dSprites of unknown origin and"
                     " on re-rendered dSprites cannot stand in one file"):
    compact_runs.make([runs], earlier=earlier)


def test_other_data_sets_stand_beside_dsprites(runs, tmp_path, monkeypatch):
  mnist = small.own_run(
      tmp_path / "mnist", config={"dataset.name": "'mnist'"})
  content = compact_runs.make([mnist])
  assert content["provenance"]["data"] == "original data"
  monkeypatch.setattr(
      compact_runs.origin, "at_hand",
      lambda name: "re-rendered" if name == "dsprites_full" else "original")
  for first, then in ((mnist, runs), (runs, mnist)):
    both = compact_runs.make([then], earlier=small.write_json(
        tmp_path / "r.json", compact_runs.make([first])))
    assert both["provenance"]["data"] == "re-rendered dSprites"
    _, records = reference.read(small.write_json(tmp_path / "r.json", both))
    assert {(record.dataset, record.data) for record in records} == {
        ("mnist", "original"), ("dsprites_full", "re-rendered")}


def test_a_file_that_does_not_say_on_what_data(runs, tmp_path):
  content = compact_runs.make([runs])
  del content["provenance"]["data"]
  earlier = small.write_json(tmp_path / "r.json", content)
  assert compact_runs.make([runs], earlier=earlier)["provenance"]["data"] == (
      "dSprites of unknown origin")


@pytest.mark.parametrize("content", [
    {"provenance": {}, "runs": [{}]}, {"provenance": [], "runs": []},
    {"runs": []}, {"provenance": {}, "runs": [[]]},
    {"provenance": 1, "runs": 1}, {"provenance": {}, "runs": {"0": 1}}])
def test_other_forms_are_named(tmp_path, content):
  with pytest.raises(ValueError, match="r.json' is not in the form of ref"):
    compact_runs.read(small.write_json(tmp_path / "r.json", content))


@pytest.mark.parametrize("changes, words", [
    ({"evaluations": {"-1": {}}}, "KeyError"),
    ({"evaluations": {"00": {}}}, "KeyError"),
    ({"evaluations": {" 0 ": {}}}, "KeyError"),
    ({"evaluations": {"0": 1}}, "TypeError"),
    ({"evaluations": {"0": ["ab"]}}, "AttributeError|TypeError"),
    ({"training": "ab"}, "must be a dictionary"),
    ({"config": {"vae.beta": [1]}}, "'vae.beta' must be text"),
    ({"config": {"model.random_seed": None}}, "must be text")])
def test_runs_of_another_form_are_named(runs, tmp_path, changes, words):
  content = compact_runs.make([runs])
  content["runs"][1].update(changes)
  with pytest.raises(ValueError, match=f"r.json' is not .*{words}"):
    compact_runs.read(small.write_json(tmp_path / "r.json", content))


@pytest.mark.parametrize("config", [{"mig.num_train": 1}, [], "ab"])
def test_metrics_of_another_form_are_named(runs, tmp_path, config):
  content = compact_runs.make([runs])
  content["metrics"][0]["config"] = config
  with pytest.raises(ValueError, match="r.json' is not in the form of ref"):
    compact_runs.read(small.write_json(tmp_path / "r.json", content))


def test_a_number_that_python_does_not_print(runs, tmp_path):
  content = compact_runs.make([runs])
  content["config"]["model.training_steps"] = f"0x{'f' * 10_000}"
  content["runs"][1]["config"]["model.random_seed"] = "[1]"
  place = small.write_json(tmp_path / "r.json", content)
  _, records = reference.read(place)
  assert {record.steps for record in records} == {None}
  compact_runs.make([runs], earlier=place)
