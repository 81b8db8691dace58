import json

import pytest
from support import small_baselines as small

from sparse_disent.baselines import reference
from sparse_disent.data import files


@pytest.fixture(name="runs")
def some_runs(tmp_path, monkeypatch):
  """Two models, two seeds, and data of unknown origin."""
  monkeypatch.setenv(files.VARIABLE, str(tmp_path / "none"))
  for seed in (0, 1):
    small.own_run(tmp_path / f"runs/a{seed}", seed=seed, mig=0.1 + seed)
    small.own_run(tmp_path / f"runs/b{seed}", seed=seed, mig=0.2 + seed,
                  config={"vae.beta": "16.0"})
  return tmp_path / "runs"


def test_round_trip(runs, tmp_path):
  content = reference.compact([runs], command="python benchmarks/x.py")
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


def test_re_rendered_data_stay_re_rendered(runs, tmp_path, monkeypatch):
  monkeypatch.setattr(reference.origin, "at_hand", lambda _: "re-rendered")
  content = reference.compact([runs])
  assert content["provenance"]["data"] == "re-rendered dSprites"
  _, records = reference.read(small.write_json(tmp_path / "r.json", content))
  assert {record.data for record in records} == {"re-rendered"}


def test_undefined_scores_keep_their_reason(tmp_path):
  run = small.own_run(tmp_path / "run", mig=None)
  path = run / "metrics/mean/mig/results/json/evaluation_results.json"
  small.small_runs.write_json(path, {
      "discrete_mig": None, "discrete_mig_undefined": "one latent"})
  _, records = reference.read(
      small.write_json(tmp_path / "r.json", reference.compact([run])))
  assert [(record.value, record.undefined) for record in records
          if record.metric == "mig"] == [(None, "one latent")]


def test_folders_of_models_are_not_told(tmp_path):
  run = small.own_run(tmp_path / "run")
  path = run / "metrics/mean/mig/results/json/evaluation_config.json"
  config = json.loads(path.read_text())
  small.small_runs.write_json(
      path, {**config, "mig.model_dir": f"'{run}/model'"})
  content = reference.compact([run])
  assert str(tmp_path) not in json.dumps(content)
  metric, = content["metrics"]
  assert metric["config"]["mig.num_train"] == "10000"
  assert "mig.model_dir" not in metric["config"]


def test_a_masked_network_is_not_called_upstreams_model(tmp_path):
  small.own_run(tmp_path / "a")
  small.own_run(tmp_path / "b", config={
      "model.name": "'masked_conv'",
      "encoder.encoder_fn": "@masked_conv_encoder"})
  _, records = reference.read(small.write_json(
      tmp_path / "r.json", reference.compact([tmp_path])))
  assert {record.method for record in records} == {"beta-VAE", "masked_conv"}


def test_the_form_is_valid_json(runs):
  json.dumps(reference.compact([runs]), allow_nan=False)


@pytest.mark.parametrize("content", [
    {"provenance": {}, "runs": [{}]}, {"provenance": [], "runs": []},
    {"runs": []}, {"provenance": {}, "runs": [[]]}])
def test_other_forms_are_named(tmp_path, content):
  with pytest.raises(ValueError, match="r.json' is not in the form of ref"):
    reference.read(small.write_json(tmp_path / "r.json", content))


@pytest.mark.parametrize("value, reason", [
    (float("nan"), "the metric returned nan"), (None, "no reason given")])
def test_undefined_scores_have_a_reason(runs, tmp_path, value, reason):
  content = reference.compact([runs])
  content["runs"][0]["evaluations"]["0"]["discrete_mig"] = value
  _, records = reference.read(small.write_json(tmp_path / "r.json", content))
  assert [record.undefined for record in records
          if record.metric == "mig" and record.value is None] == [reason]


def test_later_runs_are_added(runs, tmp_path):
  """A run with the settings and the seed of an earlier one replaces it."""
  earlier = small.write_json(tmp_path / "r.json", reference.compact([runs]))
  small.own_run(tmp_path / "later/a1", seed=1, mig=0.9)
  small.own_run(tmp_path / "later/a2", seed=2, mig=0.8)
  small.own_run(tmp_path / "later/short", seed=0, mig=0.7, steps=1000)
  content = reference.compact([tmp_path / "later"], earlier=earlier,
                              command="the last")
  assert content["provenance"]["command"] == "the last"
  assert content["provenance"]["steps"] == "1000, 300000"
  _, records = reference.read(small.write_json(tmp_path / "s.json", content))
  assert sorted(
      (record.steps, dict(record.settings)["vae.beta"], record.seed,
       record.value) for record in records if record.metric == "mig") == [
           (1000, "4.0", 0, .7), (300000, "16.0", 0, .2),
           (300000, "16.0", 1, 1.2), (300000, "4.0", 0, .1),
           (300000, "4.0", 1, .9), (300000, "4.0", 2, .8)]


def test_runs_on_other_data_are_not_added(runs, tmp_path, monkeypatch):
  earlier = small.write_json(tmp_path / "r.json", reference.compact([runs]))
  monkeypatch.setattr(reference.origin, "at_hand", lambda _: "re-rendered")
  with pytest.raises(ValueError, match="data of 2 origins"):
    reference.compact([runs], earlier=earlier)


def test_what_runs_share_is_told_once(runs):
  content = reference.compact([runs])
  assert content["config"]["model.training_steps"] == "300000"
  assert [run["config"] for run in content["runs"]] == [
      {"vae.beta": beta, "model.random_seed": str(seed)}
      for beta, seed in (("4.0", 0), ("4.0", 1), ("16.0", 0), ("16.0", 1))]
  assert len(content["metrics"]) == 1


def test_the_form_that_is_written_by_hand(tmp_path):
  """The least that a file must say."""
  about, (training, mig) = reference.read(small.write_json(
      tmp_path / "r.json", {
      "provenance": {"data": "re-rendered dSprites"},
      "metrics": [{"representation": "mean", "metric": "mig", "config": {
          "evaluation.evaluation_fn": "@mig", "mig.num_train": "10000"}}],
      "runs": [{
          "config": {"dataset.name": "'dsprites_full'", "vae.beta": "4.0",
                     "model.model": "@vae()", "model.training_steps": "1000"},
          "training": {"reconstruction_loss": 50.5},
          "evaluations": {"0": {"discrete_mig": 0.1}}}]}))
  assert about == {"data": "re-rendered dSprites"}
  assert (training.value, mig.value, mig.data) == (50.5, 0.1, "re-rendered")


def test_models_of_one_title_are_told_apart(tmp_path, monkeypatch):
  """Upstream's titles do not say which of its networks a model has."""
  monkeypatch.setenv(files.VARIABLE, str(tmp_path / "none"))
  for name in ("conv", "fc"):
    small.own_run(tmp_path / f"runs/{name}", config={
        "model.name": f"'{name}_vae'",
        "encoder.encoder_fn": f"@{name}_encoder"})
  _, records = reference.read(small.write_json(
      tmp_path / "r.json", reference.compact([tmp_path / "runs"])))
  assert {(record.method, record.settings) for record in records} == {
      ("beta-VAE", (("encoder.encoder_fn", f"@{name}_encoder"),
                    ("vae.beta", "4.0"))) for name in ("conv", "fc")}
