"""Imports the state and the applications of a hub module into a graph.

The state (variables and tables) is imported once per `Module`. An application
is one call of a module. It imports only the ops that compute the signature's
outputs from the signature's inputs and the state.
"""
from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import meta_graph as tf_meta_graph

from sparse_disent.compat.hub import graphs

_KEYS = tf.compat.v1.GraphKeys


def import_state(
    meta_graph: tf.compat.v1.MetaGraphDef, scope: str, trainable: bool
) -> tuple[dict[str, tf.Tensor], dict[str, tf.Variable]]:
  """Imports variables and tables into the current graph.

  Args:
    meta_graph: `MetaGraphDef`.
    scope: path of a scope that is unused so far.
    trainable: whether trainable variables stay trainable. If so, update ops and
      regularization losses that read no input are added to their collections.

  Returns:
    state: dict from tensor names in `meta_graph` to tensors.
    variables: dict from variable names in `meta_graph` to variables.
  """
  state = graphs.state_names(meta_graph)
  collections: dict[str, list[str] | None] = {key: None for key in (
      *graphs.VARIABLES, _KEYS.TABLE_INITIALIZERS)}
  if trainable:
    collections.update(graphs.effects(meta_graph, {}))
  else:
    del collections[_KEYS.TRAINABLE_VARIABLES]
  get_tensor = _import(
      meta_graph, scope, graphs.state_nodes(meta_graph), {}, collections,
      frozen=not trainable)
  imported = {variable.op.name: variable
              for variable in tf.compat.v1.global_variables()}
  return ({name: get_tensor(name) for name in state},
          {name: imported[f"{scope}/{name}"]
           for name in graphs.variable_specs(meta_graph)})


def import_application(
    meta_graph: tf.compat.v1.MetaGraphDef, scope: str, signature: Any,
    inputs: Mapping[str, tf.Tensor], state: Mapping[str, tf.Tensor],
    trainable: bool) -> dict[str, tf.Tensor]:
  """Imports the ops that compute a signature's outputs.

  Args:
    meta_graph: `MetaGraphDef`.
    scope: name scope; a number is appended if it is in use.
    signature: `SignatureDef` of `meta_graph`.
    inputs: dict from the signature's input names to tensors.
    state: dict from tensor names to tensors, see `import_state`.
    trainable: whether update ops and regularization losses that depend on
      `inputs` are added to their collections.

  Returns:
    Dict from the signature's output names to tensors.
  """
  given = {signature.inputs[key].name: tensor
           for key, tensor in inputs.items()}
  outputs = {key: info.name for key, info in signature.outputs.items()}
  collections = {}
  if trainable and given:
    collections = graphs.effects(meta_graph, {**state, **given}, given)
  get_tensor = _import(meta_graph, scope, list(outputs.values()),
                       {**state, **given}, collections)
  return {key: get_tensor(name) for key, name in outputs.items()}


def _import(meta_graph, scope, targets, fed, collections, frozen=False):
  """Imports the part of a meta graph that `targets` need.

  Args:
    meta_graph: `MetaGraphDef`.
    scope: name scope.
    targets: names of tensors or nodes.
    fed: dict from names of tensors to the tensors that replace them.
    collections: dict from the key of a collection to the names of the nodes to
      add to it, or to None for all.
    frozen: whether variables are marked as not trainable.

  Returns:
    Function from the name of a tensor in `meta_graph` to the tensor.
  """
  part = tf.compat.v1.MetaGraphDef()
  part.CopyFrom(meta_graph)
  for names in collections.values():
    targets = targets + list(names or [])
  collections = dict(collections)
  if graphs.has_control_flow(part):
    targets = [node.name for node in part.graph_def.node]
    collections.update(dict.fromkeys(graphs.CONTROL_FLOW))
  nodes, used, waited_for = graphs.needed_nodes(part.graph_def, targets, fed)
  graphs.keep_nodes(part, nodes)
  _keep_collections(part, collections)
  if frozen:
    graphs.change_variable_defs(part, _freeze)
  graph = tf.compat.v1.get_default_graph()
  scope_path = graph.unique_name(scope, mark_as_used=False)
  _prefix_shared_names(part, scope_path)
  # Not tf.compat.v1.train.import_meta_graph: that adds a saver each time.
  tf_meta_graph.import_scoped_meta_graph(
      part, import_scope=scope,
      input_map={**{name: fed[name] for name in used},
                 **{"^" + name.partition(":")[0]: fed[name]
                    for name in waited_for}})

  def get_tensor(name):
    if name in fed:
      return fed[name]
    return graph.get_tensor_by_name(f"{scope_path}/{name}")

  return get_tensor


def _keep_collections(meta_graph, collections):
  for key in list(meta_graph.collection_def):
    if key not in collections or collections[key] == []:
      del meta_graph.collection_def[key]
    elif collections[key] is not None:
      meta_graph.collection_def[key].node_list.value[:] = collections[key]


def _freeze(variable_def):
  variable_def.trainable = False


def _prefix_shared_names(meta_graph, scope_path):
  """Gives each instance of a module its own variables and tables.

  TensorFlow shares resources that have the same shared name.
  """
  for node in meta_graph.graph_def.node:
    if "shared_name" in node.attr and node.attr["shared_name"].s:
      node.attr["shared_name"].s = (
          scope_path.encode() + b"/" + node.attr["shared_name"].s)
