"""Upstream's evaluation, with codes that have been computed already."""
import contextlib
import functools
import time
from collections.abc import Callable
from collections.abc import Iterator

import numpy as np
import tensorflow_hub as hub
from disentanglement_lib.evaluation import evaluate

from sparse_disent.compat import patching


@contextlib.contextmanager
def representation(function: Callable[[np.ndarray], np.ndarray]
                   ) -> Iterator[None]:
  """Makes upstream's `evaluate` call a function instead of a module.

  Everything else stays upstream's own code, and so do its random numbers. A
  fork's `evaluate` gets the real module if it asks for another signature, or
  opens the module in another way.

  Args:
    function: Function from observations `[num_points, ...]` to codes
      `[num_points, num_latent]`.
  """
  with patching.temporarily(
      evaluate, "hub", eval_function_for_module=_opener(function)):
    yield


def _opener(function):
  """Returns an `eval_function_for_module` whose codes come from `function`."""

  @contextlib.contextmanager
  def eval_function_for_module(spec, tags=None):
    with contextlib.ExitStack() as stack:
      module = functools.cache(lambda: stack.enter_context(
          hub.eval_function_for_module(spec, tags=tags)))

      def call(inputs=None, *, signature=None, as_dict=None):
        if signature not in ("representation", "default", None):
          return module()(inputs, signature=signature, as_dict=as_dict)
        images = inputs["images"] if isinstance(inputs, dict) else inputs
        codes = function(images)
        return {"default": codes} if as_dict else codes

      yield call

  return eval_function_for_module


@contextlib.contextmanager
def start_time(start: float) -> Iterator[None]:
  """Makes the `elapsed_time` of a result count from an earlier time.

  Args:
    start: Float, seconds, as `time.time()` returned them then.
  """
  readings = iter([start])
  with patching.temporarily(
      evaluate, "time", time=lambda: next(readings, time.time())):
    yield
