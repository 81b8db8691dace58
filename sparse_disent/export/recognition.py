"""Turns the operations of a graph that compaction knows into nodes."""
from __future__ import annotations

import typing

import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.export import graphs
from sparse_disent.export import linear
from sparse_disent.export import nodes
from sparse_disent.export import operations

if typing.TYPE_CHECKING:
  from sparse_disent.export import tracing

# Size of a test batch; a slice of channels must keep all its examples.
_ROWS = 3


class Unknown(Exception):
  """Raised for an operation that compaction does not know."""


def node(tracer: tracing.Tracer, op: tf.Operation) -> nodes.Node:
  """Turns an operation into a node.

  Args:
    tracer: A `tracing.Tracer`, which knows the operation's inputs.
    op: An operation that depends on the tracer's input.

  Returns:
    node: A `nodes.Node`.

  Raises:
    Unknown: If compaction does not know the operation.
  """
  if op.type not in _READERS:
    raise Unknown
  return _READERS[op.type](tracer, op)


def _identity(tracer, op):
  return tracer.node(op.inputs[0])


def _activation(tracer, op):
  return operations.Activation(op.name, tracer.node(op.inputs[0]), op.type)


def _softmax(tracer, op):
  return operations.Softmax(op.name, tracer.node(op.inputs[0]))


def _dense(tracer, op):
  if op.get_attr("transpose_a") or op.get_attr("transpose_b"):
    raise Unknown
  return _linear(tracer, op, op.inputs[0], op.inputs[1])


def _convolution(tracer, op):
  *_, source, kernel = op.inputs
  if op.type == linear.TRANSPOSED:
    source, kernel = kernel, source
  strides, dilations = op.get_attr("strides"), op.get_attr("dilations")
  padding = op.get_attr("padding").decode()
  if (op.get_attr("data_format") != b"NHWC" or padding == "EXPLICIT"
      or set(dilations) != {1}):
    raise Unknown
  return _linear(tracer, op, source, kernel, strides=strides, padding=padding)


def _linear(tracer, op, source, kernel, **arguments):
  shape = tracer.shape(op.outputs[0])
  values = tracer.value(kernel).astype(np.float64)
  if op.type == linear.TRANSPOSED:
    values = values.swapaxes(-1, -2)
  return linear.Linear(_layer(kernel.op) or op.name, tracer.node(source), shape,
                       op.type, values, np.zeros(shape[-1]), **arguments)


def _layer(op):
  """Scope of the variable "kernel" that an operation reads, or None."""
  for ancestor in graphs.ancestors(op):
    scope, _, name = ancestor.name.rpartition("/")
    if name == "kernel" and not ancestor.inputs:
      return scope
  return None


def _add(tracer, op):
  source, other = op.inputs
  if not tracer.depends(source):
    source, other = other, source
  node = tracer.node(source)
  shift = tracer.vector(other, node.shape[-1])
  return _affine(tracer, op, node, np.ones_like(shift), shift)


def _multiply(tracer, op):
  source, other = op.inputs
  if not tracer.depends(source):
    source, other = other, source
  node = tracer.node(source)
  scale = tracer.vector(other, node.shape[-1])
  return _affine(tracer, op, node, scale, np.zeros_like(scale))


def _affine(tracer, op, node, scale, shift):
  if tuple(tracer.shape(op.outputs[0])) != node.shape:
    raise Unknown
  return node.affine(scale, shift)


def _reshape(tracer, op):
  node = tracer.node(op.inputs[0])
  shape = tuple(tracer.shape(op.outputs[0]))
  if shape == node.shape:
    return node
  if len(node.shape) > 1:
    node = operations.Flatten(op.name, node)
  return node if len(shape) == 1 else operations.Unflatten(op.name, node, shape)


def _concat(tracer, op):
  *sources, axis = op.inputs
  # Nodes' shapes lack the batch, so this is the number of the last axis.
  last = len(tracer.shape(op.outputs[0]))
  if tracer.value(axis) not in (-1, last) or not all(
      map(tracer.depends, sources)):
    raise Unknown
  return operations.Concat(op.name, [tracer.node(source) for source in sources])


def _slice(tracer, op):
  node = tracer.node(op.inputs[0])
  if len(node.shape) != 1:
    raise Unknown
  # The channels' indices are sliced in the same way, to see which ones stay.
  numbers = np.tile(np.arange(node.shape[0]), [_ROWS, 1])
  with tf.Graph().as_default(), tf.Session() as session:
    chosen = session.run(tf.raw_ops.StridedSlice(
        input=numbers, **{name: tracer.value(tensor) for name, tensor in zip(
            ("begin", "end", "strides"), op.inputs[1:], strict=True)},
        **{f"{name}_mask": op.get_attr(f"{name}_mask") for name in (
            "begin", "end", "ellipsis", "new_axis", "shrink_axis")}))
  if chosen.ndim != 2 or len(chosen) != _ROWS:
    raise Unknown
  return node.select(chosen[0])


def _gather(tracer, op):
  source, *others = op.inputs
  indices, axis = map(tracer.value, others)
  node = tracer.node(source)
  if (indices.ndim != 1 or axis not in (-1, len(node.shape))
      or op.get_attr("batch_dims")):
    raise Unknown
  return node.select(indices)


def _pad(tracer, op):
  source, paddings = op.inputs
  *others, (before, after) = tracer.value(paddings)
  node = tracer.node(source)
  if np.any(others):
    raise Unknown
  zeros = [nodes.Constant(op.name, np.zeros([*node.shape[:-1], number]))
           for number in (before, after)]
  return operations.Concat(op.name, [zeros[0], node, zeros[1]])


def _fill(tracer, op):
  shape = tracer.shape(op.outputs[0])
  if len(shape) != 1:
    raise Unknown
  return nodes.Constant(op.name, tracer.vector(op.inputs[1], shape[0]))


_READERS = {
    "Add": _add,
    "AddV2": _add,
    "BiasAdd": _add,
    "ConcatV2": _concat,
    "Fill": _fill,
    "GatherV2": _gather,
    "Identity": _identity,
    "Mul": _multiply,
    "MulNoNan": _multiply,
    "Pad": _pad,
    "Reshape": _reshape,
    "Softmax": _softmax,
    "StridedSlice": _slice,
    linear.CONV: _convolution,
    linear.DENSE: _dense,
    linear.TRANSPOSED: _convolution,
    **dict.fromkeys(operations.ACTIVATIONS, _activation),
}
