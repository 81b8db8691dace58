"""Shortens the start and the end of scripts, ours and upstream's."""
import contextlib
import gc
import importlib
import importlib.metadata
import os
import sys
import types
from collections.abc import Iterator
from typing import Any


def is_script() -> bool:
  """Tells whether this process runs our command, or one of upstream's scripts.

  Only then is the whole process ours to arrange.
  """
  return _is_script_of("sparse-disent") or is_upstreams_script()


def is_upstreams_script(name: str | None = None) -> bool:
  """Tells whether this process runs one of upstream's scripts, and no other.

  Args:
    name: Name of a script; None for any of them.
  """
  return _is_script_of("disentanglement-lib", name)


def _is_script_of(package, name=None):
  """Tells whether the program is a file that was installed with a package.

  Its name alone is not enough. A checkout on the path is one more distribution
  of the package, without scripts.
  """
  program = getattr(sys.modules["__main__"], "__file__", None) or ""
  if not os.path.exists(program) or (
      name not in (None, os.path.basename(program))):
    return False
  return any(
      os.path.exists(file.locate()) and os.path.samefile(
          file.locate(), program)
      for found in importlib.metadata.distributions(name=package)
      for file in found.files or () if file.name == os.path.basename(program))


def choose_keras_2() -> None:
  """Makes scripts load Keras 2 and not Keras 3.

  Call it before TensorFlow is imported, which loads one of the two as
  `tf.keras`. Upstream was written for Keras 2. Other programs that import
  upstream keep their version.
  """
  if is_script():
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")


# The parts of scikit-learn that our metrics import.
_SKLEARN = ("sklearn", *(f"sklearn.{part}" for part in (
    "ensemble", "exceptions", "feature_selection", "linear_model", "metrics",
    "preprocessing")))


@contextlib.contextmanager
def registering() -> Iterator[None]:
  """Saves scripts time and memory while our modules are loaded.

  Keras imports pandas only to recognize data frames, and our metrics use
  scikit-learn only when they are computed. Within this context neither is
  loaded before it is used. Other programs are not changed.
  """
  if not is_script():
    yield
    return
  with _modules_kept(), imported_when_used("pandas", *_SKLEARN):
    yield


@contextlib.contextmanager
def _modules_kept():
  """Exempts the objects of imported modules from garbage collection.

  The modules create half a million objects, which stay. Python would search
  them for garbage again and again, which takes 0.7 s up to the first step, and
  once more at its end, which takes 1.4 s. Garbage that exists already is never
  freed, so this is for scripts that have just started.
  """
  if not gc.isenabled():
    yield
    return
  gc.disable()
  try:
    yield
    gc.freeze()
  finally:
    gc.enable()


class LoadedWhenUsed(types.ModuleType):
  """Stand-in for a module; imports it when one of its names is used."""

  __path__ = []  # `from package import module` reads it: this is not a use.

  def __getattr__(self, name: str) -> Any:
    package = self.__name__.partition(".")[0]
    if _stands_in(package):  # Used within the context: remove the stand-ins.
      for module in list(sys.modules):
        if module.partition(".")[0] == package and _stands_in(module):
          del sys.modules[module]
    return getattr(importlib.import_module(self.__name__), name)


def _stands_in(name):
  return isinstance(sys.modules.get(name), LoadedWhenUsed)


@contextlib.contextmanager
def imported_when_used(*names: str) -> Iterator[None]:
  """Makes imports within the context bind stand-ins of modules.

  A package that is loaded already gets no stand-in. If a package has one, only
  the listed modules of it can be imported by dotted names within the context.

  Args:
    *names: Names of modules; a package comes before its modules.
  """
  stand_ins = {}
  for name in names:
    package, _, child = name.rpartition(".")
    if name not in sys.modules and (not package or _stands_in(package)):
      sys.modules[name] = stand_ins[name] = LoadedWhenUsed(name)
      if package:
        setattr(sys.modules[package], child, stand_ins[name])
  try:
    yield
  finally:
    for name, stand_in in stand_ins.items():
      if sys.modules.get(name) is stand_in:
        del sys.modules[name]
