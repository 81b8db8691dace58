"""The noise of upstream's models, from the step at which a training goes on.

TensorFlow 1's random operations hold a counter that starts at 0 in each
session. Each run advances it by the size of the output, whatever the values. So
a session that continues a training first advances the counters of all random
operations of the step, as the steps before did.
"""
import math
import sys
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

# Their first input is the shape of the output, and each number takes equally
# many numbers of the counter: one large output does for many small ones.
_SHAPED = ("RandomStandardNormal", "RandomUniform", "TruncatedNormal")
# These are run once a step, with inputs that do not matter.
_REPEATED = ("RandomShuffle", "RandomUniformInt")
# Random operations with a state that cannot be advanced like this.
_OTHERS = ("Multinomial", "ParameterizedTruncatedNormal", "RandomGamma",
           "RandomPoisson", "RandomPoissonV2", "RecordInput")
_BLOCK = 2**22  # Numbers that are drawn at once: 16 MB.


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
    shaped, repeated, others = [], {}, []
    for operation in random_operations(self._step.op):
      values = [_any_value(each) for each in operation.inputs]
      if operation.type in _OTHERS or any(each is None for each in values):
        others.append(operation.name)
      elif operation.type in _SHAPED and len(values[0]):
        shaped.append((operation, values[0]))
      else:
        repeated[operation] = dict(
            zip(operation.inputs, values, strict=True))
    if others:
      print("The noise of these operations is not that of an uninterrupted "
            f"run: {', '.join(others)}.", file=sys.stderr)
    self._shaped, self._repeated = shaped, repeated

  def after_create_session(self, session: Any, coord: Any) -> None:
    """Draws what the steps before have drawn."""
    for operation, shape in self._shaped:
      _advance(session, operation, shape, self._steps)
    if self._repeated:
      feeds = {key: value for inputs in self._repeated.values()
               for key, value in inputs.items()}
      run = session.make_callable(list(self._repeated), list(feeds))
      for _ in range(self._steps):
        run(*feeds.values())


def random_operations(target: tf.Operation) -> list[tf.Operation]:
  """Returns the stateful random operations that another one depends on."""
  found, seen, waiting = [], set(), [target]
  while waiting:
    operation = waiting.pop()
    if operation in seen:
      continue
    seen.add(operation)
    if operation.type in (*_SHAPED, *_REPEATED, *_OTHERS):
      found.append(operation)
    waiting += [each.op for each in operation.inputs]
    waiting += operation.control_inputs
  return sorted(found, key=lambda operation: operation.name)


def _any_value(tensor):
  """The constant value of a tensor, or zeros; None if the shape is unknown."""
  value = tf.get_static_value(tensor)
  if value is None and tensor.shape.is_fully_defined():
    if tensor.dtype.is_integer and tensor.shape.rank == 1:
      return None  # It may be a shape.
    return np.zeros(tensor.shape.as_list(), tensor.dtype.as_numpy_dtype)
  return value


def _advance(session, operation, shape, steps):
  """Runs an operation so that it draws as often as `steps` outputs do."""
  size = math.prod(shape)
  if not size:
    return
  run = session.make_callable([operation], [operation.inputs[0]])
  most = max(1, _BLOCK // size)
  for done in range(0, steps, most):
    large = np.ones_like(shape)
    large[0] = size * min(most, steps - done)
    run(large)
