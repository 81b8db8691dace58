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
import tensorflow.compat.v1 as tf

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
