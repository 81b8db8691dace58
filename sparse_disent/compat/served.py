"""Upstream's evaluation with a data set and codes that are already there."""
import contextlib
import inspect
import time
from unittest import mock

import gin
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.evaluation import evaluate

from sparse_disent.compat import patching


@contextlib.contextmanager
def served(data, representation_function):
  """Makes upstream's `evaluate` use these instead of loading its own.

  Everything else, what it draws included, stays upstream's own code, or that of
  a fork.

  Args:
    data: GroundTruthData, whatever `dataset.name` is.
    representation_function: Function from observations to codes.
  """
  record = _recording(named_data.get_named_ground_truth_data)

  def get_named_ground_truth_data(*args, **kwargs):
    record(*args, **kwargs)
    return data

  with mock.patch.object(
      named_data, "get_named_ground_truth_data", get_named_ground_truth_data), \
      patching.lent(evaluate, "hub", eval_function_for_module=_module(
          representation_function)):
    yield


def _recording(configurable):
  """Returns what gin takes for a configurable, and does nothing.

  gin records the parameters of what was called, which become part of results.
  """
  registered = gin.config._inverse_lookup(configurable, allow_decorators=True)
  if registered is None:
    return lambda *unused_args, **unused_kwargs: None

  def nothing(*unused_args, **unused_kwargs):
    pass

  nothing.__signature__ = inspect.signature(registered.wrapped)
  was_interactive = gin.config._INTERACTIVE_MODE
  gin.enter_interactive_mode()
  try:
    with gin.unlock_config():
      return gin.configurable(
          registered.name, module=registered.module,
          allowlist=registered.allowlist, denylist=registered.denylist)(nothing)
  finally:
    gin.config._REGISTRY[registered.selector] = registered
    del gin.config._INVERSE_REGISTRY[nothing]
    if not was_interactive:
      gin.exit_interactive_mode()


def _module(representation_function):
  """Returns a function that opens a module, which is a function of arrays."""

  @contextlib.contextmanager
  def eval_function_for_module(unused_path):
    yield lambda inputs, signature, as_dict: {
        "default": representation_function(inputs["images"])}

  return eval_function_for_module


@contextlib.contextmanager
def begun(start):
  """Lets the `elapsed_time` of a result count from an earlier `time.time()`."""
  readings = iter([start])
  with patching.lent(
      evaluate, "time", time=lambda: next(readings, time.time())):
    yield
