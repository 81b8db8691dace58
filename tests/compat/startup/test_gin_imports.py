"""Gin files that import a user's module."""
import os
import sys
import sysconfig

import gin
import pytest

from sparse_disent.common import explained
from sparse_disent.compat.startup import gin_imports

MODEL = "import gin\n\n@gin.configurable('{0}')\ndef f(a=1):\n  return a\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
  """The working directory of a `dlib_train` that is installed elsewhere."""
  folder = tmp_path / "here"
  folder.mkdir()
  monkeypatch.chdir(folder)
  monkeypatch.setattr(sys, "path", [
      str(tmp_path / "bin"), *filter(None, sys.path)])
  monkeypatch.setattr(sys, "argv", [os.path.join(
      sysconfig.get_path("scripts"), "dlib_train")])
  before = set(sys.modules)
  yield folder
  for name in set(sys.modules) - before:
    del sys.modules[name]


def fails(*bindings):
  """Parses what gin refuses; returns the message in one line."""
  with pytest.raises(explained.ExplainedImportError) as error:
    gin.parse_config(list(bindings))
  return " ".join(str(error.value).split())


@pytest.mark.parametrize("program", ["dlib_train", "sparse-disent"])
def test_modules_of_the_working_directory(here, monkeypatch, program):
  monkeypatch.setattr(sys, "argv", [os.path.join(
      sysconfig.get_path("scripts"), program)])
  (here / "own_model.py").write_text(
      "import own_neighbor\n" + MODEL.format(program.replace("-", "_")))
  (here / "own_neighbor.py").touch()
  gin.parse_config("import own_model")
  assert sys.path[0] == str(here)
  assert sys.modules["own_model"].f() == 1


def test_they_come_before_installed_ones_as_with_python_m(
    here, tmp_path, monkeypatch):
  for folder, value in ((tmp_path / "installed", 1), (here, 2)):
    folder.mkdir(exist_ok=True)
    (folder / "own_twice.py").write_text(f"value = {value}")
  monkeypatch.syspath_prepend(tmp_path / "installed")
  gin.parse_config("import own_twice")
  assert sys.modules["own_twice"].value == 2


def test_files_that_no_gin_file_imports_stay_out_of_the_way(here):
  (here / "json.py").write_text("raise AssertionError")
  (here / "sparse_disent.py").write_text("raise AssertionError")
  gin.parse_config("import sparse_disent\nimport json\n")
  assert str(here) not in sys.path


def test_other_programs_keep_their_path(here, monkeypatch):
  monkeypatch.setattr(sys, "argv", ["my_program.py"])
  (here / "own_other.py").touch()
  assert f"'{here}'" not in fails("import own_other")
  assert str(here) not in sys.path


def test_nobodys_module_says_where_it_was_looked_for(here, tmp_path):
  text = fails("import own_missing")
  assert text.startswith(
      f"No module named 'own_missing'. Looked in '{here}', "
      f"'{tmp_path / 'bin'}', ")
  assert ("Run the command in the folder that holds it, or put that folder on "
          "PYTHONPATH. In bindings string line 1 import own_missing") in text


def test_a_module_beside_the_gin_file_is_pointed_out(here, tmp_path):
  (tmp_path / "own_beside.py").touch()
  (tmp_path / "model.gin").write_text("import own_beside\n")
  with pytest.raises(ImportError, match="It is beside the gin file: run the "
                     f"command in '{tmp_path}', or put that folder on PYTHONP"):
    gin.parse_config_file("../model.gin")


def test_a_package_without_that_module(here):
  (here / "own_package").mkdir()
  (here / "own_package/__init__.py").touch()
  assert fails("from own_package import missing").startswith(
      "No module named 'own_package.missing'. Looked in "
      f"'{here / 'own_package'}'. ")


@pytest.mark.parametrize("line, reason", [
    ("import own_absent", "No module named 'own_absent'"),
    ("from json import nonsense", "cannot import name 'nonsense' from 'json'")])
def test_a_module_that_cannot_be_imported_itself_says_why(here, line, reason):
  (here / "own_broken.py").write_text(f"import gin\n\n{line}\n")
  assert fails("import own_broken").startswith(
      f"import own_broken fails in '{here / 'own_broken.py'}', line 3: "
      f"{reason}")


def test_its_own_traceback_is_kept(here):
  (here / "own_traced.py").write_text("import own_absent\n")
  with pytest.raises(ImportError) as error:
    gin.parse_config("import own_traced")
  assert "own_traced.py" in [entry.path.name for entry in error.traceback]


def test_unknown_imports_can_be_skipped_as_before(here):
  gin.parse_config("import own_skipped", skip_unknown=True)


def test_installing_twice_wraps_once():
  function = gin.config.ParseContext.process_import
  gin_imports.install()
  assert gin.config.ParseContext.process_import is function


def test_a_file_that_includes_itself_is_named(here):
  (here / "one.gin").write_text("include 'two.gin'")
  (here / "two.gin").write_text("include 'one.gin'")
  with pytest.raises(ValueError, match="'one.gin' includes itself. Take the"):
    gin.parse_config_file("one.gin")
  (here / "two.gin").write_text("")
  gin.parse_config_file("one.gin")


@pytest.mark.parametrize("content", [
    b"\xff\xfe", b"# \xe9", b"f.x = [1,"])
def test_a_file_that_is_no_gin_is_named(here, content):
  (here / "bad.gin").write_bytes(content)
  with pytest.raises(ValueError, match="'bad.gin' is not gin: "):
    gin.parse_config_file("bad.gin")


@pytest.mark.parametrize("name", ["folder", "folder/", "none/"])
def test_a_folder_is_no_gin_file(here, name):
  """gin.tf's reader takes a folder for an empty file."""
  (here / "folder").mkdir()
  with pytest.raises(IsADirectoryError, match=f"'{name}' is a folder"):
    gin.parse_config_file(name)
