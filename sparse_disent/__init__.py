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
  _registered = True
  from sparse_disent import compat
  compat.install()
  from sparse_disent import layers  # noqa: F401
  from sparse_disent import models  # noqa: F401
  from sparse_disent.data import registry
  registry.install()


# Our own command starts without TensorFlow; its subcommands call register()
# when they need it.
if _os.path.basename((_sys.argv or [""])[0]) != "sparse-disent":
  register()
