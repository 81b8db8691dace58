"""Directories of steps: what may be written, and what has to be there."""
import os
import shutil
from unittest import mock

import pytest

from sparse_disent.common import output_place
from sparse_disent.compat.startup import directories


def test_a_new_directory_is_right_at_any_depth(tmp_path):
  directories.check_output("model_dir", str(tmp_path / "a/b/c"), False)
  directories.check_output("model_dir", str(tmp_path), True)
  assert not (tmp_path / "a").exists()


def test_an_address_is_not_looked_at():
  directories.check_output("model_dir", "gs://bucket/x", False)
  directories.check_input("model_dir", "gs://bucket/x")
  directories.check_recorded("model_dir", "gs://bucket/x", "train")


def test_an_existing_directory_needs_overwrite(tmp_path):
  with pytest.raises(ValueError, match=(
      "exists and overwrite is False: output_dir is '.*'. Give --overwrite")):
    directories.check_output("output_dir", str(tmp_path), False)


def test_no_directory_is_named():
  with pytest.raises(ValueError, match="model_dir is None: give --model_dir"):
    directories.check_output("model_dir", None, False)
  with pytest.raises(ValueError, match="input_dir is None: give --input_dir"):
    directories.check_input("input_dir", None)


def test_an_empty_path_is_not_the_working_directory():
  for check in (lambda: directories.check_output("model_dir", "", True),
                lambda: output_place.check("model_dir", ""),
                lambda: directories.check_input("model_dir", "")):
    with pytest.raises(ValueError, match="model_dir is '': give --model_dir"):
      check()


@pytest.mark.parametrize("below", ["", "/model"])
def test_a_file_in_the_way_is_named(tmp_path, below):
  path = tmp_path / "file"
  path.touch()
  with pytest.raises(NotADirectoryError, match=f"but '{path}' is a file"):
    directories.check_output("model_dir", f"{path}{below}", True)


def test_a_full_disk_is_named(tmp_path):
  usage = shutil.disk_usage(tmp_path)._replace(free=0)
  with mock.patch.object(shutil, "disk_usage", return_value=usage), \
      pytest.raises(OSError, match="no space left: 0 bytes are free. Free"):
    directories.check_output("model_dir", str(tmp_path / "x"), False)


def test_a_folder_of_others_is_named(tmp_path):
  # Root may write anywhere, so that permissions themselves test nothing.
  with mock.patch.object(os, "access", return_value=False), \
      pytest.raises(PermissionError, match="no permission to write in"):
    directories.check_output("model_dir", str(tmp_path / "x"), False)


def test_a_name_that_is_too_long_is_an_error_of_the_system(tmp_path):
  with pytest.raises(OSError, match="File name too long"):
    directories.check_output("model_dir", str(tmp_path / ("x" * 300)), False)


@pytest.fixture
def result(tmp_path):
  """The folder of a step, as far as it is looked at."""
  for folder in ("tfhub", "results/json", "results/gin"):
    (tmp_path / folder).mkdir(parents=True)
  (tmp_path / "results/json/train_results.json").write_text('{"loss": 1.0}')
  (tmp_path / "results/gin/train.gin").write_text('dataset.name = "x"\n')
  return tmp_path


def test_a_result_is_accepted(result):
  directories.check_input("model_dir", str(result))
  directories.check_recorded("model_dir", str(result), "train")


def test_a_missing_module_is_named(tmp_path):
  with pytest.raises(FileNotFoundError, match="none' does not exist. Give inp"):
    directories.check_input("input_dir", str(tmp_path / "none"))
  (tmp_path / "notes").touch()
  with pytest.raises(FileNotFoundError, match="has no folder 'tfhub'"):
    directories.check_input("input_dir", str(tmp_path))


@pytest.mark.parametrize("content", [b"{", b"\xff\x00", b"[1]", b"",
                                     b"[" * 100_000])
def test_damaged_results_are_named(result, content):
  (result / "results/json/train_results.json").write_bytes(content)
  with pytest.raises(ValueError, match="train_results.json' are damaged: "):
    directories.check_input("model_dir", str(result))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"vae.beta = 1\n"])
def test_a_record_without_a_data_set_is_named(result, content):
  (result / "results/gin/train.gin").write_bytes(content)
  with pytest.raises(FileNotFoundError, match=(
      "The dataset.name of model_dir '.*' is not known: '.*train.gin'")):
    directories.check_recorded("model_dir", str(result), "train")
