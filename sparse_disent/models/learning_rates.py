"""A learning rate that starts low: `AdamOptimizer.learning_rate = @warm_up()`.
"""
import gin
import tensorflow.compat.v1 as tf

from sparse_disent.common import checks


@gin.configurable
def warm_up(initial: float = 1e-4, final: float = gin.REQUIRED,
            steps: int = 1500) -> tf.Tensor:
  """Learning rate that rises linearly, then stays.

    rate_t = initial + (final - initial) * min(t / steps, 1)

  The first steps under a strong pressure on the divergence move weights far,
  and leave units of ReLU that no image makes active: for good, as no gradient
  reaches them. `benchmarks/dead_units.py` counts them.

  Args:
    initial: Rate of the first step; the default is upstream's for all steps.
    final: Rate from `steps` on.
    steps: Number of steps in which it rises.

  Returns:
    rate: Scalar, of the global step.

  Raises:
    ValueError: If an argument is not what it should be.
  """
  for name, value in (("initial", initial), ("final", final)):
    checks.check(lambda x: x > 0, f"warm_up.{name}", "be above 0", value,
                 "Upstream's study uses 0.0001.")
  checks.check(checks.is_integer(steps, 1), "warm_up.steps",
               "be an integer of 1 or greater", steps, "The default is 1500.")
  return rise(initial, final, steps)


def rise(initial: float, final: float, steps: int,
         dtype: tf.DType = tf.float32) -> tf.Tensor:
  """Scalar that goes linearly from one value to another in `steps`, and stays.
  """
  step = tf.cast(tf.train.get_or_create_global_step(), dtype)
  return initial + (final - initial) * tf.minimum(step / steps, 1.)
