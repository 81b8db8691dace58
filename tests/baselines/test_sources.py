import json

import pytest
import small_baselines as small
import test_reference

from sparse_disent.baselines import reference
from sparse_disent.baselines import sources


def test_by_default_all_that_the_package_has():
  assert [source.name for source in sources.load()] == sources.names()
  assert {"official_study", "mig_by_model", "width_sweep",
          "chainer_port"} <= set(sources.names())
  for source in sources.load():
    assert source.records and source.title and source.about


def test_reference_runs_are_there_once_their_file_is(tmp_path, monkeypatch):
  monkeypatch.setattr(reference, "PATH", tmp_path / "reference_runs.json")
  assert "reference_runs" not in sources.names()
  small.own_run(tmp_path / "run")
  test_reference.write(reference.PATH, reference.compact([tmp_path / "run"]))
  assert "reference_runs" in sources.names()
  source, = sources.load(["reference_runs"])
  assert source.title == "Reference runs"
  assert "steps: 300000" in source.about


def test_paths(tmp_path):
  zipped = small.write_zip(tmp_path / "151.zip", small.files())
  compact = test_reference.write(
      tmp_path / "c.json", reference.compact([small.own_run(tmp_path / "run")]))
  table = tmp_path / "t.json"
  table.write_text(json.dumps({
      name: {"0": value} for name, value in {**small.TRAINING,
                                             **small.MIG}.items()}))
  found = sources.load([str(zipped), str(compact), str(table), str(zipped)])
  assert [source.title for source in found] == [
      "Pretrained models", "Reference runs", "t"]
  assert [len(source.models) for source in found] == [1, 0, 0]
  assert all(len(source.records) == 2 for source in found)


def test_unknown_names(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  with pytest.raises(ValueError, match="no baseline 'ofical': it is neither a "
                     "file nor a folder, nor one of official_study, "):
    sources.load(["ofical"])
  (tmp_path / "x.csv").write_text("")
  with pytest.raises(ValueError, match="'x.csv' is no baseline: give a zip"):
    sources.load(["x.csv"])
