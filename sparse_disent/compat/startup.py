"""Keeps upstream from loading what it hardly ever uses: a third of its start.
"""
import importlib
import os
import sys
import types


def choose_keras_2():
  """Spares upstream's scripts Keras 3; call it before TensorFlow is imported.

  TensorFlow loads the Keras that `tf.keras` is. In these scripts it is Keras 2,
  as when upstream was written; other programs that import upstream keep theirs.
  """
  program = os.path.basename(sys.argv[0]) if sys.argv else ""
  if program.startswith("dlib_"):
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")


class LoadedWhenUsed(types.ModuleType):
  """Stands in for a module and imports it when something of it is used."""

  def __getattr__(self, name):
    return getattr(importlib.import_module(self.__name__), name)


def lend(name):
  """Makes the next `import name` bind a stand-in, if it is not loaded yet."""
  if name not in sys.modules:
    sys.modules[name] = LoadedWhenUsed(name)


def take_back(name):
  """Makes further imports of a module that was lent load it as usual."""
  if isinstance(sys.modules.get(name), LoadedWhenUsed):
    del sys.modules[name]
