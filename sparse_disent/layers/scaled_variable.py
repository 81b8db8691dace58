"""Variables with a learning rate of their own, under any optimizer.

  value = multiplier * variable, with d(loss)/d(variable) = d(loss)/d(value)

Take any optimizer whose step is learning_rate * f(gradients), such as SGD,
momentum, RMSProp or Adam. It moves the value exactly as it would with
multiplier times its learning rate. Scaling the gradient instead would change
nothing under Adam.
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
    initial_value: Initial value, not that of the unscaled variable: a number,
      or a function of (shape, dtype) that returns a tensor.
    multiplier: Factor on the optimizer's learning rate.

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
  """Value of a variable: multiplier * variable.

  The gradient of the variable is that of the value, without the multiplier.

  Args:
    variable: The return value of `get`.
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
  """Returns an op that clamps the value to [-bound, bound].

  It clamps the stored variable. Clamping the tensor that is read would set
  gradients outside the bounds to 0.

  Args:
    variable: The return value of `get`.
    bound: Positive number, the bound of the value.
    multiplier: As given to `get`.

  Returns:
    clamp: Operation.
  """
  bound = bound / multiplier
  clamped = tf.raw_ops.ClipByValue(
      t=variable.read_value(), clip_value_min=-bound, clip_value_max=bound)
  return variable.assign(clamped, read_value=False)
