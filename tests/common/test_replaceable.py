"""`--overwrite` replaces one result of the same kind, and nothing else."""
import pathlib

import pytest

from sparse_disent.common import replaceable

KIND = replaceable.Kind(
    "one representation", ("artifacts", "results", "tfhub"), "postprocess")


def write_result(folder, step="postprocess"):
  (folder / "results/json").mkdir(parents=True)
  (folder / f"results/json/{step}_results.json").touch()
  (folder / "tfhub").mkdir()
  return folder


def reason(folder):
  """Returns what the message says of a folder."""
  with pytest.raises(ValueError) as error:
    replaceable.check("output_dir", folder, KIND)
  before, _, rest = str(error.value).partition(", which ")
  assert before == f"Nothing is overwritten: output_dir is '{folder}'"
  text, _, cure = rest.partition(". ")
  assert cure == ("Give --overwrite with the folder of one representation, or "
                  "another directory.")
  return text


def test_a_result_an_empty_and_a_missing_folder_pass(tmp_path):
  (tmp_path / "empty").mkdir()
  for folder in (write_result(tmp_path / "a"), tmp_path / "empty",
                 tmp_path / "missing"):
    replaceable.check("output_dir", folder, KIND)


def test_what_killed_processes_left_is_no_reason(tmp_path):
  folder = write_result(tmp_path / "a")
  (folder / ".x.lock").touch()
  (folder / ".x.1-2-0a1b2c3d.0a1b2c3d.tmp").mkdir()
  replaceable.check("output_dir", folder, KIND)


def test_a_whole_run_is_kept(tmp_path):
  write_result(tmp_path / "model", "train")
  write_result(tmp_path / "postprocessed/mean")
  assert reason(tmp_path) == (
      "holds 'model', which is no part of one representation")


def test_a_result_of_another_step_is_kept(tmp_path):
  write_result(tmp_path / "compacted", "train")
  assert reason(tmp_path / "compacted") == (
      "holds no results of one representation")


def test_a_file_that_came_later_is_kept(tmp_path, monkeypatch):
  """A function of a step's may write more files; all come before the results.
  """
  folder = write_result(tmp_path / "a")
  (folder / "variables.ckpt").touch()
  (folder / "notes.txt").touch()
  times = {"postprocess_results.json": 1000.0, "variables.ckpt": 900.0,
           "notes.txt": 1003.0}
  monkeypatch.setattr(replaceable, "_changed", lambda path: times[path.name])
  assert reason(folder) == (
      "holds 'notes.txt', which is no part of one representation")
  (folder / "notes.txt").unlink()
  replaceable.check("output_dir", folder, KIND)


def test_links_files_and_the_working_directory_are_kept(tmp_path, monkeypatch):
  folder = write_result(tmp_path / "a")
  (tmp_path / "link").symlink_to("a")
  assert reason(tmp_path / "link") == f"is a link to '{folder}'"
  (tmp_path / "file").touch()
  assert reason(tmp_path / "file") == "is a file"
  monkeypatch.chdir(folder / "results")
  assert reason(folder) == "holds the working directory"
  monkeypatch.chdir(tmp_path)
  assert reason(pathlib.Path(".")) == "holds the working directory"
