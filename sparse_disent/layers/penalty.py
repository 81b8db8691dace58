"""Penalties that act on gradients without being part of any loss.

Upstream's models offer no way to add a term to their loss. A penalty is
therefore attached where its parameters are read. In the backward pass it adds
its own gradient to the gradient that arrives there.

  y = x,  d(loss)/dx = d(loss)/dy + d(penalty)/dx

The optimizer gets the gradient of loss + penalty. The penalty is not scaled by
factors of the loss. The loss itself and all other gradients do not change.

Each call of `tf.gradients` visits an op once, however many paths lead to it. So
a parameter that is read once per graph gets the penalty once per optimizer.

If the loss does not depend on a parameter, the penalty has no effect on it.
"""
import math

import tensorflow.compat.v1 as tf

from sparse_disent.common import checks

REDUCTIONS = ("sum", "root", "mean")
_GRADIENT = "SparseDisentPenalty"


# tf.custom_gradient would register a function for each use, which would keep
# each graph in memory for the rest of the process.
@tf.RegisterGradient(_GRADIENT)
def _add_penalty_gradient(op, gradient, unused_gradient):
  return gradient + op.inputs[1], None


def attach(penalty: tf.Tensor, parameters: list[tf.Tensor]) -> list[tf.Tensor]:
  """Attaches a penalty to the parameters it depends on.

  Args:
    penalty: Scalar, nats.
    parameters: List of tensors.

  Returns:
    parameters: List of tensors with the same values. Use them in place of the
      given ones.
  """
  gradients = tf.gradients(penalty, parameters)
  return [parameter if gradient is None else _attach(parameter, gradient)
          for parameter, gradient in zip(parameters, gradients, strict=True)]


def _attach(parameter, gradient):
  graph = tf.get_default_graph()
  with graph.gradient_override_map({"IdentityN": _GRADIENT}):
    parameter, _ = tf.identity_n([parameter, gradient])
  return parameter


def check_reduction(configurable: str, reduction: str) -> None:
  """Raises a ValueError for a reduction that is not one of `REDUCTIONS`.

  Args:
    configurable: Name as in gin files, e.g. "l1_gate".
    reduction: Value to be checked.

  Raises:
    ValueError: If it is another.
  """
  checks.check(
      reduction in REDUCTIONS, f"{configurable}.penalty_reduction",
      f"be one of {', '.join(REDUCTIONS)}", reduction,
      'Use "root" for one weight that prunes layers of all sizes alike.')


def reduce(charges: tf.Tensor, reduction: str) -> tf.Tensor:
  """Reduces the charges c of a layer's N mask entries to one number.

    sum:   sum of c            each entry costs the same in all layers
    root:  sum of c / sqrt(N)
    mean:  sum of c / N        each layer costs the same whatever its size

  The gradient that reaches a single entry from the loss is smaller in a larger
  layer: about as 1 / sqrt(N) if the gradients of two layers are equally long.
  Adam divides the two by their size. So it is under "root" that a penalty
  moves the entries of all layers at about the same speed. "sum" closes the
  largest layers first, and "mean" the smallest.

  Args:
    charges: c, a tensor of any shape.
    reduction: One of `REDUCTIONS`.

  Returns:
    reduced: Scalar.
  """
  size = charges.shape.num_elements()
  divisor = {"sum": 1.0, "root": math.sqrt(size), "mean": float(size)}
  return tf.reduce_sum(charges) / divisor[reduction]


def cure(configurable: str, weight: str, reduction: str) -> str:
  """Sentence that says what keeps a penalty from closing a whole layer.

  Args:
    configurable: Name as in gin files, e.g. "l1_gate".
    weight: Name of the penalty's weight, e.g. "lambda_l1".
    reduction: One of `REDUCTIONS`.

  Returns:
    cure: Sentence.
  """
  lower = f"Lower {configurable}.{weight}"
  if reduction != "sum":
    return f"{lower}."
  return (f"{lower}, or charge layers of all sizes alike: "
          f'{configurable}.penalty_reduction = "root".')
