"""The terms of a loss: scalars that it is computed from, with their names."""
import tensorflow.compat.v1 as tf


def find(loss: tf.Tensor) -> dict[str, tf.Tensor]:
  """Finds the scalars that a loss adds up, down to means over a batch.

  The loss of upstream's beta-VAE has the terms `reconstruction_loss` and
  `kl_loss`. A term has the name of its summary, or else of its operation. All
  of them are computed with the loss, so that fetching them costs nothing.

  Args:
    loss: Scalar tensor.

  Returns:
    terms: Dict from names to scalar float tensors; the loss is not among them.
  """
  names = _summaries(loss.graph)
  terms: dict[str, tf.Tensor] = {}
  seen: set[str] = set()
  waiting = _scalar_inputs(loss)
  while waiting:
    tensor = waiting.pop(0)
    if tensor.name in seen:
      continue
    seen.add(tensor.name)
    inputs = _scalar_inputs(tensor)
    if tensor.name in names or not inputs:
      name = names.get(tensor.name, tensor.op.name)
      if tensor.op.type != "Const":
        terms.setdefault(name, tensor)
    waiting += inputs
  return terms


def _scalar_inputs(tensor):
  """Inputs of the tensor's operation; empty if one of them is no scalar."""
  inputs = list(tensor.op.inputs)
  if any(each.shape.rank != 0 or not each.dtype.is_floating
         for each in inputs):
    return []
  return inputs


def _summaries(graph):
  """Dict from names of tensors to the tags of their summaries."""
  operations = [summary.op for summary in graph.get_collection(
      tf.GraphKeys.SUMMARIES) if summary.op.type == "ScalarSummary"]
  return {operation.inputs[1].name: _tag(operation.inputs[0])
          for operation in operations}


def _tag(tensor):
  return tf.get_static_value(tensor).item().decode()
