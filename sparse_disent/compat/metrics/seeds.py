"""The seed of the metric that runs, for whatever upstream leaves unseeded."""
import contextlib
import functools
import inspect
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import numpy as np

# Seed outside of metrics.
DEFAULT = 0

_seed = DEFAULT


def current() -> int:
  """Returns the seed of the running metric, in [0, 2**32)."""
  return _seed


@contextlib.contextmanager
def taken_from(random_state: Any) -> Iterator[None]:
  """Takes the seed from a random state, for the time of a context.

  The first word of the state of a Mersenne twister that nothing has been drawn
  from is its seed. Later it is one of its random numbers.

  Args:
    random_state: `np.random.RandomState`. Others leave the seed as it is.
  """
  global _seed
  before = _seed
  if isinstance(random_state, np.random.RandomState):
    state = random_state.get_state(legacy=False)
    if state["bit_generator"] == "MT19937":
      _seed = int(state["state"]["key"][0])
  try:
    yield
  finally:
    _seed = before


def governed(
    compute: Callable[..., dict[Any, Any]]) -> Callable[..., dict[Any, Any]]:
  """Returns a metric whose classifiers have the seed of its `random_state`."""
  signature = inspect.signature(compute)

  @functools.wraps(compute)
  def compute_governed(*args, **kwargs):
    call = signature.bind(*args, **kwargs)
    with taken_from(call.arguments.get("random_state")):
      return compute(*args, **kwargs)

  return compute_governed
