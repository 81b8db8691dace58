"""Sparse, gated and grouped models for disentanglement_lib.

`import sparse_disent` makes disentanglement_lib 1.5 run on current TensorFlow
and registers every component of this package with gin, so that a gin file
needs no more than the line `import sparse_disent`.
"""
import os as _os
import sys as _sys

from sparse_disent.compat import autoload as _autoload

__version__ = "0.1.0"

_autoload.install()
_registered = False


def register():
  """Installs compat and registers all components with gin, once."""
  global _registered
  if _registered:
    return
  from sparse_disent import compat
  from sparse_disent.compat import release
  from sparse_disent.compat import startup
  release.check()
  _registered = True
  with startup.registering():
    compat.install()
    from sparse_disent import layers  # noqa: F401
    from sparse_disent import metrics  # noqa: F401
    from sparse_disent import models  # noqa: F401
    from sparse_disent import postprocessing  # noqa: F401
    from sparse_disent.data import registry
    registry.install()


def _is_our_command():
  """Tells whether this process is `sparse-disent` or `python -m sparse_disent`.

  It starts without TensorFlow; its commands call register() if they need it.
  """
  program = _os.path.basename((_sys.argv or [""])[0])
  return program == "sparse-disent" or (
      program == "-m" and "sparse_disent" in _sys.orig_argv)


if not _is_our_command():
  register()
