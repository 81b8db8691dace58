"""From the tensors of a graph to the nodes of a network."""
import numpy as np

from sparse_disent.export import graphs
from sparse_disent.export import nodes
from sparse_disent.export import opaque
from sparse_disent.export import recognition

# Examples that go through the graph to see shapes.
_BATCH = 3


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
    self._dependent = set(graphs.consumers(source.op))
    shape = source.get_shape().as_list()[1:]
    self._feed = {source: np.zeros([_BATCH, *shape])}
    self._source = nodes.Input(name, shape)
    self._nodes = {source.name: self._source}
    self._unknown = opaque.Part(name, source)

  def node(self, tensor):
    """The node of a tensor that depends on the input."""
    if tensor.name not in self._nodes:
      try:
        node = recognition.node(self, tensor.op)
      except recognition.Unknown:
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
    if unknown:
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
      raise recognition.Unknown
    return self._session.run(tensor)

  def shape(self, tensor):
    """The shape of a tensor without the batch."""
    batch, *shape = self._session.run(tensor, self._feed).shape or [0]
    if batch != _BATCH or not shape:
      raise recognition.Unknown
    return shape

  def vector(self, tensor, size):
    """A value that is added to or multiplied with channels, [channels]."""
    value = self.value(tensor).astype(np.float64)
    if value.size > 1 and value.size != value.shape[-1]:
      raise recognition.Unknown
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
