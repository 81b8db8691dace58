"""Registers our components when they are needed, which loads TensorFlow.

`import sparse_disent` does not load TensorFlow. After it, the function
`sparse_disent.register` is called as soon as a program does one of these:

* It imports upstream; see `autoload`.
* It imports TensorFlow. So all additions of `compat` are there from the start.
* It imports one of our modules that need TensorFlow.
* It asks gin for a name that gin does not know, in a gin file or in Python.
"""
import contextlib
import copy
import sys
from typing import Any

# Packages and modules that need TensorFlow, and exceptions from them.
_HEAVY = ("compat", "data.mnist", "data.registry", "evaluation", "export",
          "layers", "metrics", "models", "ops", "postprocessing", "trained")
_LIGHT = ("compat.ledger", "compat.patching", "compat.speed.boosted_trees",
          "compat.speed.fits", "compat.speed.machine",
          "compat.speed.tied_sums", "compat.speed.tree_growing",
          "compat.speed.workers",
          "compat.startup.autoload", "compat.startup.directories",
          "compat.startup.flag_checks", "compat.startup.gin_errors",
          "compat.startup.gin_imports", "compat.startup.import_notices",
          "compat.startup.lazy_modules", "compat.startup.python",
          "compat.startup.quiet", "compat.startup.registration",
          "compat.startup.release", "compat.startup.scripts")


class Finder:
  """Finder of modules that runs functions before or after some are loaded."""

  @classmethod
  def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:
    """Returns the spec of a module, or None to leave it to other finders."""
    if name in ("gin", "tensorflow"):
      spec = _find_as_usual(name, path, target)
      if spec is not None and name == "gin":
        _run_around(spec.loader, after=_mend_gin)
      elif spec is not None:
        _run_around(spec.loader, within=_prepared, after=_register)
      return spec
    if is_heavy(name):
      _register()
      if name in sys.modules:
        return _spec_of_loaded(sys.modules[name])
    return None


class _Loaded:
  """Loader that returns a module which is loaded already."""

  def __init__(self, module):
    self._module, self._spec = module, module.__spec__

  def create_module(self, unused_spec):
    return self._module

  def exec_module(self, module):
    module.__spec__ = self._spec


def install() -> None:
  """Puts the finder first; acts at once on modules that are loaded already."""
  sys.meta_path.insert(0, Finder)
  if sys.modules.get("gin") is not None:
    _mend_gin()
  if sys.modules.get("tensorflow") is not None:
    _register()


def is_heavy(name: str) -> bool:
  """Tells whether a module of ours needs TensorFlow."""
  package, _, name = name.partition(".")
  return (package == "sparse_disent"
          and any(_is_in(name, place) for place in _HEAVY)
          and not any(_is_in(place, name) for place in _LIGHT))


def _is_in(name, place):
  return name == place or name.startswith(f"{place}.")


def _find_as_usual(name, path, target):
  for finder in sys.meta_path:
    if finder is not Finder:
      spec = finder.find_spec(name, path, target)
      if spec is not None:
        return spec
  return None


def _spec_of_loaded(module):
  spec = copy.copy(module.__spec__)
  spec.loader = _Loaded(module)
  return spec


def _run_around(loader, after, within=contextlib.nullcontext):
  load = loader.exec_module

  def load_and_run(module):
    with within():
      load(module)
    after()

  loader.exec_module = load_and_run


@contextlib.contextmanager
def _prepared():
  from sparse_disent import compat
  from sparse_disent.compat.startup import import_notices
  with import_notices.dropped():  # What the user set is asked for here.
    compat.prepare()
    yield


def _register():
  import sparse_disent
  sparse_disent.register()


def _mend_gin():
  """Lets gin find our gin files, and registers our components if needed."""
  import gin

  from sparse_disent.compat.startup import gin_imports
  from sparse_disent.compat.startup import python
  python.install()
  gin_imports.install()
  gin.config._REGISTRY.__class__ = _registry_class()


def _registry_class():
  """Makes a subclass of gin's registry that registers unknown names."""
  from gin import selector_map

  class Registry(selector_map.SelectorMap):

    def matching_selectors(self, partial_selector):
      found = super().matching_selectors(partial_selector)
      if not found:
        _register()
        found = super().matching_selectors(partial_selector)
      return found

  return Registry
