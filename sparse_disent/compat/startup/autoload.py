"""Loads sparse_disent when `disentanglement_lib` is first imported.

Scripts may import modules that only work with sparse_disent before upstream:
those of TensorFlow 1, `gin.tf`, and `tensorflow_hub`. They load it as well.

Every Python process of an environment that has sparse_disent installed runs
the text of this file at its start: setup.py turns it into
`sparse_disent_autoload.pth`. So it imports only `sys` before it is asked for
one of these, and importing it a second time changes nothing.
"""
import sys

# Modules of TensorFlow 1. The longest is the one that is asked for where
# `tensorflow.compat.v1` has another name of its own.
_TENSORFLOW_1 = tuple(
    f"{parent}.{child}" for child in ("contrib", "estimator") for parent in (
        "tensorflow", "tensorflow.compat.v1", "tensorflow._api.v2.compat.v1"
    )) + ("tensorflow_estimator",)


class UpstreamFinder:
  """Finds upstream's modules as usual and runs our code once each is loaded.

  Upstream itself brings in sparse_disent; a submodule that
  `sparse_disent.compat.startup.upstream` has a patch for gets that patch.
  """

  @classmethod
  def find_spec(cls, name, path=None, target=None):
    """Returns the spec of a module that needs us, or None for all others."""
    top, _, submodule = name.partition(".")
    if top != "disentanglement_lib":
      return cls._find_earlier(name, path, target)
    upstream = sys.modules.get("sparse_disent.compat.startup.upstream")
    spec = cls._find_as_usual(name, path, target)
    if spec is None:
      if upstream is not None:
        upstream.explain_missing(submodule)
    elif not submodule:
      _run_after(spec.loader, lambda module: _register())
    elif upstream is not None:
      upstream.prepare(submodule, spec.loader)
      if submodule in upstream.PATCHES:
        _run_after(spec.loader, upstream.PATCHES[submodule])
    return spec

  @classmethod
  def _find_earlier(cls, name, path, target):
    """Answers for what scripts import before upstream."""
    if name.startswith(_TENSORFLOW_1):
      return (cls._find_as_usual(name, path, target)
              or _spec_of_tensorflow_1(name))
    if name not in ("gin.tf", "tensorflow_hub"):
      return None
    spec = cls._find_as_usual(name, path, target)
    if spec is not None and (name == "gin.tf" or
                             not _has_pkg_resources()):
      _run_around(spec.loader)
    return spec

  @classmethod
  def _find_as_usual(cls, name, path, target):
    for finder in sys.meta_path:
      if getattr(finder, "__name__", "") != cls.__name__:
        spec = finder.find_spec(name, path, target)
        if spec is not None:
          return spec
    return None


def _run_after(loader, function):
  load = loader.exec_module

  def load_and_run(module):
    load(module)
    function(module)

  loader.exec_module = load_and_run


def _run_around(loader):
  load = loader.exec_module

  def load_with_ours(module):
    _register()
    from sparse_disent.compat.startup import tensorflow1
    with tensorflow1.pkg_resources_stub():
      load(module)

  loader.exec_module = load_with_ours


def _has_pkg_resources():
  """Setuptools 81 dropped it, and tensorflow_hub asks for it."""
  from importlib import util
  return "pkg_resources" in sys.modules or bool(util.find_spec("pkg_resources"))


class _Made:
  """Loads a module that is in `sys.modules` already."""

  @staticmethod
  def create_module(spec):
    return sys.modules[spec.name]

  @staticmethod
  def exec_module(module):
    pass


def _spec_of_tensorflow_1(name):
  """Returns the spec of a stand-in; raises for one that there is not."""
  _register()
  if name in sys.modules:
    from importlib import machinery
    return machinery.ModuleSpec(name, _Made)
  contrib = sys.modules.get("sparse_disent.compat.startup.contrib")
  return contrib and contrib.explain_missing(name)


def _register():
  import sparse_disent
  sparse_disent.register()


def install():
  """Puts the finder first on `sys.meta_path`, in place of an earlier one."""
  sys.meta_path[:] = [UpstreamFinder] + [
      finder for finder in sys.meta_path
      if getattr(finder, "__name__", "") != UpstreamFinder.__name__]


install()
