"""The noise of upstream's models, from the step at which a training goes on.

TensorFlow 1's random operations hold a counter that starts at 0 in each
session. Each run advances it, by the size of the output, whatever the values.
So a session that continues a training first runs the random operations of the
step, and nothing else of it, as often as the steps before did.
"""
import sys
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

_SOUGHT = ("RandomShuffle", "RandomStandardNormal", "RandomUniform",
           "RandomUniformInt", "TruncatedNormal")
# Random operations with a state whose counter may depend on the values.
_OTHERS = ("Multinomial", "ParameterizedTruncatedNormal", "RandomGamma",
           "RandomPoisson", "RandomPoissonV2")


class SeekNoise(tf.train.SessionRunHook):
  """Advances the random operations of a training step."""

  def __init__(self, step: tf.Tensor, steps: int) -> None:
    """Creates the hook.

    Args:
      step: tensor that each training step computes.
      steps: number of training steps to advance by.
    """
    self._step, self._steps = step, steps

  def begin(self) -> None:
    """Finds the operations; one line names those that cannot be advanced."""
    sought, others, feeds = [], [], {}
    for operation in random_operations(self._step.op):
      inputs = [each for each in operation.inputs
                if tf.get_static_value(each) is None]
      if not _is_sought(operation, inputs):
        others.append(operation.name)
        continue
      sought.append(operation)
      feeds.update((each, np.zeros(each.shape, each.dtype.as_numpy_dtype))
                   for each in inputs)
    if others:
      print("The noise of these operations is not that of an uninterrupted "
            f"run: {', '.join(others)}.", file=sys.stderr)
    self._sought, self._feeds = sought, feeds

  def after_create_session(self, session: Any, coord: Any) -> None:
    """Draws what the steps before have drawn."""
    if self._sought:
      run = session.make_callable(self._sought, list(self._feeds))
      values = list(self._feeds.values())
      for _ in range(self._steps):
        run(*values)


def random_operations(target: tf.Operation) -> list[tf.Operation]:
  """Returns the stateful random operations that another one depends on."""
  found, seen, waiting = [], set(), [target]
  while waiting:
    operation = waiting.pop()
    if operation in seen:
      continue
    seen.add(operation)
    if operation.type in (*_SOUGHT, *_OTHERS):
      found.append(operation)
    waiting += [each.op for each in operation.inputs]
    waiting += operation.control_inputs
  return sorted(found, key=lambda operation: operation.name)


def _is_sought(operation, varying):
  """Tells whether an operation can be run without the rest of the step.

  Args:
    operation: Random operation.
    varying: Those of its inputs that are not constant.
  """
  if operation.type == "RandomShuffle":  # Only the size of its input matters.
    return all(each.shape.is_fully_defined() for each in varying)
  return operation.type in _SOUGHT and not varying
