"""Nodes without a kernel: activations, concatenations and reshapes."""
from __future__ import annotations

import typing
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.export import nodes

if typing.TYPE_CHECKING:
  from sparse_disent.export import writing

ACTIVATIONS: dict[str, tuple[Callable, Callable]] = {
    "Relu": (tf.nn.relu, lambda values: np.maximum(values, 0.0)),
    "Tanh": (tf.nn.tanh, np.tanh),
}


class Activation(nodes.Node):
  """An activation function, applied to each element."""

  def __init__(self, name: str, node: nodes.Node, kind: str) -> None:
    super().__init__(name, node.shape, [node])
    self._function, self._of_arrays = ACTIVATIONS[kind]

  def constants(self, source: nodes.Constants) -> nodes.Constants:
    """See `Node`."""
    return nodes.Constants(source.mask, self._of_arrays(source.values))

  def reads(self, needed: np.ndarray,
            source: nodes.Constants) -> list[np.ndarray]:
    """See `Node`."""
    del source
    return [needed]

  def emit(self, application: writing.Application, needed: np.ndarray,
           source: nodes.Flow) -> tuple[np.ndarray, tf.Tensor]:
    """See `Node`."""
    return source.present, self._function(source.tensor)


class Softmax(nodes.Node):
  """A softmax over the channels; each output reads all inputs."""

  def __init__(self, name: str, node: nodes.Node) -> None:
    super().__init__(name, node.shape, [node])

  def reads(self, needed: np.ndarray,
            source: nodes.Constants) -> list[np.ndarray]:
    """See `Node`."""
    return [needed.any() & ~source.mask]

  def emit(self, application: writing.Application, needed: np.ndarray,
           source: nodes.Flow) -> tuple[np.ndarray, tf.Tensor]:
    """See `Node`."""
    everything = np.ones_like(needed)
    return everything, tf.nn.softmax(application.widen(source, everything))


class Concat(nodes.Node):
  """The channels of several nodes, one after the other."""

  def __init__(self, name: str, nodes: Sequence[nodes.Node]) -> None:
    width = sum(node.shape[-1] for node in nodes)
    super().__init__(name, (*nodes[0].shape[:-1], width), nodes)

  def affine(self, scale: np.ndarray, shift: np.ndarray) -> Concat:
    """See `Node`."""
    ends = np.cumsum([node.shape[-1] for node in self.inputs])[:-1]
    parts = zip(self.inputs, np.split(scale, ends), np.split(shift, ends),
                strict=True)
    return Concat(self.name, [node.affine(*part) for node, *part in parts])

  def constants(self, *sources: nodes.Constants) -> nodes.Constants:
    """See `Node`."""
    return nodes.Constants(
        np.concatenate([source.mask for source in sources]),
        np.concatenate([source.values for source in sources], axis=-1))

  def reads(self, needed: np.ndarray,
            *sources: nodes.Constants) -> list[np.ndarray]:
    """See `Node`."""
    ends = np.cumsum([source.mask.size for source in sources])
    return np.split(needed, ends[:-1])

  def emit(self, application: writing.Application, needed: np.ndarray,
           *sources: nodes.Flow) -> tuple[np.ndarray, tf.Tensor]:
    """See `Node`."""
    return np.concatenate([source.present for source in sources]), tf.concat(
        [source.tensor for source in sources if source.tensor is not None], -1)


class Flatten(nodes.Node):
  """[..., channels] reshaped to one axis; channels stay or go as a whole."""

  def __init__(self, name: str, node: nodes.Node) -> None:
    super().__init__(name, [int(np.prod(node.shape))], [node])

  def constants(self, source: nodes.Constants) -> nodes.Constants:
    """See `Node`."""
    return nodes.Constants(self._flat(source.mask), source.values.reshape(-1))

  def reads(self, needed: np.ndarray,
            source: nodes.Constants) -> list[np.ndarray]:
    """See `Node`."""
    return [np.asarray(
        needed.reshape([-1, source.mask.size]).any(axis=0))]

  def emit(self, application: writing.Application, needed: np.ndarray,
           source: nodes.Flow) -> tuple[np.ndarray, tf.Tensor]:
    """See `Node`."""
    present = self._flat(source.present)
    return present, tf.reshape(source.tensor, [-1, present.sum()])

  def _flat(self, channels: np.ndarray) -> np.ndarray:
    return np.broadcast_to(channels, self.inputs[0].shape).reshape(-1)


class Unflatten(nodes.Node):
  """One axis reshaped to [..., channels]; absent entries are filled in."""

  def __init__(self, name: str, node: nodes.Node, shape: Sequence[int]) -> None:
    super().__init__(name, shape, [node])

  def constants(self, source: nodes.Constants) -> nodes.Constants:
    """See `Node`."""
    mask = np.asarray(
        source.mask.reshape([-1, self.shape[-1]]).all(axis=0))
    return nodes.Constants(mask, source.values.reshape(self.shape))

  def reads(self, needed: np.ndarray,
            source: nodes.Constants) -> list[np.ndarray]:
    """See `Node`."""
    return [self._flat(needed) & ~source.mask]

  def emit(self, application: writing.Application, needed: np.ndarray,
           source: nodes.Flow) -> tuple[np.ndarray, tf.Tensor]:
    """See `Node`."""
    tensor = application.widen(source, self._flat(needed))
    return needed, tf.reshape(tensor, [-1, *self.shape[:-1], needed.sum()])

  def _flat(self, channels: np.ndarray) -> np.ndarray:
    return np.broadcast_to(channels, self.shape).reshape(-1)
