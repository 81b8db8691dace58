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
  score, = (score for score in content["runs"][0]["scores"]
            if score["name"] == "discrete_mig")
  assert score["config"]["mig.num_train"] == "10000"


def test_a_masked_network_is_not_called_upstreams_model(tmp_path):
  small.own_run(tmp_path / "a")
  small.own_run(tmp_path / "b", config={
      "model.name": "'masked_conv'",
      "encoder.encoder_fn": "@masked_conv_encoder"})
  content = reference.compact([tmp_path])
  assert [run["title"] for run in content["runs"]] == [
      "beta-VAE", "masked_conv"]


def test_the_form_is_valid_json(runs):
  json.dumps(reference.compact([runs]), allow_nan=False)


@pytest.mark.parametrize("content", [
    {"provenance": {}, "runs": [{}]}, {"provenance": [], "runs": []},
    {"runs": []}, {"provenance": {}, "runs": [[]]}])
def test_other_forms_are_named(tmp_path, content):
  with pytest.raises(ValueError, match="r.json' is not in the form of ref"):
    reference.read(small.write_json(tmp_path / "r.json", content))


@pytest.mark.parametrize("value", [float("nan"), "0.5", True])
def test_scores_are_numbers(runs, tmp_path, value):
  content = reference.compact([runs])
  content["runs"][0]["scores"][0]["value"] = value
  with pytest.raises(ValueError, match="r.json'.*must be a finite number"):
    reference.read(small.write_json(tmp_path / "r.json", content))


def test_the_form_that_is_written_by_hand(tmp_path):
  """The least that a file must say."""
  about, (training, mig) = reference.read(small.write_json(
      tmp_path / "r.json", {
      "provenance": {"data": "re-rendered dSprites"},
      "runs": [{
          "model": "vae", "title": "beta-VAE", "settings": {"vae.beta": "4.0"},
          "seed": 0, "steps": 1000,
          "training": {"reconstruction_loss": 50.5},
          "scores": [{"representation": "mean", "metric": "mig",
                      "name": "discrete_mig", "value": 0.1,
                      "config": {"mig.num_train": "10000"}}]}]}))
  assert about == {"data": "re-rendered dSprites"}
  assert (training.value, mig.value, mig.data) == (50.5, 0.1, "re-rendered")


def test_models_of_one_title_are_told_apart(tmp_path, monkeypatch):
  """Upstream's titles do not say which of its networks a model has."""
  monkeypatch.setenv(files.VARIABLE, str(tmp_path / "none"))
  for name in ("conv", "fc"):
    small.own_run(tmp_path / f"runs/{name}", config={
        "model.name": f"'{name}_vae'",
        "encoder.encoder_fn": f"@{name}_encoder"})
  content = reference.compact([tmp_path / "runs"])
  assert [(run["title"], run["settings"]) for run in content["runs"]] == [
      ("beta-VAE", {"encoder.encoder_fn": f"@{name}_encoder",
                    "vae.beta": "4.0"}) for name in ("conv", "fc")]
