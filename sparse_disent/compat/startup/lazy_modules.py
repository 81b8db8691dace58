"""Keeps upstream's start short: modules are loaded when they are used."""
import contextlib
import gc
import importlib
import importlib.metadata
import os
import sys
import types


def is_upstreams_script() -> bool:
  """Tells whether this process runs one of upstream's scripts, and no other.

  The file that runs tells, not what the program is called: it is one of those
  that were installed with upstream.
  """
  program = getattr(sys.modules["__main__"], "__file__", None) or ""
  try:
    files = importlib.metadata.files("disentanglement-lib") or ()
  except importlib.metadata.PackageNotFoundError:
    return False
  return os.path.exists(program) and any(
      os.path.exists(file.locate()) and os.path.samefile(
          file.locate(), program)
      for file in files if file.name == os.path.basename(program))


def choose_keras_2() -> None:
  """Spares upstream's scripts Keras 3; call it before TensorFlow is imported.

  TensorFlow loads the Keras that `tf.keras` is. In these scripts it is Keras 2,
  as when upstream was written; other programs that import upstream keep theirs.
  """
  if is_upstreams_script():
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")


@contextlib.contextmanager
def registering():
  """Spares upstream's scripts what costs them time and memory at the start.

  Keras imports pandas in case it is handed a data frame; it is loaded if one
  asks for it. Other programs are left alone.
  """
  if not is_upstreams_script():
    yield
    return
  with _modules_kept(), imported_when_used("pandas"):
    yield


@contextlib.contextmanager
def _modules_kept():
  """Stops the search for garbage among what is imported.

  Half a million objects come with the modules and stay; Python would look
  through all of them again and again, 0.7 s by the first step. A program may
  have garbage of its own by now, which would stay, too.
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
  """Stands in for a module and imports it when something of it is used."""

  __path__ = []  # `from package import module` looks at it: that is no use.

  def __getattr__(self, name):
    package = self.__name__.partition(".")[0]
    if _stands_in(package):  # Used within the context: it stands in no more.
      for module in list(sys.modules):
        if module.partition(".")[0] == package and _stands_in(module):
          del sys.modules[module]
    return getattr(importlib.import_module(self.__name__), name)


def _stands_in(name):
  return isinstance(sys.modules.get(name), LoadedWhenUsed)


@contextlib.contextmanager
def imported_when_used(*names: str):
  """Makes imports of modules within the context bind stand-ins.

  A package that is loaded already gets none. Of a package that has one, no
  other modules can be imported within the context by their dotted names.

  Args:
    *names: Names of modules, each after that of the package it is in.
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
