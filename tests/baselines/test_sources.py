import json

import pytest
from support import small_baselines as small

from sparse_disent.baselines import compact_runs
from sparse_disent.baselines import distributions
from sparse_disent.baselines import pretrained
from sparse_disent.baselines import reference
from sparse_disent.baselines import sources


def test_by_default_all_that_the_package_has():
  assert [source.name for source in sources.load()] == sources.names()
  assert {"official_study", "mig_by_model", "width_sweep",
          "chainer_port"} <= set(sources.names())
  for source in sources.load():
    assert source.records and source.title and source.about


@pytest.mark.parametrize("name, title", [
    ("reference_runs", "Reference runs"),
    ("recipes", "Seeds of a recipe, runs of the search for recipes"),
    ("papers", "Runs that test papers")])
def test_our_runs_are_there_once_their_file_is(
    tmp_path, monkeypatch, name, title):
  file = tmp_path / "file.json"
  monkeypatch.setitem(reference.FILES, name, file)
  assert name not in sources.names()
  small.own_run(tmp_path / "run")
  small.write_json(file, compact_runs.make([tmp_path / "run"]))
  assert name in sources.names()
  source, = sources.load([name])
  assert source.title == title
  assert "steps: 300000" in source.about
  assert {record.source for record in source.records} == {name}


def test_paths(tmp_path):
  zipped = small.write_zip(tmp_path / "151.zip", small.files())
  compact = small.write_json(
      tmp_path / "c.json", compact_runs.make([small.own_run(tmp_path / "run")]))
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
  with pytest.raises(ValueError, match="no baseline 'ofical_study': it is "
                     "neither a file nor a folder, nor one of official_study, "
                     ".*. Did you mean 'official_study'"):
    sources.load(["ofical_study"])
  (tmp_path / "x.csv").write_text("")
  with pytest.raises(ValueError, match="'x.csv' is no baseline: give a zip"):
    sources.load(["x.csv"])


def test_a_folder_under_two_names_counts_once(tmp_path, monkeypatch):
  row = {**small.TRAINING, **small.MIG, "train_config.vae.beta": "3."}
  del row["train_config.model.model_num"]  # Of no study.
  place = small.write_folder(
      tmp_path / "mine", {small.MIG_FILE: json.dumps(row)})
  (tmp_path / "link").symlink_to(place)
  monkeypatch.chdir(tmp_path)
  source, = sources.load(["mine", "mine/", str(place), "link"])
  assert [entry.values for entry in distributions.group(source.records)
          if entry.record.metric == "mig"] == [[0.25]]


def test_archives_given_one_by_one_are_one_source(tmp_path):
  """Seeds 0 and 1 of a model are one distribution, not two."""
  training = {**small.TRAINING, "train_config.model.random_seed": "0",
              "train_config.model.model_num": "150"}
  paths = [
      small.write_zip(tmp_path / "150.zip", {
          f"150/{small.MIG_FILE}": json.dumps({**training, **small.MIG})}),
      small.write_zip(tmp_path / "151.zip", small.files())]
  first, second = sources.load(
      [str(paths[0]), "official_study", str(paths[1])])
  assert (first.name, second.name) == ("pretrained", "official_study")
  assert [entry.values for entry in distributions.group(first.records)
          if entry.record.metric == "mig"] == [[0.25, 0.25]]
  copy = small.write_folder(tmp_path / "copy", small.files(root=""))
  with pytest.raises(ValueError, match="'.*copy' and '.*151.zip' are both"):
    sources.load([str(paths[1]), str(copy)])


def test_files_of_the_same_name_are_told_apart(tmp_path):
  compact = compact_runs.make([small.own_run(tmp_path / "run")])
  for folder in ("a", "b"):
    (tmp_path / folder).mkdir()
    small.write_json(tmp_path / folder / "compact.json", compact)
    (tmp_path / folder / "table.json").write_text(json.dumps({
        name: {"0": value} for name, value in {**small.TRAINING,
                                               **small.MIG}.items()}))
  paths = [str(tmp_path / folder / name) for name in (
      "compact.json", "table.json") for folder in ("a", "b")]
  assert [source.records[0].source for source in sources.load(paths)] == paths


def test_large_files_of_reference_runs(tmp_path):
  """They may be larger than what is read of an archive."""
  path = small.write_json(
      tmp_path / "c.json", compact_runs.make([small.own_run(tmp_path / "run")]))
  with path.open("a") as file:
    file.write(" " * (pretrained._LARGEST + 1))
  source, = sources.load([str(path)])
  assert source.title == "Reference runs"
