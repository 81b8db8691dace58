"""What a network is made of, and what compaction knows of each part.

A node is a tensor [batch_size, *shape] and how it is made from other nodes. Its
channels are its last axis. Of each channel a node can tell whether it is the
same for every input (`constants`) and which channels of its inputs it is made
from (`reads`), and it can make itself from what is left of those (`emit`).

Constants are never computed: whoever reads one puts its value in its place.
"""
import dataclasses

import numpy as np
import tensorflow.compat.v1 as tf


@dataclasses.dataclass(frozen=True)
class Constants:
  """What is known of the values of a node.

  Attributes:
    mask: [channels], True where a channel is the same for every input.
    values: The node's shape; only those of constant channels mean anything.
  """

  mask: np.ndarray
  values: np.ndarray


@dataclasses.dataclass(frozen=True)
class Flow:
  """What is left of a node.

  Attributes:
    node: The node.
    constants: Its `Constants`.
    present: [channels], True for those in `tensor`; all that are needed.
    tensor: [batch_size, *shape[:-1], number of those], or None if there are
      none.
  """

  node: "Node"
  constants: Constants
  present: np.ndarray
  tensor: tf.Tensor | None


@dataclasses.dataclass(frozen=True)
class Network:
  """An encoder or a decoder.

  Attributes:
    source: Its `Input`.
    outputs: Dictionary from the names of a signature's outputs to nodes.
    order: All nodes, each after its inputs.
    unknown: Operations up to which everything stays as it was, descriptions.
  """

  source: "Input"
  outputs: dict
  order: list
  unknown: list


class Node:
  """A part of a network of which no channel is constant by default."""

  def __init__(self, name, shape, inputs=()):
    """Creates a node.

    Args:
      name: Scope of the variables that it may have.
      shape: Its shape without the batch.
      inputs: Nodes.
    """
    self.name = name
    self.shape = tuple(shape)
    self.inputs = tuple(inputs)

  def affine(self, scale, shift):
    """The node x * scale + shift, each [channels]."""
    return Affine(self, scale, shift)

  def select(self, indices):
    """The node with some of the channels."""
    return Select(self.name, self, indices)

  def constants(self, *inputs):
    """The node's `Constants`, given those of its inputs."""
    del inputs
    return Constants(np.zeros(self.shape[-1], bool), np.zeros(self.shape))

  def reads(self, needed, *inputs):
    """Which channels of the inputs are read.

    Args:
      needed: [channels], True for those that have to be made.
      *inputs: `Constants` of the inputs.

    Returns:
      reads: List of [channels], one for each input; constants do not count.
    """
    raise NotImplementedError

  def emit(self, application, needed, *inputs):
    """Makes the node in the current graph.

    Args:
      application: A `writing.Application`.
      needed: [channels], at least one of them True.
      *inputs: `Flow`s of the inputs.

    Returns:
      present: [channels], True at least for those that are needed.
      tensor: [batch_size, *shape[:-1], number of those].
    """
    raise NotImplementedError


class Input(Node):
  """What a network is applied to, images or codes; the application has it."""

  def reads(self, needed):
    """See `Node`."""
    del needed
    return []


class Constant(Node):
  """The same vector for every input."""

  def __init__(self, name, values):
    super().__init__(name, values.shape)
    self._values = values

  def constants(self):
    """See `Node`."""
    return Constants(np.ones(self.shape, bool), self._values)

  def reads(self, needed):
    """See `Node`."""
    del needed
    return []


class Affine(Node):
  """x * scale + shift, with one number a channel; 0 * x is 0 for every x."""

  def __init__(self, node, scale, shift):
    super().__init__(node.name, node.shape, [node])
    self._scale = scale
    self._shift = shift

  def constants(self, source):
    """See `Node`."""
    return Constants(source.mask | (self._scale == 0.0),
                     source.values * self._scale + self._shift)

  def reads(self, needed, source):
    """See `Node`."""
    return [needed & ~source.mask]

  def emit(self, application, needed, source):
    """See `Node`."""
    tensor = source.tensor
    scale, shift = self._scale[source.present], self._shift[source.present]
    if np.any(scale != 1.0):
      tensor *= application.variable(self, "scale", scale)
    if np.any(shift != 0.0):
      tensor += application.variable(self, "shift", shift)
    return source.present, tensor


class Select(Node):
  """Some channels of a node."""

  def __init__(self, name, node, indices):
    super().__init__(name, (*node.shape[:-1], len(indices)), [node])
    self._indices = indices

  def constants(self, source):
    """See `Node`."""
    return Constants(
        source.mask[self._indices], source.values[..., self._indices])

  def reads(self, needed, source):
    """See `Node`."""
    reads = np.zeros_like(source.mask)
    reads[self._indices[needed]] = True
    return [reads]

  def emit(self, application, needed, source):
    """See `Node`."""
    positions = (np.cumsum(source.present) - 1)[self._indices[needed]]
    return needed, tf.gather(
        source.tensor, positions.astype(np.int32), axis=-1)
