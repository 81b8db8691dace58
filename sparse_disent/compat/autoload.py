"""Loads sparse_disent when `disentanglement_lib` is first imported.

Every Python process of an environment that has sparse_disent installed runs
the text of this file at its start: setup.py turns it into
`sparse_disent_autoload.pth`. So it imports only `sys` before upstream is asked
for, and importing it a second time changes nothing.
"""
import sys


class UpstreamFinder:
  """Finds upstream's modules as usual and runs our code once each is loaded.

  Upstream itself brings in sparse_disent; a submodule that
  `sparse_disent.compat.upstream` has a patch for gets that patch.
  """

  @classmethod
  def find_spec(cls, name, path=None, target=None):
    """Returns the spec of an upstream module, or None for all others."""
    top, _, submodule = name.partition(".")
    if top != "disentanglement_lib":
      return None
    upstream = sys.modules.get("sparse_disent.compat.upstream")
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


def _register():
  import sparse_disent
  sparse_disent.register()


def install():
  """Puts the finder first on `sys.meta_path`, in place of an earlier one."""
  sys.meta_path[:] = [UpstreamFinder] + [
      finder for finder in sys.meta_path
      if getattr(finder, "__name__", "") != UpstreamFinder.__name__]


install()
