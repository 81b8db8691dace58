"""Builds a compacted network in the current graph."""
from __future__ import annotations

import itertools
import typing

import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.export import liveness
from sparse_disent.export import nodes

if typing.TYPE_CHECKING:
  from sparse_disent.export import opaque


class Variables:
  """The variables of a graph, and the sizes of the layers that have them.

  Attributes:
    values: Dictionary from the names of variables to arrays.
    layers: Dictionary from layers (`nodes.Node`) to the numbers of their inputs
      and outputs that are left.
  """

  def __init__(self) -> None:
    self.values = {}
    self.layers = {}
    self._scopes = {}

  def get(self, owner: nodes.Node | opaque.Part, name: str,
          value: np.ndarray) -> tf.Variable:
    """Returns a variable; the same one whenever its owner asks for it.

    Args:
      owner: Object with a `name`, which is the scope of its variables.
      name: Name of the variable.
      value: Array with its value.

    Returns:
      variable: A float32 variable of the value's shape.
    """
    if owner not in self._scopes:
      numbered = (f"{owner.name}_{i}" for i in itertools.count(1))
      self._scopes[owner] = next(
          scope for scope in itertools.chain([owner.name], numbered)
          if scope not in self._scopes.values())
    with tf.variable_scope(self._scopes[owner], reuse=tf.AUTO_REUSE):
      variable = tf.get_variable(
          name, value.shape, initializer=tf.zeros_initializer())
    self.values[variable.op.name] = value.astype(np.float32)
    return variable


class Application:
  """A compacted network, applied to a tensor."""

  def __init__(self, plan: liveness.Plan, variables: Variables,
               tensor: tf.Tensor, columns: np.ndarray) -> None:
    """Prepares the application.

    Args:
      plan: A `liveness.Plan`.
      variables: The `Variables` of the graph.
      tensor: [batch_size, ..., number of columns].
      columns: [channels], True for channels of the network's input that the
        tensor has.
    """
    self._plan = plan
    self._variables = variables
    self._batch_size = tf.shape(tensor)[0]
    source = plan.network.source
    needed = plan.needed[source]
    given = nodes.Flow(source, plan.constants[source], columns, tensor)
    self._flows = {source: nodes.Flow(
        source, plan.constants[source], needed, self.widen(given, needed))}
    self._made = {}

  def output(self, name: str, wanted: np.ndarray) -> tf.Tensor:
    """Returns one of the network's outputs.

    Args:
      name: Its name.
      wanted: [channels], True for channels to return.

    Returns:
      output: [batch_size, ..., number of wanted channels].
    """
    node = self._plan.network.outputs[name]
    with tf.name_scope(self._plan.network.source.name):
      tensor = self.widen(self._flow(node), wanted)
    tensor.set_shape([None, *node.shape[:-1], wanted.sum()])
    return tensor

  def variable(self, owner: nodes.Node | opaque.Part, name: str,
               value: np.ndarray) -> tf.Variable:
    """Returns a variable; see `Variables.get`."""
    return self._variables.get(owner, name, value)

  def once(self, part: opaque.Part, source: nodes.Flow) -> dict[str, tf.Tensor]:
    """Returns the tensors of an `opaque.Part`, which is added only once."""
    if part not in self._made:
      self._made[part] = part.emit(self, source)
    return self._made[part]

  def report(self, layer: nodes.Node, inputs: np.ndarray,
             outputs: np.ndarray) -> None:
    """Records the inputs and outputs of a layer that are left, [channels]."""
    self._variables.layers[layer] = inputs.sum(), outputs.sum()

  def widen(self, flow: nodes.Flow, wanted: np.ndarray) -> tf.Tensor:
    """Returns channels of a node; absent ones are filled with constants.

    Args:
      flow: A `nodes.Flow`.
      wanted: [channels], True for channels to return; those that are absent
        must be constant.

    Returns:
      tensor: [batch_size, *shape[:-1], number of wanted channels].
    """
    absent = wanted & ~flow.present
    tensor = flow.tensor
    if tensor is None:
      tensor = tf.zeros(
          [self._batch_size, *flow.node.shape[:-1], absent.sum()])
    elif np.any(flow.present != wanted):
      # A channel of zeros, appended to the others, stands for absent channels.
      zero = flow.present.sum()
      if absent.any():
        before = [[0, 0]] * len(flow.node.shape)
        tensor = tf.pad(tensor, [*before, [0, 1]])
      positions = np.where(flow.present, np.cumsum(flow.present) - 1, zero)
      tensor = tf.gather(tensor, positions[wanted].astype(np.int32), axis=-1)
    values = np.where(absent, flow.constants.values, 0.0)[..., wanted]
    if values.any():
      tensor += self.variable(flow.node, "constants", values)
    return tensor

  def _flow(self, node):
    if node not in self._flows:
      constants, needed = self._plan.constants[node], self._plan.needed[node]
      made = needed, None
      if needed.any():
        made = node.emit(self, needed, *map(self._flow, node.inputs))
      self._flows[node] = nodes.Flow(node, constants, *made)
    return self._flows[node]
