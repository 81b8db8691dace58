"""The nodes of a network, and the questions that compaction asks of them.

A node stands for a tensor [batch_size, *shape] and knows how it is made from
other nodes. Its channels are the last axis. A node answers three questions:

  constants: Which channels are the same for every input?
  reads:     Which channels of its inputs does it need for given channels?
  emit:      How is it computed from the channels of its inputs that are left?

Constant channels are not computed; a node that reads one uses its value.
"""
from __future__ import annotations

import dataclasses
import typing
from collections.abc import Sequence

import numpy as np
import tensorflow.compat.v1 as tf

if typing.TYPE_CHECKING:
  from sparse_disent.export import writing


@dataclasses.dataclass(frozen=True)
class Constants:
  """The constant channels of a node.

  Attributes:
    mask: [channels], True where a channel is the same for every input.
    values: [*shape] of the node; those of other channels are arbitrary.
  """

  mask: np.ndarray
  values: np.ndarray


@dataclasses.dataclass(frozen=True)
class Flow:
  """The channels of a node in the graph of the compacted model.

  Attributes:
    node: The node.
    constants: Its `Constants`.
    present: [channels], True for channels in `tensor`; at least all that are
      needed.
    tensor: [batch_size, *shape[:-1], number of present channels], or None if
      there are none.
  """

  node: Node
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
    unknown: Descriptions of operations that compaction does not know; they and
      all before them are kept as they are.
  """

  source: Input
  outputs: dict
  order: list
  unknown: list


class Node:
  """A part of a network; by default none of its channels is constant."""

  def __init__(self, name: str, shape: Sequence[int],
               inputs: Sequence[Node] = ()) -> None:
    """Creates a node.

    Args:
      name: Scope of its variables, if it has any.
      shape: Its shape without the batch.
      inputs: Nodes that it is made from.
    """
    self.name = name
    self.shape = tuple(shape)
    self.inputs = tuple(inputs)

  def affine(self, scale: np.ndarray, shift: np.ndarray) -> Node:
    """Returns the node x * scale + shift; both are [channels]."""
    return Affine(self, scale, shift)

  def select(self, indices: np.ndarray) -> Node:
    """Returns the node with some of the channels."""
    return Select(self.name, self, indices)

  def constants(self, *inputs: Constants) -> Constants:
    """Returns the node's `Constants`, given those of its inputs."""
    del inputs
    return Constants(np.zeros(self.shape[-1], bool), np.zeros(self.shape))

  def reads(self, needed: np.ndarray, *inputs: Constants) -> list[np.ndarray]:
    """Finds the channels of the inputs that are read.

    Args:
      needed: [channels], True for channels of this node that are computed.
      *inputs: `Constants` of the inputs.

    Returns:
      reads: List with [channels] for each input, True for channels that are
        read; entries of constant channels do not matter.
    """
    raise NotImplementedError

  def emit(self, application: writing.Application, needed: np.ndarray,
           *inputs: Flow) -> tuple[np.ndarray, tf.Tensor]:
    """Adds the node to the current graph.

    Args:
      application: A `writing.Application`.
      needed: [channels], at least one of them True.
      *inputs: `Flow`s of the inputs.

    Returns:
      present: [channels], True at least for needed channels.
      tensor: [batch_size, *shape[:-1], number of present channels].
    """
    raise NotImplementedError


class Input(Node):
  """The input of a network, images or codes; `writing.Application` feeds it."""

  def reads(self, needed: np.ndarray) -> list[np.ndarray]:
    """See `Node`."""
    del needed
    return []


class Constant(Node):
  """The same array for every input."""

  def __init__(self, name: str, values: np.ndarray) -> None:
    super().__init__(name, values.shape)
    self._values = values

  def constants(self) -> Constants:
    """See `Node`."""
    return Constants(np.ones(self.shape[-1], bool), self._values)

  def reads(self, needed: np.ndarray) -> list[np.ndarray]:
    """See `Node`."""
    del needed
    return []


class Affine(Node):
  """x * scale + shift by channel; a scale of 0 makes a channel constant."""

  def __init__(self, node: Node, scale: np.ndarray, shift: np.ndarray) -> None:
    super().__init__(node.name, node.shape, [node])
    self._scale = scale
    self._shift = shift

  def constants(self, source: Constants) -> Constants:
    """See `Node`."""
    return Constants(source.mask | (self._scale == 0.0),
                     source.values * self._scale + self._shift)

  def reads(self, needed: np.ndarray, source: Constants) -> list[np.ndarray]:
    """See `Node`."""
    return [needed & ~source.mask]

  def emit(self, application: writing.Application, needed: np.ndarray,
           source: Flow) -> tuple[np.ndarray, tf.Tensor]:
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

  def __init__(self, name: str, node: Node, indices: np.ndarray) -> None:
    super().__init__(name, (*node.shape[:-1], len(indices)), [node])
    self._indices = indices

  def constants(self, source: Constants) -> Constants:
    """See `Node`."""
    return Constants(
        source.mask[self._indices], source.values[..., self._indices])

  def reads(self, needed: np.ndarray, source: Constants) -> list[np.ndarray]:
    """See `Node`."""
    reads = np.zeros_like(source.mask)
    reads[self._indices[needed]] = True
    return [reads]

  def emit(self, application: writing.Application, needed: np.ndarray,
           source: Flow) -> tuple[np.ndarray, tf.Tensor]:
    """See `Node`."""
    positions = (np.cumsum(source.present) - 1)[self._indices[needed]]
    return needed, tf.gather(
        source.tensor, positions.astype(np.int32), axis=-1)
