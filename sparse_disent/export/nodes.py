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

ACTIVATIONS = {
    "Relu": (tf.nn.relu, lambda values: np.maximum(values, 0.0)),
    "Tanh": (tf.nn.tanh, np.tanh),
}


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


class Activation(Node):
  """A function of each element."""

  def __init__(self, name, node, kind):
    super().__init__(name, node.shape, [node])
    self._function, self._of_arrays = ACTIVATIONS[kind]

  def constants(self, source):
    """See `Node`."""
    return Constants(source.mask, self._of_arrays(source.values))

  def reads(self, needed, source):
    """See `Node`."""
    del source
    return [needed]

  def emit(self, application, needed, source):
    """See `Node`."""
    return source.present, self._function(source.tensor)


class Softmax(Node):
  """A softmax over the channels: each of its channels reads all of them."""

  def __init__(self, name, node):
    super().__init__(name, node.shape, [node])

  def reads(self, needed, source):
    """See `Node`."""
    return [needed.any() & ~source.mask]

  def emit(self, application, needed, source):
    """See `Node`."""
    everything = np.ones_like(needed)
    return everything, tf.nn.softmax(application.widen(source, everything))


class Concat(Node):
  """The channels of several nodes, one after the other."""

  def __init__(self, name, nodes):
    width = sum(node.shape[-1] for node in nodes)
    super().__init__(name, (*nodes[0].shape[:-1], width), nodes)

  def affine(self, scale, shift):
    """See `Node`."""
    ends = np.cumsum([node.shape[-1] for node in self.inputs])[:-1]
    parts = zip(self.inputs, np.split(scale, ends), np.split(shift, ends),
                strict=True)
    return Concat(self.name, [node.affine(*part) for node, *part in parts])

  def constants(self, *sources):
    """See `Node`."""
    return Constants(
        np.concatenate([source.mask for source in sources]),
        np.concatenate([source.values for source in sources], axis=-1))

  def reads(self, needed, *sources):
    """See `Node`."""
    ends = np.cumsum([source.mask.size for source in sources])
    return np.split(needed, ends[:-1])

  def emit(self, application, needed, *sources):
    """See `Node`."""
    return np.concatenate([source.present for source in sources]), tf.concat(
        [source.tensor for source in sources if source.tensor is not None], -1)


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


class Flatten(Node):
  """[..., channels] to one axis; it holds all of a channel or nothing."""

  def __init__(self, name, node):
    super().__init__(name, [int(np.prod(node.shape))], [node])

  def constants(self, source):
    """See `Node`."""
    return Constants(self._flat(source.mask), source.values.reshape(-1))

  def reads(self, needed, source):
    """See `Node`."""
    return [needed.reshape([-1, source.mask.size]).any(axis=0)]

  def emit(self, application, needed, source):
    """See `Node`."""
    present = self._flat(source.present)
    return present, tf.reshape(source.tensor, [-1, present.sum()])

  def _flat(self, channels):
    return np.broadcast_to(channels, self.inputs[0].shape).reshape(-1)


class Unflatten(Node):
  """One axis to [..., channels]; what a channel lacks is put in again."""

  def __init__(self, name, node, shape):
    super().__init__(name, shape, [node])

  def constants(self, source):
    """See `Node`."""
    mask = source.mask.reshape([-1, self.shape[-1]]).all(axis=0)
    return Constants(mask, source.values.reshape(self.shape))

  def reads(self, needed, source):
    """See `Node`."""
    return [self._flat(needed) & ~source.mask]

  def emit(self, application, needed, source):
    """See `Node`."""
    tensor = application.widen(source, self._flat(needed))
    return needed, tf.reshape(tensor, [-1, *self.shape[:-1], needed.sum()])

  def _flat(self, channels):
    return np.broadcast_to(channels, self.shape).reshape(-1)
