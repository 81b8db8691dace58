"""Walks through TensorFlow's graphs."""
import tensorflow.compat.v1 as tf


def ancestors(op: tf.Operation) -> list[tf.Operation]:
  """Lists an operation and all that it is computed from, nearest first.

  Args:
    op: A `tf.Operation`.

  Returns:
    ancestors: List of operations.
  """
  return _reached(op, lambda op: [tensor.op for tensor in op.inputs])


def consumers(op: tf.Operation) -> list[tf.Operation]:
  """Lists an operation and all that is computed from it, nearest first.

  Args:
    op: A `tf.Operation`.

  Returns:
    consumers: List of operations.
  """
  return _reached(op, lambda op: [
      consumer for output in op.outputs for consumer in output.consumers()])


def _reached(op, following):
  found = {op: None}  # A dictionary keeps the order, unlike a set.
  pending = [op]
  for op in pending:
    new = [other for other in following(op) if other not in found]
    found.update(dict.fromkeys(new))
    pending += dict.fromkeys(new)
  return pending
