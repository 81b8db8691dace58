"""Places that a training writes, and those it refuses to replace."""
import os

import pytest

from sparse_disent.common import processes
from sparse_disent.compat.training import places


def choose(path, overwrite=False, resume=False):
  return places.choose(path, overwrite=overwrite, resume=resume)


@pytest.fixture
def model(tmp_path):
  """Makes what a training leaves."""
  path = tmp_path / "model"
  (path / "tf_checkpoint").mkdir(parents=True)
  (path / "tf_checkpoint/started.gin").touch()
  (path / "tfhub").mkdir()
  (path / "results/json").mkdir(parents=True)
  (path / "results/json/train_results.json").write_text("{}")
  return path


@pytest.mark.parametrize("how", [
    {}, {"overwrite": True}, {"resume": True}])
def test_a_new_or_empty_folder_is_used_itself(tmp_path, how):
  assert choose(tmp_path / "new", **how) == str(tmp_path / "new")
  assert choose(tmp_path, **how) == str(tmp_path)


def test_an_existing_one_is_an_error_that_names_both_flags(model):
  with pytest.raises(ValueError) as error:
    choose(model)
  assert str(error.value) == (
      "Directory already exists and overwrite is False: model_dir is "
      f"'{model}'. Give --resume to go on with the training in it, --overwrite "
      "to replace what is in it, or another directory.")


@pytest.mark.parametrize("name, advice", [
    ("tf_checkpoint/started.gin", "Give --overwrite to replace what is in it, "
     "or another directory."),
    ("tfhub", "Give --resume to go on with the training in it, --overwrite to "
     "replace what is in it, or another directory.")])
def test_only_what_will_do_is_offered(model, name, advice):
  """A module without a training, and a training without a module."""
  path = model / name
  path.unlink() if path.is_file() else path.rmdir()
  with pytest.raises(ValueError) as error:
    choose(model)
  assert str(error.value).endswith(f"model_dir is '{model}'. {advice}")


def test_a_training_with_other_files_is_not_said_to_be_replaceable(model):
  (model / "notes.txt").touch()
  with pytest.raises(ValueError) as error:
    choose(model)
  assert str(error.value).endswith(
      "Give --resume to go on with the training in it, or another directory.")


def test_a_folder_of_other_things_gets_neither_flag(tmp_path):
  (tmp_path / "notes.txt").touch()
  with pytest.raises(ValueError) as error:
    choose(tmp_path)
  assert str(error.value) == (
      f"model_dir is '{tmp_path}', which holds no training: it holds "
      "'notes.txt', which is no part of one trained model. Give another "
      f"directory, such as '{tmp_path}/model'.")


def test_the_folder_of_a_run_gets_the_one_in_it(model):
  with pytest.raises(ValueError) as error:
    choose(model.parent)
  assert str(error.value).endswith(
      f"Give '{model}', which holds a training, or another directory.")


def test_both_flags_are_an_error(model):
  with pytest.raises(ValueError, match="Both overwrite and resume are True"):
    choose(model, overwrite=True, resume=True)


def test_a_training_is_continued_where_it_is(model):
  assert choose(model, resume=True) == str(model)


def test_a_result_is_replaced_by_one_that_was_made_beside_it(model):
  (model / f".results.{processes.current()}.12345678.tmp").touch()
  folder = choose(model, overwrite=True)
  assert os.path.dirname(folder) == str(model.parent)
  assert os.path.basename(folder).startswith(".model.")
  os.makedirs(folder)
  assert choose(model, resume=True) == folder
  (model.parent / folder / "new").touch()
  places.publish(folder, model)
  assert os.listdir(model) == ["new"]
  assert os.listdir(model.parent) == ["model"]


def test_a_replacement_that_was_interrupted_is_not_forgotten(model):
  folder = choose(model, overwrite=True)
  os.makedirs(folder)
  model.rename(model.parent / "elsewhere")
  with pytest.raises(ValueError, match="Give --resume"):
    choose(model)
  places.clear(folder, model)
  assert choose(model) == str(model)


def test_in_place_nothing_is_cleared_or_moved(model):
  places.clear(str(model), model)
  places.publish(str(model), model)
  assert (model / "tfhub").is_dir()


@pytest.mark.parametrize("name, reason", [
    ("notes.txt", "holds 'notes.txt', which is no part of"),
    ("model", "holds 'model', which is no part of"),
    ("results/json/postprocess_results.json",
     "holds the results of a later step, 'postprocess_results.json'")])
def test_what_holds_more_is_not_replaced(model, name, reason):
  (model / name).touch()
  with pytest.raises(ValueError) as error:
    choose(model, overwrite=True)
  assert str(error.value).startswith(
      f"Nothing is overwritten: model_dir is '{model}', which {reason}")


def test_a_link_is_not_replaced(model, tmp_path):
  (tmp_path / "link").symlink_to(model)
  with pytest.raises(ValueError, match="which is a link to"):
    choose(f"{tmp_path}/link", overwrite=True)
  with pytest.raises(ValueError, match="which is a link to"):
    choose(f"{tmp_path}/link/", overwrite=True)


@pytest.mark.parametrize("here", [".", "tfhub"])
def test_the_working_directory_is_not_replaced(model, monkeypatch, here):
  monkeypatch.chdir(model / here)
  with pytest.raises(ValueError, match="which holds the working directory"):
    choose(model, overwrite=True)
  with pytest.raises(ValueError, match="which holds the working directory"):
    choose(os.path.relpath(model), overwrite=True)


def test_a_file_is_not_replaced(tmp_path):
  (tmp_path / "file").touch()
  with pytest.raises(ValueError, match="which is a file"):
    choose(tmp_path / "file", overwrite=True)
