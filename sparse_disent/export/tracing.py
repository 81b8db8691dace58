"""Turns the tensors of a graph into the nodes of a network."""
import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.export import graphs
from sparse_disent.export import nodes
from sparse_disent.export import opaque
from sparse_disent.export import recognition

# Size of the batch that is run through the graph to find shapes.
_BATCH = 3


class Tracer:
  """Follows tensors back to the input that they are made from.

  Tensors that do not depend on the input are evaluated to numbers: a masked
  kernel is a kernel with zeros, a gate is a factor. Compaction therefore works
  for every kind of gate and for networks of other authors.
  """

  def __init__(self, session: tf.Session, source: tf.Tensor, name: str) -> None:
    """Creates a tracer.

    Args:
      session: Session with the values of all variables.
      source: The network's input, a tensor [None, ...].
      name: Name of the network.
    """
    self._session = session
    self._dependent = set(graphs.consumers(source.op))
    shape = source.get_shape().as_list()[1:]
    self._feed = {source: np.zeros([_BATCH, *shape])}
    self._source = nodes.Input(name, shape)
    self._nodes: dict[str, nodes.Node] = {source.name: self._source}
    self._unknown = opaque.Part(name, source)

  def node(self, tensor: tf.Tensor) -> nodes.Node:
    """Returns the node of a tensor that depends on the input."""
    if tensor.name not in self._nodes:
      try:
        node = recognition.node(self, tensor.op)
      except recognition.Unknown:
        node = opaque.Opaque(
            tensor, self.shape(tensor), self._source, self._unknown)
      self._nodes[tensor.name] = node
    return self._nodes[tensor.name]

  def network(self, outputs: dict[str, tf.Tensor]) -> nodes.Network:
    """Returns the network that computes some tensors.

    Args:
      outputs: Dictionary from names to tensors.

    Returns:
      network: A `nodes.Network`.
    """
    outputs = {name: self.node(tensor) for name, tensor in outputs.items()}
    # The input is a node also where no output depends on it.
    order = _in_order([self._source, *outputs.values()])
    unknown = [node for node in order if isinstance(node, opaque.Opaque)]
    if unknown:
      self._unknown.copy([node.tensor for node in unknown], self._dependent,
                         self._session.run)
    return nodes.Network(self._source, outputs, order,
                         [node.description for node in unknown])

  def depends(self, tensor: tf.Tensor) -> bool:
    """Tells whether a tensor depends on the input."""
    return tensor.op in self._dependent

  def value(self, tensor: tf.Tensor) -> np.ndarray:
    """Evaluates a tensor that does not depend on the input."""
    if self.depends(tensor):
      raise recognition.Unknown
    return self._session.run(tensor)

  def shape(self, tensor: tf.Tensor) -> list[int]:
    """Returns the shape of a tensor without the batch."""
    batch, *shape = self._session.run(tensor, self._feed).shape or [0]
    if batch != _BATCH or not shape:
      raise recognition.Unknown
    return shape

  def vector(self, tensor: tf.Tensor, size: int) -> np.ndarray:
    """Evaluates a tensor that has one number for each channel, or for all.

    Args:
      tensor: A tensor that does not depend on the input.
      size: Number of channels.

    Returns:
      vector: float64, [channels].
    """
    value = self.value(tensor).astype(np.float64)
    if value.size != 1 and not value.size == value.shape[-1] == size:
      raise recognition.Unknown
    return np.broadcast_to(value.reshape(-1), [size])


def _in_order(nodes):
  """Nodes and all that they are made from, each after its inputs."""
  order = []

  def visit(node):
    if node not in order:
      for source in node.inputs:
        visit(source)
      order.append(node)

  for node in nodes:
    visit(node)
  return order
