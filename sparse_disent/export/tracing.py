"""From the tensors of a graph to the nodes of a network."""
import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.export import linear
from sparse_disent.export import nodes
from sparse_disent.export import opaque

# Examples that go through the graph to see shapes.
_BATCH = 3


class _Unknown(Exception):
  """Raised for an operation that compaction does not know."""


class Tracer:
  """Follows tensors back to the input they are made from.

  Whatever does not depend on the input is a number: a masked kernel is a
  kernel, a gate a factor. So it does not matter which gate closed a channel, or
  whose network it is.
  """

  def __init__(self, session, source, name):
    """Creates a tracer.

    Args:
      session: Session with the values of all variables.
      source: The network's input, a tensor [None, ...].
      name: Name of the network.
    """
    self._session = session
    self._dependent = _consumers(source.op)
    shape = source.get_shape().as_list()[1:]
    self._feed = {source: np.zeros([_BATCH, *shape])}
    self._source = nodes.Input(name, shape)
    self._nodes = {source.name: self._source}
    self._unknown = opaque.Part(name, source)

  def node(self, tensor):
    """The node of a tensor that depends on the input."""
    if tensor.name not in self._nodes:
      try:
        node = _READERS.get(tensor.op.type, _unknown)(self, tensor.op)
      except _Unknown:
        node = opaque.Opaque(
            tensor, self.shape(tensor), self._source, self._unknown)
      self._nodes[tensor.name] = node
    return self._nodes[tensor.name]

  def network(self, outputs):
    """The network that makes some tensors.

    Args:
      outputs: Dictionary from names to tensors.

    Returns:
      network: A `nodes.Network`.
    """
    outputs = {name: self.node(tensor) for name, tensor in outputs.items()}
    order = _in_order(outputs.values())
    unknown = [node for node in order if isinstance(node, opaque.Opaque)]
    self._unknown.copy([node.tensor for node in unknown], self._dependent,
                       self._session.run)
    return nodes.Network(self._source, outputs, order,
                         [node.description for node in unknown])

  def depends(self, tensor):
    """Whether a tensor depends on the input."""
    return tensor.op in self._dependent

  def value(self, tensor):
    """The value of a tensor that does not depend on the input."""
    if self.depends(tensor):
      raise _Unknown
    return self._session.run(tensor)

  def shape(self, tensor):
    """The shape of a tensor without the batch."""
    batch, *shape = self._session.run(tensor, self._feed).shape or [0]
    if batch != _BATCH or not shape:
      raise _Unknown
    return shape

  def vector(self, tensor, size):
    """A value that is added to or multiplied with channels, [channels]."""
    value = self.value(tensor).astype(np.float64)
    if value.size > 1 and value.size != value.shape[-1]:
      raise _Unknown
    return np.broadcast_to(value.reshape(-1), [size])


def _in_order(outputs):
  """All nodes that some nodes are made from, each after its inputs."""
  order = []

  def visit(node):
    if node not in order:
      for source in node.inputs:
        visit(source)
      order.append(node)

  for node in outputs:
    visit(node)
  return order


def _consumers(op):
  pending, seen = [op], set()
  while pending:
    op = pending.pop()
    if op not in seen:
      seen.add(op)
      pending += [consumer for output in op.outputs
                  for consumer in output.consumers()]
  return seen


def _unknown(unused_tracer, unused_op):
  raise _Unknown


def _identity(tracer, op):
  return tracer.node(op.inputs[0])


def _activation(tracer, op):
  return nodes.Activation(op.name, tracer.node(op.inputs[0]), op.type)


def _softmax(tracer, op):
  return nodes.Softmax(op.name, tracer.node(op.inputs[0]))


def _dense(tracer, op):
  if op.get_attr("transpose_a") or op.get_attr("transpose_b"):
    raise _Unknown
  return _linear(tracer, op, op.inputs[0], op.inputs[1])


def _convolution(tracer, op):
  *_, source, kernel = op.inputs
  if op.type == linear.TRANSPOSED:
    source, kernel = kernel, source
  strides, dilations = op.get_attr("strides"), op.get_attr("dilations")
  padding = op.get_attr("padding").decode()
  if (op.get_attr("data_format") != b"NHWC" or padding == "EXPLICIT"
      or set(dilations) != {1}):
    raise _Unknown
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
  pending, seen = [op], set()
  while pending:
    op = pending.pop(0)
    scope, _, name = op.name.rpartition("/")
    if name == "kernel" and not op.inputs:
      return scope
    if op not in seen:
      seen.add(op)
      pending += [tensor.op for tensor in op.inputs]
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
    raise _Unknown
  return node.affine(scale, shift)


def _reshape(tracer, op):
  node = tracer.node(op.inputs[0])
  shape = tuple(tracer.shape(op.outputs[0]))
  if shape == node.shape:
    return node
  if len(node.shape) > 1:
    node = nodes.Flatten(op.name, node)
  return node if len(shape) == 1 else nodes.Unflatten(op.name, node, shape)


def _concat(tracer, op):
  *sources, axis = op.inputs
  rank = len(op.outputs[0].shape)
  if tracer.value(axis) not in (-1, rank - 1):
    raise _Unknown
  if not all(map(tracer.depends, sources)):
    raise _Unknown
  return nodes.Concat(op.name, [tracer.node(source) for source in sources])


def _slice(tracer, op):
  node = tracer.node(op.inputs[0])
  if len(node.shape) != 1:
    raise _Unknown
  # The same slice of the channels' numbers.
  numbers = np.tile(np.arange(node.shape[0]), [_BATCH, 1])
  with tf.Graph().as_default(), tf.Session() as session:
    chosen = session.run(tf.raw_ops.StridedSlice(
        input=numbers, **{name: tracer.value(tensor) for name, tensor in zip(
            ("begin", "end", "strides"), op.inputs[1:], strict=True)},
        **{f"{name}_mask": op.get_attr(f"{name}_mask") for name in (
            "begin", "end", "ellipsis", "new_axis", "shrink_axis")}))
  if chosen.ndim != 2 or len(chosen) != _BATCH:
    raise _Unknown
  return node.select(chosen[0])


def _fill(tracer, op):
  shape = tracer.shape(op.outputs[0])
  if len(shape) != 1:
    raise _Unknown
  return nodes.Constant(op.name, tracer.vector(op.inputs[1], shape[0]))


_READERS = {
    "Add": _add,
    "AddV2": _add,
    "BiasAdd": _add,
    "ConcatV2": _concat,
    "Fill": _fill,
    "Identity": _identity,
    "Mul": _multiply,
    "MulNoNan": _multiply,
    "Reshape": _reshape,
    "Softmax": _softmax,
    "StridedSlice": _slice,
    linear.CONV: _convolution,
    linear.DENSE: _dense,
    linear.TRANSPOSED: _convolution,
    **dict.fromkeys(nodes.ACTIVATIONS, _activation),
}
