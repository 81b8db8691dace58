"""The one place where upstream's metrics get their scikit-learn classifiers.

Upstream leaves `random_state` out, so that boosted trees and the like draw
from NumPy's global generator: two runs of `dlib_evaluate` differ. `patch` puts
stand-ins in place of the scikit-learn modules that a metric module uses; the
classifiers that these construct come from `make`, in a `TolerantClassifier`.
"""
import contextlib
import functools
import inspect

from sparse_disent.compat import ledger
from sparse_disent.compat import patching
from sparse_disent.compat.metrics import tolerant_classifier

# `random_state` of the classifiers that upstream gives none.
SEED = 0

# Parameters that upstream leaves out and whose defaults differ between versions
# of scikit-learn (some are "warn", to announce that): what to use in all.
STATED = {"dual": "auto", "l1_ratios": (0,), "scoring": None,
          "use_legacy_attributes": False}

# Modules below `disentanglement_lib` that construct classifiers, and the names
# under which they hold scikit-learn's modules.
USERS = {
    "evaluation.metrics.beta_vae": ("linear_model",),
    "evaluation.metrics.dci": ("ensemble",),
    "evaluation.metrics.modularity_explicitness": ("linear_model",),
    "evaluation.metrics.sap_score": ("svm",),
    "evaluation.metrics.utils": ("ensemble", "linear_model"),
}


def seeded(cls, args, kwargs):
  """Constructs a classifier, with a fixed seed where none is given.

  Args:
    cls: class of scikit-learn.
    args: tuple, its positional arguments.
    kwargs: dict, its keyword arguments.

  Returns:
    `cls(*args, **kwargs)` with `SEED` as a `random_state` that is None, and
    with what is `STATED` for parameters left out whose default is a word.
  """
  estimator = cls(*args, **kwargs)
  parameters = estimator.get_params(deep=False)
  if parameters.get("random_state", SEED) is None:
    estimator.set_params(random_state=SEED)
  return estimator.set_params(**{
      name: value for name, value in STATED.items()
      if isinstance(parameters.get(name), str) and name not in kwargs})


_factory = seeded


def make(cls, args, kwargs):
  """Constructs a classifier with the factory in force; see `made_by`."""
  return _factory(cls, args, kwargs)


@contextlib.contextmanager
def made_by(factory):
  """Lets another factory construct the classifiers of upstream's metrics.

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
    entry = ledger.entry(f"{module.__name__}:{name}", ledger.STAND_IN)
    if hasattr(module, name):
      setattr(module, name, _StandIn(getattr(module, name)))
    else:
      patching.left_alone(entry.name, entry.kind)


class _StandIn:
  """A module of scikit-learn whose classifiers `make` constructs."""

  def __init__(self, module):
    self._module = module

  def __getattr__(self, name):
    value = getattr(self._module, name)
    if _is_classifier(value):
      value = _maker(value)
      setattr(self, name, value)  # One function for each class.
    return value


def _is_classifier(value):
  if not inspect.isclass(value):
    return False
  from sklearn import base
  return issubclass(value, base.ClassifierMixin)


def _maker(cls):

  class Made(cls):
    """A class to derive from; what it constructs itself comes from `make`."""

    def __new__(made, *args, **kwargs):
      if made is Made:
        return tolerant_classifier.TolerantClassifier(make, cls, args, kwargs)
      return super().__new__(made)

  return functools.update_wrapper(Made, cls, updated=())
