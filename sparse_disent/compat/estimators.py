"""The one place where upstream's metrics get their scikit-learn estimators.

Upstream leaves `random_state` out, so that boosted trees and the like draw
from NumPy's global generator: two runs of `dlib_evaluate` differ. `patch` puts
stand-ins in place of the scikit-learn modules that a metric module uses; what
they construct comes from `make`.
"""
import contextlib
import functools
import inspect
import types

# `random_state` of the estimators that upstream gives none.
SEED = 0

# Modules below `disentanglement_lib` that construct estimators with a
# `random_state`, and the names under which they hold scikit-learn's modules.
USERS = {
    "evaluation.metrics.beta_vae": ("linear_model",),
    "evaluation.metrics.dci": ("ensemble",),
    "evaluation.metrics.modularity_explicitness": ("linear_model",),
    "evaluation.metrics.sap_score": ("svm",),
    "evaluation.metrics.utils": ("ensemble", "linear_model"),
}


def seeded(cls, args, kwargs):
  """Constructs an estimator, with a fixed seed where none is given.

  Args:
    cls: class of scikit-learn.
    args: tuple, its positional arguments.
    kwargs: dict, its keyword arguments.

  Returns:
    `cls(*args, **kwargs)`, with `SEED` as a `random_state` that is None.
  """
  estimator = cls(*args, **kwargs)
  if getattr(estimator, "random_state", SEED) is None:
    estimator.set_params(random_state=SEED)
  return estimator


_factory = seeded


def make(cls, args, kwargs):
  """Constructs an estimator with the factory in force; see `made_by`."""
  return _factory(cls, args, kwargs)


@contextlib.contextmanager
def made_by(factory):
  """Lets another factory construct the estimators of upstream's metrics.

  Args:
    factory: function of (cls, args, kwargs), as `seeded` is, that returns what
      upstream is to use as an instance of `cls`.
  """
  global _factory
  before = _factory
  _factory = factory
  try:
    yield
  finally:
    _factory = before


def patch(module):
  """Replaces the scikit-learn modules that one of `USERS` holds."""
  for name in USERS[module.__name__.partition(".")[2]]:
    setattr(module, name, _stand_in(getattr(module, name)))


def _stand_in(module):
  """Returns a namespace like `module`, whose estimators `make` constructs."""
  names = vars(module)
  makers = {name: _maker(value) for name, value in names.items()
            if inspect.isclass(value) and hasattr(value, "fit")}
  return types.SimpleNamespace(**{**names, **makers})


def _maker(cls):

  @functools.wraps(cls, updated=())
  def construct(*args, **kwargs):
    return make(cls, args, kwargs)

  return construct
