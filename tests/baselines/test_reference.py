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
      tmp_path / "r.json", compact_runs.make([tmp_path / "runs"])))
  assert {(record.method, record.settings) for record in records} == {
      ("beta-VAE", (("encoder.encoder_fn", f"@{name}_encoder"),
                    ("vae.beta", "4.0"))) for name in ("conv", "fc")}
