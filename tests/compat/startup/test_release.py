"""Versions of upstream: wheels, clones and forks that come first on the path.
"""
import os
import pathlib
import subprocess
import sys

import pytest

from sparse_disent.common import explained
from sparse_disent.compat.startup import release

SETUP = "setup(\n    name='{name}',\n    version='{version}',\n)\n"


def add_package(folder):
  (folder / "disentanglement_lib").mkdir()
  (folder / "disentanglement_lib/__init__.py").touch()
  return folder


def add_metadata(folder, version):
  metadata = folder / f"disentanglement_lib-{version}.dist-info" / "METADATA"
  metadata.parent.mkdir()
  metadata.write_text(f"Metadata-Version: 2.1\nName: disentanglement-lib\n"
                      f"Version: {version}\n")


@pytest.fixture
def first(tmp_path, monkeypatch):
  """A folder with another upstream, first on the path."""
  monkeypatch.syspath_prepend(tmp_path)
  # find_spec looks into it first, and upstream is imported already.
  monkeypatch.delitem(sys.modules, "disentanglement_lib")
  return add_package(tmp_path)


def test_the_installed_one_is_used():
  assert release.version() == "1.5"
  assert release.problem() is None


@pytest.mark.parametrize("version", ["0.1", "1.0", "1.4"])
@pytest.mark.parametrize("kind", ["wheel", "clone"])
def test_older_ones_are_named_with_the_cure(first, version, kind):
  if kind == "wheel":
    add_metadata(first, version)
  else:
    (first / "setup.py").write_text(
        SETUP.format(name="disentanglement_lib", version=version))
  with pytest.raises(explained.ExplainedImportError) as error:
    release.check()
  assert str(error.value) == (
      f"This is disentanglement_lib {version}, in "
      f"'{first / 'disentanglement_lib'}'; 1.5 is needed. Run: pip install "
      "--no-deps disentanglement-lib==1.5 (and if that folder is on "
      "PYTHONPATH, take it off).")


@pytest.mark.parametrize("name, version, found", [
    ("disentanglement_lib", "1.5", "1.5"),
    ("disentanglement-lib", "1.6.dev0", "1.6.dev0"),
    ("disentanglement_lib", None, None),
    # A project that holds a copy of upstream's package.
    ("my_thesis", "0.1", None)])
def test_forks_go_on(first, name, version, found):
  if version:
    (first / "setup.py").write_text(SETUP.format(name=name, version=version))
  else:
    (first / "setup.py").write_text(f"setup(name='{name}', **read_version())")
  release.check()
  assert release.version() == found


# What upstream's wheels of 1.4 and 1.5 have in these files.
OLD_TRAIN = "import tensorflow as tf\nimport gin.tf\n"
NEW_TRAIN = OLD_TRAIN.replace("tensorflow", "tensorflow.compat.v1")


def add_train(package, text):
  (package / "methods/unsupervised").mkdir(parents=True)
  (package / "methods/unsupervised/train.py").write_text(text)


def test_a_copy_of_an_older_package_folder_is_recognized(first):
  """It has no setup.py and no metadata."""
  add_train(first / "disentanglement_lib", OLD_TRAIN)
  with pytest.raises(explained.ExplainedImportError) as error:
    release.check()
  assert str(error.value) == (
      "This is disentanglement_lib older than 1.5, in "
      f"'{first / 'disentanglement_lib'}'; 1.5 is needed. Run: pip install "
      "--no-deps disentanglement-lib==1.5 (and if that folder is on "
      "PYTHONPATH, take it off).")


@pytest.mark.parametrize("text, kept", [
    (NEW_TRAIN, ()), (NEW_TRAIN, ("visualize/dendrogram.py",)),
    (OLD_TRAIN, ("evaluation/metrics/unified_scores.py",))])
def test_a_copy_of_the_package_folder_of_a_fork_goes_on(first, text, kept):
  add_train(first / "disentanglement_lib", text)
  for name in kept:
    (first / "disentanglement_lib" / name).parent.mkdir(parents=True)
    (first / "disentanglement_lib" / name).touch()
  assert release.version() is None
  release.check()


def test_none_is_no_problem_of_its_version(monkeypatch):
  monkeypatch.setattr(sys, "path", [])
  monkeypatch.delitem(sys.modules, "disentanglement_lib")
  assert release.folder() is None
  release.check()


@pytest.mark.parametrize("program", [
    ["dlib_train"], ["dlib_evaluate"], ["sparse-disent", "doctor"],
    ["sparse-disent", "compact", "model", "out"]])
@pytest.mark.parametrize("version", ["1.4", "older than 1.5"])
def test_programs_say_it_last(tmp_path, program, version):
  package = add_package(tmp_path)
  if version == "1.4":
    add_metadata(package, version)
  else:
    add_train(package / "disentanglement_lib", OLD_TRAIN)
  path = pathlib.Path(sys.executable).parent / program[0]
  if not path.exists():
    pytest.skip(f"{path} is not installed")
  result = subprocess.run(
      [path, *program[1:]], cwd=tmp_path, text=True, capture_output=True,
      check=False, env={**os.environ, "PYTHONPATH": str(tmp_path)})
  assert result.returncode == 1
  last = (result.stdout + result.stderr).splitlines()[-1]
  assert f"This is disentanglement_lib {version}, in " in last
  assert last.endswith("take it off).")
