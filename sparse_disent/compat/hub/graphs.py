"""Contents of a hub module's meta graph: variables, state, effects.

State is what the module keeps between two calls: variables and tables. Effects
are what training does besides: update ops to run, losses to add.
"""
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from typing import Any

import tensorflow as tf
from tensorflow.core.framework import variable_pb2

_KEYS = tf.compat.v1.GraphKeys

VARIABLES = (_KEYS.GLOBAL_VARIABLES, _KEYS.MODEL_VARIABLES,
             _KEYS.TRAINABLE_VARIABLES)
# Collections of effects. An effect without inputs is imported once, with the
# state; any other is imported with each application that feeds its inputs.
EFFECTS = (_KEYS.UPDATE_OPS, _KEYS.REGULARIZATION_LOSSES)
CONTROL_FLOW = (_KEYS.COND_CONTEXT, _KEYS.WHILE_CONTEXT)
SUPPORTED_COLLECTIONS = (
    *VARIABLES, *EFFECTS, *CONTROL_FLOW, _KEYS.TABLE_INITIALIZERS)

_PLACEHOLDERS = ("Placeholder", "PlaceholderV2")


def variable_defs(
    meta_graph: tf.compat.v1.MetaGraphDef,
    collection: str = _KEYS.GLOBAL_VARIABLES
) -> list[variable_pb2.VariableDef]:
  """Returns the `VariableDef`s of a collection of variables."""
  if collection not in meta_graph.collection_def:
    return []
  return [variable_pb2.VariableDef.FromString(value) for value in
          meta_graph.collection_def[collection].bytes_list.value]


def change_variable_defs(
    meta_graph: tf.compat.v1.MetaGraphDef,
    change: Callable[[variable_pb2.VariableDef], None]) -> None:
  """Applies a function to all `VariableDef`s of a meta graph, in place."""
  for key in VARIABLES:
    if key in meta_graph.collection_def:
      variables = variable_defs(meta_graph, key)
      for variable in variables:
        change(variable)
      meta_graph.collection_def[key].bytes_list.value[:] = [
          variable.SerializeToString() for variable in variables]


def variable_specs(
    meta_graph: tf.compat.v1.MetaGraphDef) -> dict[str, tf.TensorSpec]:
  """Returns a dict from variable names to `tf.TensorSpec`."""
  nodes = {node.name: node for node in meta_graph.graph_def.node}
  specs = {}
  for variable in variable_defs(meta_graph):
    name = variable.variable_name.partition(":")[0]
    attributes = nodes[name].attr
    specs[name] = tf.TensorSpec(
        attributes["shape"].shape, attributes["dtype"].type, name)
  return specs


def state_names(meta_graph: tf.compat.v1.MetaGraphDef) -> list[str]:
  """Returns the names of the tensors that hold state.

  They are outputs of stateful ops, such as variables and tables, that have no
  input and return a resource or a reference. A random op takes its shape as an
  input, and a clock returns a number; neither holds state.
  """
  ops = {op.name for op in meta_graph.meta_info_def.stripped_op_list.op
         if op.is_stateful and not op.input_arg and len(op.output_arg) == 1
         and (op.output_arg[0].is_ref
              or op.output_arg[0].type == tf.resource.as_datatype_enum)}
  return [node.name + ":0" for node in meta_graph.graph_def.node
          if node.op in ops]


def needed_nodes(
    graph_def: tf.compat.v1.GraphDef, targets: Iterable[str],
    fed: Collection[str] = ()) -> tuple[set[str], set[str], set[str]]:
  """Finds the nodes that compute `targets` from the tensors `fed`.

  Args:
    graph_def: `GraphDef`.
    targets: names of tensors or nodes.
    fed: names of tensors whose values come from elsewhere.

  Returns:
    nodes: set of names of the nodes needed.
    used: names of those tensors of `fed` that these nodes read, a set.
    waited_for: names of those tensors of `fed` whose nodes are control inputs
      of these nodes, a set.
  """
  inputs = {node.name: node.input for node in graph_def.node}
  fed_nodes = {name.partition(":")[0]: name for name in fed}
  nodes, used, waited_for = set(), set(), set()
  pending = list(targets)
  while pending:
    node, _, index = pending.pop().partition(":")
    if node.startswith("^"):
      node = node[1:]
      if node in fed_nodes:
        waited_for.add(fed_nodes[node])
        continue
    elif f"{node}:{index or 0}" in fed:
      used.add(f"{node}:{index or 0}")
      continue
    if node not in nodes:
      nodes.add(node)
      pending.extend(inputs[node])
  return nodes, used, waited_for


def state_nodes(meta_graph: tf.compat.v1.MetaGraphDef) -> list[str]:
  """Returns the names of all tensors and nodes that belong to the state.

  They are the tensors of `state_names`, and the ops that initialise and read
  them. `needed_nodes` takes them as targets.
  """
  names = [*state_names(meta_graph),
           *collected(meta_graph, _KEYS.TABLE_INITIALIZERS)]
  for variable in variable_defs(meta_graph):
    names += filter(None, (
        variable.variable_name, variable.initializer_name,
        variable.snapshot_name, variable.initial_value_name))
  return names


def prune(meta_graph: tf.compat.v1.MetaGraphDef) -> None:
  """Removes the nodes that neither state, signatures nor effects need.

  Nothing is removed from a graph with TensorFlow 1's control flow.
  """
  targets = state_nodes(meta_graph)
  for signature in meta_graph.signature_def.values():
    targets += [info.name for info in (*signature.inputs.values(),
                                       *signature.outputs.values())]
  for key in EFFECTS:
    targets += collected(meta_graph, key)
  if has_control_flow(meta_graph):
    targets = [node.name for node in meta_graph.graph_def.node]
  nodes, _, _ = needed_nodes(meta_graph.graph_def, targets)
  keep_nodes(meta_graph, nodes)


def has_control_flow(meta_graph: tf.compat.v1.MetaGraphDef) -> bool:
  """Tells whether a graph has control flow contexts of TensorFlow 1.

  Such a context may name any node, so all nodes of the graph have to stay.
  """
  return any(key in meta_graph.collection_def for key in CONTROL_FLOW)


def keep_nodes(
    meta_graph: tf.compat.v1.MetaGraphDef, names: Collection[str]) -> None:
  """Removes all nodes but the named ones, in place."""
  kept = [node for node in meta_graph.graph_def.node if node.name in names]
  del meta_graph.graph_def.node[:]
  meta_graph.graph_def.node.extend(kept)


def unfed_placeholders(
    meta_graph: tf.compat.v1.MetaGraphDef, signature: Any) -> list[str]:
  """Returns placeholders that a signature reads but does not have as inputs.

  Args:
    meta_graph: `MetaGraphDef`.
    signature: `SignatureDef` of the graph.

  Returns:
    Sorted list of node names.
  """
  nodes, _, _ = needed_nodes(
      meta_graph.graph_def,
      [info.name for info in signature.outputs.values()],
      {info.name for info in signature.inputs.values()})
  return sorted(node.name for node in meta_graph.graph_def.node
                if node.name in nodes and node.op in _PLACEHOLDERS)


def collected(meta_graph: tf.compat.v1.MetaGraphDef, key: str) -> list[str]:
  """Returns the names of the nodes or tensors in a collection."""
  if key not in meta_graph.collection_def:
    return []
  return list(meta_graph.collection_def[key].node_list.value)


def effects(meta_graph: tf.compat.v1.MetaGraphDef, fed: Collection[str],
            given: Collection[str] = ()) -> dict[str, list[str]]:
  """Returns the names of the effects that can run with `fed`, by collection.

  Args:
    meta_graph: `MetaGraphDef`.
    fed: names of the tensors that have a value.
    given: names of inputs, of which an effect has to read at least one; if
      empty, there is no such condition.

  Returns:
    Dict from collection names to lists of node or tensor names.
  """
  graph_def = meta_graph.graph_def
  open_nodes = {node.name for node in graph_def.node
                if node.op in _PLACEHOLDERS}
  for signature in meta_graph.signature_def.values():
    open_nodes |= {info.name.partition(":")[0]
                   for info in signature.inputs.values()}
  chosen = {key: [] for key in EFFECTS}
  for key, names in chosen.items():
    for name in collected(meta_graph, key):
      nodes, used, waited_for = needed_nodes(graph_def, [name], fed)
      reads_given = not (used | waited_for).isdisjoint(given)
      if nodes.isdisjoint(open_nodes) and reads_given == bool(given):
        names.append(name)
  return chosen
