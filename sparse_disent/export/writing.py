"""Makes what is left of a network in the current graph."""
import itertools

import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.export import nodes


class Variables:
  """The variables of a graph, and the sizes of the layers that have them.

  Attributes:
    values: Dictionary from the names of variables to arrays.
    layers: Dictionary from layers (`nodes.Node`) to the numbers of their inputs
      and outputs that are left.
  """

  def __init__(self):
    self.values = {}
    self.layers = {}
    self._scopes = {}

  def get(self, owner, name, value):
    """Makes a variable; the same one whenever its owner asks for it.

    Args:
      owner: Anything with a name, which is the scope of its variables.
      name: Name of the variable.
      value: Array.

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
  """What a plan leaves of a network, applied to a tensor."""

  def __init__(self, plan, variables, tensor, columns):
    """Prepares the application.

    Args:
      plan: A `liveness.Plan`.
      variables: The `Variables` of the graph.
      tensor: [batch_size, ..., number of columns].
      columns: [channels], True for those of the network's input that are there.
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

  def output(self, name, wanted):
    """One of the network's outputs.

    Args:
      name: Its name.
      wanted: [channels], True for those to return.

    Returns:
      output: [batch_size, ..., number of those].
    """
    node = self._plan.network.outputs[name]
    with tf.name_scope(self._plan.network.source.name):
      tensor = self.widen(self._flow(node), wanted)
    tensor.set_shape([None, *node.shape[:-1], wanted.sum()])
    return tensor

  def variable(self, owner, name, value):
    """See `Variables`."""
    return self._variables.get(owner, name, value)

  def once(self, part, source):
    """What an `opaque.Part` makes; made once."""
    if part not in self._made:
      self._made[part] = part.emit(self, source)
    return self._made[part]

  def report(self, layer, inputs, outputs):
    """Notes which inputs and outputs of a layer are left, each [channels]."""
    self._variables.layers[layer] = inputs.sum(), outputs.sum()

  def widen(self, flow, wanted):
    """Some channels of a node, of which those that are absent are constant.

    Args:
      flow: A `nodes.Flow`.
      wanted: [channels].

    Returns:
      tensor: [batch_size, *shape[:-1], number of those wanted].
    """
    absent = wanted & ~flow.present
    tensor = flow.tensor
    if tensor is None:
      tensor = tf.zeros(
          [self._batch_size, *flow.node.shape[:-1], absent.sum()])
    elif np.any(flow.present != wanted):
      # Absent channels come from a zero behind the others.
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
