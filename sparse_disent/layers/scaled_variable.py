"""Variables with a learning rate of their own, under any optimizer.

  value = multiplier * variable, with d(loss)/d(variable) = d(loss)/d(value)

Every optimizer whose step is learning_rate * f(gradients) (SGD, momentum,
RMSProp, Adam, ...) then moves the value exactly as it would at multiplier times
its learning rate. Scaling the gradient instead would change nothing under Adam.
"""
from collections.abc import Callable

import tensorflow.compat.v1 as tf

from sparse_disent.common import checks


def check_multiplier(configurable: str, multiplier: float) -> None:
  """Raises a ValueError for a multiplier that is not positive.

  Args:
    configurable: Name as in gin files, e.g. "l0_pair".
    multiplier: Value to be checked.

  Raises:
    ValueError: If the multiplier is 0 or less.
  """
  checks.check(
      lambda x: x > 0, f"{configurable}.learning_rate_multiplier",
      "be greater than 0", multiplier,
      "1 gives the gates the learning rate of all other variables.")


def get(
    name: str, shape: list[int], dtype: tf.DType,
    initial_value: float | Callable, multiplier: float) -> tf.Variable:
  """Gets the variable `scaled_{name}` in the current scope, or creates it.

  Args:
    name: Name of the value.
    shape: List of integers.
    dtype: Floating point type.
    initial_value: Number, or function of (shape, dtype) that returns a tensor;
      of the value, not of the variable.
    multiplier: How many times the optimizer's learning rate the value has.

  Returns:
    variable: A resource variable.
  """
  def initializer(shape, dtype, partition_info=None):
    del partition_info
    value = (initial_value(shape, dtype) if callable(initial_value)
             else tf.fill(shape, tf.cast(initial_value, dtype)))
    return value / multiplier

  return tf.get_variable(
      f"scaled_{name}", shape, dtype, initializer, use_resource=True)


def read(variable: tf.Variable, multiplier: float) -> tf.Tensor:
  """Value of a variable, which gets the value's gradient unscaled.

  Args:
    variable: As `get` returns it.
    multiplier: As given to `get`.

  Returns:
    value: The shape of the variable.
  """
  variable = tf.convert_to_tensor(variable)
  if multiplier == 1:
    return variable
  return variable + tf.stop_gradient((multiplier - 1.0) * variable)


def clamp(
    variable: tf.Variable, bound: float, multiplier: float) -> tf.Operation:
  """Returns an op that puts the value back into [-bound, bound].

  Clamping the variable, not what is read of it, leaves every gradient as it is.

  Args:
    variable: As `get` returns it.
    bound: Positive number, of the value.
    multiplier: As given to `get`.

  Returns:
    clamp: Operation.
  """
  bound = bound / multiplier
  clamped = tf.raw_ops.ClipByValue(
      t=variable.read_value(), clip_value_min=-bound, clip_value_max=bound)
  return variable.assign(clamped, read_value=False)
