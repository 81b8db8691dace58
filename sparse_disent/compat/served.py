"""Upstream's evaluation with a data set and codes that are already there."""
import contextlib
import time
import types
from unittest import mock

from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.evaluation import evaluate

# The modules in which upstream's `get_named_ground_truth_data` looks for the
# class of a data set.
_DATA_MODULES = ("cars3d", "dsprites", "dummy_data", "mpi3d", "norb",
                 "shapes3d")


@contextlib.contextmanager
def served(data, representation_function):
  """Makes upstream's `evaluate` use these instead of loading its own.

  Everything else, what it draws included, stays upstream's own code.

  Args:
    data: GroundTruthData for any `dataset.name` of upstream's.
    representation_function: Function from observations to codes.
  """
  with contextlib.ExitStack() as stack:
    for name in _DATA_MODULES:
      stack.enter_context(mock.patch.object(named_data, name, _Anything(data)))
    stack.enter_context(mock.patch.object(
        evaluate, "hub", _hub(representation_function)))
    yield


class _Anything:
  """A module in which every class makes the same object."""

  def __init__(self, made):
    self._made = made

  def __getattr__(self, unused_name):
    return lambda *unused_args, **unused_kwargs: self._made


def _hub(representation_function):
  """Stands in for tensorflow_hub: its module is a function of arrays."""

  @contextlib.contextmanager
  def eval_function_for_module(unused_spec, tags=None):
    del tags
    yield lambda inputs, signature, as_dict: {
        "default": representation_function(inputs["images"])}

  return types.SimpleNamespace(
      eval_function_for_module=eval_function_for_module)


@contextlib.contextmanager
def begun(start):
  """Lets the `elapsed_time` of a result count from an earlier `time.time()`."""
  readings = iter([start])
  clock = types.SimpleNamespace(time=lambda: next(readings, time.time()))
  with mock.patch.object(evaluate, "time", clock):
    yield
