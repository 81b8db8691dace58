"""Data sets that users make known by a name."""
import importlib.metadata
import sys

import pytest
from disentanglement_lib.data.ground_truth import dummy_data

from sparse_disent import data
from sparse_disent.data import names


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch):
  monkeypatch.setattr(names, "_registered", {})


@pytest.fixture
def install(tmp_path, monkeypatch):
  """A function that installs a package with entry points for data sets."""

  def run(package, *points):
    metadata = tmp_path / f"{package}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "\n".join(["[sparse_disent.datasets]", *points]))

  monkeypatch.syspath_prepend(tmp_path)
  monkeypatch.setattr(sys, "dont_write_bytecode", True)
  importlib.invalidate_caches()
  return run


def test_registered_from_python():
  data.register("own-1.b_c", dummy_data.DummyData)
  assert names.find("own-1.b_c") is dummy_data.DummyData
  assert names.find("other") is None
  assert names.known() == ["own-1.b_c"]


def test_a_module_may_run_again():

  def define():
    def squares():
      pass
    return squares

  data.register("squares", define())
  again = define()
  data.register("squares", again)
  assert names.find("squares") is again


@pytest.mark.parametrize("name, factory, message", [
    ("two words", print, "must be 1 to 50 letters, .* but is 'two words'"),
    ("x" * 51, print, "must be 1 to 50 letters"),
    (None, print, "but is None"),
    ("shapes3d", print, "'shapes3d' is upstream's: take another name"),
    ("auto", print, "'auto' is upstream's"),
    ("own", 3, "registered with a function that returns it, but got 3"),
    ("taken", print, "registered already, by builtins.len")])
def test_refused(name, factory, message):
  data.register("taken", len)
  with pytest.raises(ValueError, match=message):
    data.register(name, factory)


def test_entry_points(install):
  install("own_package", "own = disentanglement_lib.data.ground_truth."
          "dummy_data:DummyData")
  assert names.find("own") is dummy_data.DummyData
  assert names.known() == ["own"]


def test_entry_points_that_cannot_be_loaded(install):
  install("own_package", "own = nobodys_module:Data")
  with pytest.raises(ImportError, match="'own' is the entry point 'nobodys_mod"
                     "ule:Data', which cannot be loaded: No module named"):
    names.find("own")


def test_two_packages_with_one_name(install):
  install("one", "own = builtins:len")
  install("two", "own = builtins:abs")
  with pytest.raises(ValueError, match="Several packages state the data set "
                     "'own': builtins:abs, builtins:len. Uninstall"):
    names.find("own")


def test_what_is_no_data():
  dummy = dummy_data.DummyData()
  assert names.check_data(dummy, "it") is dummy
  with pytest.raises(ValueError, match="it must be upstream's GroundTruthData, "
                     "but is 3, which has no sample, sample_factors, "):
    names.check_data(3, "it")
