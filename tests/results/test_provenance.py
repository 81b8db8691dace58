
import pytest
from support import small_runs

from sparse_disent import cli
from sparse_disent.results import provenance

FACTS = {"step": "train", "uuid": "u", "time": "2026-01-01T00:00:00+00:00",
         "command": "dlib_train --gin_config=a.gin", "commit": "abc-dirty",
         "versions": {"python": "3.11.7", "numpy": "2.0"},
         "data": {"name": "dsprites_full", "files": {
             "dsprites/a.npz": {"bytes": 12, "sha256": "ff"}}}}


@pytest.fixture(name="run")
def a_run(tmp_path):
  small_runs.write_model(tmp_path / "run", loss=1.5)
  small_runs.write_metric(tmp_path / "run", "mig", discrete_mig=0.25)
  return tmp_path / "run"


def store(run, facts, place="model", step="train"):
  small_runs.write_json(run / place / f"results/provenance/{step}.json", facts)


def test_all_that_is_known(run, capsys):
  store(run, FACTS)
  store(run, {**FACTS, "command": "dlib_evaluate"}, "metrics/mean/mig",
        "evaluation")
  assert cli.main(["provenance", str(run)]) == 0
  first, second = capsys.readouterr().out.split("\n\n")
  assert first.splitlines()[0] == "train: model"
  for text in ("dlib_train --gin_config=a.gin", "2026-01-01", "abc-dirty",
               "python 3.11.7, numpy 2.0", "dsprites_full",
               "dsprites/a.npz: 12 bytes, sha256 ff", "seeds",
               "l0_pair.tau = 0.1"):
    assert text in first
  assert second.splitlines()[0] == "evaluation: metrics/mean/mig"
  assert "evaluation.evaluation_fn = @mig" in second


def test_results_of_earlier_versions(run):
  assert provenance.text(run).splitlines()[:4] == [
      "train: model", "evaluation: metrics/mean/mig",
      "  No provenance is stored, as by earlier versions: seeds, settings and "
      "scores can still be read.", "  dataset.name = 'dsprites_full'"]


def test_a_damaged_file_is_left_out(run):
  store(run, FACTS)
  path = run / "model/results/provenance/train.json"
  path.write_text("[]")
  lines = provenance.text(run).splitlines()
  assert lines[0] == "evaluation: metrics/mean/mig"
  assert lines[-1].startswith(f"left out: '{path}' must hold a JSON object")


@pytest.mark.parametrize("facts", [
    {"versions": 3}, {"data": []}, {"data": {"files": [1]}}, {"commit": []},
    {"data": {"files": {"a": 1}}}, {"command": {"a": 1}}, {"time": 3}])
def test_facts_of_another_form_are_no_error(run, facts):
  store(run, facts)
  assert "train: model" in provenance.text(run)


def test_no_results(tmp_path):
  with pytest.raises(FileNotFoundError, match="is empty. Give the dir"):
    provenance.text(tmp_path)


