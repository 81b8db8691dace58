import pytest
from support import small_runs

from sparse_disent.results import model_dirs


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)


def write(tmp_path, *places):
  for place in places:
    (tmp_path / place / "tfhub").mkdir(parents=True)
    small_runs.write_json(
        tmp_path / place / "results/json/train_results.json", {})


def test_models_and_folders_of_models(tmp_path):
  write(tmp_path, "one/model", "many/a/model", "many/b/model")
  (tmp_path / "many/unfinished/model").mkdir(parents=True)
  assert model_dirs.find(["many", "one/model", "one", str(tmp_path)]) == [
      "many/a/model", "many/b/model", "one/model"]


@pytest.mark.parametrize("path, message", [
    ("other", "There is no model in 'other': it has no folder 'tfhub', and no "
     "finished training"), ("empty", "'empty' is empty. Give the model_dir"),
    ("othr", "'othr' does not exist. Did you mean 'other'")])
def test_no_model(tmp_path, path, message):
  (tmp_path / "empty").mkdir()
  (tmp_path / "other/sub").mkdir(parents=True)
  with pytest.raises(FileNotFoundError, match=message):
    model_dirs.find([path])


def test_results_go_beside_each_model(tmp_path):
  write(tmp_path, "a/model", "b/model")
  assert model_dirs.output_dirs(["a/model", "b"]) == {
      "a/model": str(tmp_path / "a"), "b/model": str(tmp_path / "b")}


@pytest.mark.parametrize("paths, places", [
    (["a/model"], {"a/model": "out"}),
    (["a"], {"a/model": "out/a"}),
    (["a", "b/c/model"], {"a/model": "out/a", "b/c/model": "out/b/c"}),
    (["flat"], {"flat/x": "out/x", "flat/y": "out/y"})])
def test_results_of_several_models_have_a_folder_each(
    tmp_path, paths, places):
  write(tmp_path, "a/model", "b/c/model", "flat/x", "flat/y")
  assert model_dirs.output_dirs(paths, "out") == places


def test_one_folder_cannot_hold_the_results_of_two(tmp_path):
  write(tmp_path, "flat/x", "flat/y")
  with pytest.raises(ValueError) as error:
    model_dirs.output_dirs(["flat"])
  assert str(error.value) == (
      f"The results of 'flat/x' and of 'flat/y' would both go to "
      f"'{tmp_path / 'flat'}'. Give --output_dir: each model gets a folder in "
      "it.")
