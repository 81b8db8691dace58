"""Places of results; tests/compat/startup/test_directories.py has more."""
import os
import shutil

import pytest

from sparse_disent.common import output_place


def test_a_folder_that_can_be_made_passes_and_is_not_made(tmp_path):
  output_place.check("--output", tmp_path / "a/b")
  output_place.check("--output", "gs://bucket/a")
  assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["file", "file/a/b"])
def test_a_file_in_the_way(tmp_path, path):
  (tmp_path / "file").touch()
  with pytest.raises(NotADirectoryError) as error:
    output_place.check("--output", tmp_path / path)
  assert str(error.value) == (
      f"--output is '{tmp_path / path}', but '{tmp_path}/file' is a file. Give "
      "another directory.")


def test_no_right_and_no_space(tmp_path, monkeypatch):
  usage = shutil.disk_usage(tmp_path)._replace(free=5)
  monkeypatch.setattr(shutil, "disk_usage", lambda place: usage)
  with pytest.raises(OSError, match="no space left: 5 bytes are free"):
    output_place.check("--output", tmp_path)
  monkeypatch.setattr(os, "access", lambda *unused: False)
  with pytest.raises(PermissionError, match="no permission to write in"):
    output_place.check("--output", tmp_path)


@pytest.mark.parametrize("path", [None, ""])
def test_no_path(path):
  with pytest.raises(ValueError, match=f"^x is {path!r}: give --x"):
    output_place.given("x", path)
