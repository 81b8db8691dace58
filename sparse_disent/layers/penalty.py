"""Penalties that reach their parameters without being part of any loss.

Upstream's models leave no way to add to their loss. A penalty is therefore
attached where its parameters are read: on the way back it adds its own gradient
to what arrives there.

  y = x,  d(loss)/dx = d(loss)/dy + d(penalty)/dx

The gradient that an optimizer sees is that of loss + penalty, whatever factors
the loss carries, and the loss itself and all other gradients stay what they
are. Each call of `tf.gradients` passes an op once, however many paths lead to
it: what reads a parameter once per graph is charged once per optimizer.

A loss that does not depend on a parameter has no gradient there to add to.
"""
import tensorflow.compat.v1 as tf

_GRADIENT = "SparseDisentPenalty"


# tf.custom_gradient would register one function for each use, and with it keep
# each graph alive for good.
@tf.RegisterGradient(_GRADIENT)
def _add_penalty_gradient(op, gradient, unused_gradient):
  return gradient + op.inputs[1], None


def attach(penalty: tf.Tensor, parameters: list[tf.Tensor]) -> list[tf.Tensor]:
  """Attaches a penalty to the parameters it depends on.

  Args:
    penalty: Scalar, nats.
    parameters: List of tensors.

  Returns:
    parameters: List of tensors of the same values, to be used in place of the
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
