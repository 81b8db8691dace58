"""Readings of sources, against gin's own registry of imported packages."""
import importlib
import inspect
import pathlib
import pkgutil

import disentanglement_lib
import gin
import pytest

import sparse_disent
from sparse_disent.reference import configurables

FOUND = configurables.find_all()
PACKAGES = tuple(
    str(pathlib.Path(package.__file__).parent)
    for package in (sparse_disent, disentanglement_lib))


def registered():
  """Configurables of both packages in gin's registry, by name.

  A test's own function that wraps one of them bears its module's name: the file
  tells where a function is from.
  """
  import_upstream()
  return {found.name: found for _, found in gin.config._REGISTRY.items()
          if found.wrapped.__module__.startswith(
              ("sparse_disent.", "disentanglement_lib."))
          and inspect.getfile(found.wrapped).startswith(PACKAGES)}


def import_upstream():
  for module in pkgutil.walk_packages(
      disentanglement_lib.__path__, "disentanglement_lib."):
    if not module.name.endswith("_test") and ".bin" not in module.name and (
        "abstract_reasoning" not in module.name):
      importlib.import_module(module.name)


def parameters_of(found):
  """Names of parameters that gin may bind, and their defaults."""
  parameters = inspect.signature(found.wrapped).parameters
  return {
      name: parameter.default for name, parameter in parameters.items()
      if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
      and name not in (found.denylist or ())
      and (found.allowlist is None or name in found.allowlist)}


def test_each_name_of_gins_registry_is_found_with_its_parameters():
  known = registered()
  assert len(known) > 80 and {"l0_pair", "mig", "correlated"} <= set(known)
  for name, found in known.items():
    if found.module.startswith(("contributing", "__main__")):
      continue
    assert name in FOUND, name
    actual = {each.name: each for each in FOUND[name].parameters}
    expected = parameters_of(found)
    assert list(actual) == list(expected), name
    for parameter, default in expected.items():
      text = actual[parameter].default
      assert (text is None) == (
          default is gin.REQUIRED or default is inspect.Parameter.empty), name
      if isinstance(default, (bool, int, str, list)):
        assert text == repr(default), (name, parameter)


def test_each_of_ours_says_what_it_is_and_what_its_parameters_mean():
  for name, found in FOUND.items():
    if found.is_ours:
      assert found.summary.endswith("."), name
      for parameter in found.parameters:
        assert len(parameter.meaning) > 5, (name, parameter.name)


def test_names_as_gin_files_write_them():
  for name in ("l0_pair", "@l0_pair()", "@a/b/l0_pair", "layers.l0_pair"):
    assert configurables.get(name).name == "l0_pair"
  assert configurables.get("l0_pair").is_class
  assert not configurables.get("mic").is_class
  assert not configurables.get("mig").is_ours


def test_a_name_that_is_not_there():
  with pytest.raises(ValueError, match="no configurable 'l0_pear' .*'l0_pair'"):
    configurables.get("l0_pear")


def test_without_upstream_ours_are_found(monkeypatch):
  configurables.find_all.cache_clear()
  monkeypatch.setattr(configurables, "_upstream", lambda: None)
  assert all(found.is_ours for found in configurables.find_all().values())
  configurables.find_all.cache_clear()


def test_upstream_is_found_where_python_finds_it():
  assert configurables._upstream() == pathlib.Path(
      disentanglement_lib.__file__).parent
