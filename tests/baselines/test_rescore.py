import json
import pathlib

import pytest
from support import small_baselines as small
from support import small_run

from sparse_disent.baselines import pretrained
from sparse_disent.baselines import rescore
from sparse_disent.baselines import sources

MODULE = {"saved_model.pb": "graph", "tfhub_module.pb": "\x08\x03",
          "variables/variables.index": "i",
          "variables/variables.data-00000-of-00001": "d"}


def archive(path, **changes):
  members = {f"151/model/tfhub/{name}": data for name, data in MODULE.items()}
  return small.write_zip(path, {**small.files(), **members, **changes})


def written(folder):
  return {path.relative_to(folder).as_posix(): path.read_text()
          for path in pathlib.Path(folder).rglob("*") if path.is_file()}


def test_only_the_modules_files_are_written(tmp_path):
  model, = pretrained.read(archive(tmp_path / "151.zip", **{
      "151/model/tfhub/assets/run.py": "x", "151/model/tfhub/x.dill": "x",
      "151/model/results/gin/train.gin": "import os"}))
  rescore.write_model(model, tmp_path / "m")
  found = written(tmp_path / "m")
  assert {name.removeprefix("tfhub/"): text for name, text in found.items()
          if name.startswith("tfhub/")} == MODULE
  assert set(found) - {f"tfhub/{name}" for name in MODULE} == {
      "results/json/train_config.json", "results/json/train_results.json",
      "results/gin/train.gin"}
  # The archive's gin file could import modules: it is not used.
  assert found["results/gin/train.gin"] == "dataset.name = 'dsprites_full'\n"
  assert json.loads(found["results/json/train_config.json"])["vae.beta"] == (
      "6.0")


def test_another_module_is_another_model(tmp_path):
  ids = []
  for i, content in enumerate(("a", "b", "a")):
    model, = pretrained.read(archive(
        tmp_path / f"{i}/151.zip",
        **{"151/model/tfhub/saved_model.pb": content}))
    rescore.write_model(model, tmp_path / f"m{i}")
    ids.append(json.loads(written(tmp_path / f"m{i}")[
        "results/json/train_results.json"])["uuid"])
  assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize("name", ["@os.system()", "../x", "a'\nimport os", 5])
def test_the_name_of_the_data_set_is_a_name(tmp_path, name):
  model, = pretrained.read(archive(tmp_path / "151.zip"))
  model.config["dataset.name"] = repr(name)
  with pytest.raises(ValueError, match="151.zip' names its data set .*, which "
                     "is no name of upstream's"):
    rescore.write_model(model, tmp_path / "m")
  assert not (tmp_path / "m").exists()


def test_a_module_that_is_not_there(tmp_path):
  model, = pretrained.read(small.write_zip(
      tmp_path / "151.zip", small.files()))
  with pytest.raises(FileNotFoundError, match="151.zip' has no module to score:"
                     " 151/model/tfhub/tfhub_module.pb is missing"):
    rescore.write_model(model, tmp_path / "m")


def test_scores_are_those_of_our_evaluation(tmp_path):
  """A model is trained, packed as upstream packs it, and scored from there."""
  from sparse_disent.evaluation import runner
  with small_run.data(tmp_path):
    small_run.train_model(tmp_path / "run/model")
    protocol = small_run.write_protocol(tmp_path / "p", metrics=("mig",))
    runner.evaluate(protocol, str(tmp_path / "run/model"))
    members = {
        f"mine/{path.relative_to(tmp_path / 'run')}": path.read_bytes()
        for path in (tmp_path / "run").rglob("*") if path.is_file()}
    path = small.write_zip(tmp_path / "mine.zip", members)
    found = sources.load([str(path)])
    source = rescore.source(found, tmp_path / "new", protocol)
  stated = {record.score: record.value for record in found[0].records}
  anew, = source.records
  assert anew.value == stated["discrete_mig"]
  assert (anew.source, anew.metric, anew.representation, anew.provenance) == (
      "rescored", "mig", "mean", "scored anew")
  assert anew.dataset == "dsprites_full"


def test_scores_that_fail_are_named(tmp_path, monkeypatch):
  """Where all of them fail there are no results to read."""
  from sparse_disent.evaluation import runner
  monkeypatch.setattr(runner, "evaluate", lambda *_, **unused: {
      "mean/mig": ValueError("no room\n  In call to mig")})
  found = sources.load([str(archive(tmp_path / "151.zip"))])
  source = rescore.source(found, tmp_path / "new", "some_protocol")
  assert source.records == []
  assert source.failures == ["151, mean/mig: no room"]
  assert source.about == ("Modules of pretrained models, scored anew by "
                          "some_protocol. Failed: 151, mean/mig: no room")
