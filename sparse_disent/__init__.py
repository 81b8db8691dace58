"""Sparse, gated and grouped models for disentanglement_lib.

After `import sparse_disent` disentanglement_lib 1.5 runs on current TensorFlow
and gin knows every component of this package, so that a gin file needs no more
than the line `import sparse_disent`. The import itself loads no TensorFlow:
`sparse_disent.compat.startup.registration` says when that comes.
"""
import importlib as _importlib
from typing import Any as _Any

from sparse_disent.compat.startup import autoload as _autoload
from sparse_disent.compat.startup import registration as _registration

__version__ = "0.1.0"

_ROOMS = ("data", "evaluation", "export", "layers", "metrics", "models", "ops",
          "postprocessing", "trained")
# Names that users write in Python, and the rooms that have them.
_NAMES = {
    **dict.fromkeys(
        ("CategoricalLatent", "ChannelMask", "HardConcreteGate", "L0Pair",
         "L1Gate", "MagnitudeGate", "RandomGate", "TicketGate"), "layers"),
    **dict.fromkeys(
        ("CapacityVAE", "SparseVAE", "grouped_encoder", "masked_conv_encoder",
         "masked_deconv_decoder", "masked_fc_decoder", "masked_fc_encoder",
         "warm_up"), "models"),
    **dict.fromkeys(
        ("TrainedModel", "draw_masks", "draw_mutual_information",
         "draw_reconstructions", "draw_traversals", "load"), "trained"),
}
__all__ = ["register", *_ROOMS, *_NAMES]
_registered = False


def register() -> None:
  """Installs compat and registers all components with gin, once."""
  global _registered
  if _registered:
    return
  from sparse_disent import compat
  from sparse_disent.compat.startup import lazy_modules
  from sparse_disent.compat.startup import release
  if lazy_modules.is_upstreams_script():
    from sparse_disent.compat.startup import scripts
    scripts.install()
  release.check()
  _registered = True
  with lazy_modules.registering():
    compat.install()
    import gin
    with gin.unlock_config():
      from sparse_disent import layers  # noqa: F401
      from sparse_disent import metrics  # noqa: F401
      from sparse_disent import models  # noqa: F401
      from sparse_disent import postprocessing  # noqa: F401
      from sparse_disent.data import registry
    registry.install()
  from sparse_disent.compat.startup import resuming
  from sparse_disent.compat.startup import studies
  from sparse_disent.results import steps
  resuming.has_results = steps.is_done
  studies.FURTHER.append(_add_studies)


def _add_studies(upstreams: _Any) -> None:
  from sparse_disent.study import catalogue
  catalogue.add_to(upstreams)


def __getattr__(name: str) -> _Any:
  """Imports a room, or the room that has a name, when it is first used."""
  if name in _ROOMS:
    return _importlib.import_module(f"{__name__}.{name}")
  if name in _NAMES:
    room = _importlib.import_module(f"{__name__}.{_NAMES[name]}")
    return getattr(room, name)
  raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
  """Lists also what is not imported yet."""
  return sorted({*globals(), *__all__})


_autoload.install()
_registration.install()
