"""Construction of the scikit-learn classifiers that upstream's metrics use.

Upstream leaves `random_state` out, so that boosted trees and the like draw
from NumPy's global generator: two runs of `dlib_evaluate` differ. `patch`
replaces the scikit-learn modules that a metric module holds by stand-ins. A
stand-in constructs classifiers by `make`, each in a `TolerantClassifier`.
"""
import contextlib
import functools
import inspect
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sparse_disent.compat import ledger
from sparse_disent.compat import patching
from sparse_disent.compat.metrics import seeds
from sparse_disent.compat.metrics import tolerant_classifier

# Values for parameters that upstream leaves out and whose defaults differ
# between versions of scikit-learn. Where a change is to come, the default is a
# string such as "warn".
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


def seeded(cls: Callable[..., Any], args: Sequence[Any],
           kwargs: Mapping[str, Any]) -> Any:
  """Constructs a classifier, with the metric's seed where none is given.

  Args:
    cls: class of scikit-learn.
    args: tuple, its positional arguments.
    kwargs: dict, its keyword arguments.

  Returns:
    `cls(*args, **kwargs)`, with three changes. If its `random_state` is None,
    it is the seed of the running metric. If a parameter of `STATED` was left
    out and has a string as its default, it has the value stated there. Boosted
    trees are of a subclass that grows the same trees faster.
  """
  estimator = _faster(cls)(*args, **kwargs)
  parameters = estimator.get_params(deep=False)
  if parameters.get("random_state", ...) is None:
    estimator.set_params(random_state=seeds.current())
  return estimator.set_params(**{
      name: value for name, value in STATED.items()
      if isinstance(parameters.get(name), str) and name not in kwargs})


def _faster(cls):
  from sklearn import ensemble
  if cls is not ensemble.GradientBoostingClassifier:
    return cls
  from sparse_disent.compat.speed import boosted_trees
  return boosted_trees.classifier()


_factory = seeded


def make(cls: Callable[..., Any], args: Sequence[Any],
         kwargs: Mapping[str, Any]) -> Any:
  """Constructs a classifier with `seeded`, or the factory of `made_by`."""
  return _factory(cls, args, kwargs)


@contextlib.contextmanager
def made_by(factory: Callable[..., Any]) -> Iterator[None]:
  """Lets another factory construct the classifiers of upstream's metrics.

  Args:
    factory: function of (cls, args, kwargs), like `seeded`. It returns the
      object that upstream uses as an instance of `cls`.
  """
  global _factory
  before = _factory
  _factory = factory
  try:
    yield
  finally:
    _factory = before


def patch(module: Any) -> None:
  """Replaces the scikit-learn modules that a module of `USERS` holds."""
  for name in USERS[module.__name__.partition(".")[2]]:
    entry = ledger.entry(f"{module.__name__}:{name}", ledger.STAND_IN)
    if hasattr(module, name):
      setattr(module, name, _StandIn(getattr(module, name)))
    else:
      patching.left_alone(entry.name, entry.kind)


class _StandIn:
  """A module of scikit-learn whose classifiers are constructed by `make`."""

  def __init__(self, module):
    self._module = module

  def __getattr__(self, name):
    value = getattr(self._module, name)
    if _is_classifier(value):
      value = _maker(value)
      setattr(self, name, value)  # One subclass for each class.
    return value


def _is_classifier(value):
  if not inspect.isclass(value):
    return False
  from sklearn import base
  return issubclass(value, base.ClassifierMixin)


def _maker(cls):

  class Made(cls):
    """Constructs a `TolerantClassifier`; can be derived from like `cls`."""

    def __new__(made, *args, **kwargs):
      if made is Made:
        return tolerant_classifier.TolerantClassifier(make, cls, args, kwargs)
      return super().__new__(made)

  return functools.update_wrapper(Made, cls, updated=())
