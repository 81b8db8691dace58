"""Makes the graphs of hub modules readable by TensorFlow 1.15."""
import hashlib

import tensorflow as tf
from tensorflow.core.framework import node_def_pb2
from tensorflow.python.framework import meta_graph as tf_meta_graph

from sparse_disent.compat.hub import graphs

# Attributes, by op, that TensorFlow 1.15 lacks and that do not change what an
# op computes. It cannot read a module where one of them is not at its default.
_NEW_ATTRIBUTES = {
    "VarHandleOp": ("allowed_devices", "debug_name"),
    "AssignVariableOp": ("validate_shape",),
    "MatMul": ("grad_a", "grad_b"),
    "BatchMatMulV2": ("grad_x", "grad_y"),
}

# Random ops that TensorFlow 1.15 lacks, and its ops that draw the same numbers.
# The new ops take a key, a counter and an algorithm; the old ones take a seed.
_OLD_RANDOM_OPS = {
    "StatelessRandomNormalV2": "StatelessRandomNormal",
    "StatelessRandomUniformIntV2": "StatelessRandomUniformInt",
    "StatelessRandomUniformV2": "StatelessRandomUniform",
    "StatelessTruncatedNormalV2": "StatelessTruncatedNormal",
}


def make_portable(meta_graph: tf.compat.v1.MetaGraphDef) -> None:
  """Rewrites a graph so that TensorFlow 1.15 can read it.

  Removes new attributes and colocations, and replaces new random ops by old
  ones. The graph computes the same numbers.

  Args:
    meta_graph: `MetaGraphDef`; changed in place.
  """
  graph_def = meta_graph.graph_def
  bodies = [function.node_def for function in graph_def.library.function]
  for nodes in [graph_def.node, *bodies]:
    for node in nodes:
      # A colocation ("_class") may name a node that an imported part of the
      # graph lacks. Variables stay with their users without it, because
      # resource and reference edges keep them together.
      for name in ("_class", *_NEW_ATTRIBUTES.get(node.op, ())):
        if name in node.attr:
          del node.attr[name]
  nodes = {node.name: node for node in graph_def.node}
  for node in graph_def.node:
    if node.op in _OLD_RANDOM_OPS:
      _use_old_random_op(node, nodes)
  _list_ops(meta_graph)


def _use_old_random_op(node, nodes):
  shape, key, _, _, *bounds = node.input
  source = nodes[key.partition(":")[0]]
  if source.op != "StatelessRandomGetKeyCounter":
    return
  node.op = _OLD_RANDOM_OPS[node.op]
  node.input[:] = [shape, source.input[0], *bounds]
  node.attr["Tseed"].CopyFrom(source.attr["Tseed"])
  if "Tshape" in node.attr:
    node.attr["T"].CopyFrom(node.attr["Tshape"])
    del node.attr["Tshape"]


def name_functions_by_content(graph_def: tf.compat.v1.GraphDef) -> None:
  """Appends one digest of all functions to the name of each function.

  TensorFlow numbers the functions of a process (`cond_true_6`). Two modules
  built in two processes may give one name to different functions; without the
  digest they could not be used in one graph.

  Args:
    graph_def: `GraphDef`; changed in place.
  """
  functions = graph_def.library.function
  digest = hashlib.sha256(
      graph_def.library.SerializeToString(deterministic=True)).hexdigest()[:16]
  names = {function.signature.name: f"{function.signature.name}_{digest}"
           for function in functions}
  for function in functions:
    function.signature.name = names[function.signature.name]
  for gradient in graph_def.library.gradient:
    gradient.function_name = names[gradient.function_name]
    gradient.gradient_func = names[gradient.gradient_func]
  for nodes in [graph_def.node, *[function.node_def for function in functions]]:
    for node in nodes:
      node.op = names.get(node.op, node.op)
      for attribute in node.attr.values():
        for call in (attribute.func, *attribute.list.func):
          if call.name in names:
            call.name = names[call.name]


def _list_ops(meta_graph):
  meta_graph.meta_info_def.stripped_op_list.CopyFrom(
      tf_meta_graph.stripped_op_list_for_graph(meta_graph.graph_def))


def without_initial_values(
    meta_graph: tf.compat.v1.MetaGraphDef) -> tf.compat.v1.MetaGraphDef:
  """Copies a graph without the ops that compute its variables' initial values.

  A module on disk holds the variables' values, so these ops never run again.
  TensorFlow 1.15 may lack them, and in a nested module they name the path of
  the inner module. A variable must still have an initializer, so that it gets
  one that assigns a placeholder.

  Args:
    meta_graph: `MetaGraphDef`.

  Returns:
    A new `MetaGraphDef`.
  """
  result = tf.compat.v1.MetaGraphDef()
  result.CopyFrom(meta_graph)
  nodes = {node.name: node for node in result.graph_def.node}
  initial_values = {}
  for variable in graphs.variable_defs(result):
    initializer = nodes[variable.initializer_name.lstrip("^").partition(":")[0]]
    if initializer.op not in ("Assign", "AssignVariableOp"):
      continue
    placeholder = _placeholder_like(
        nodes[variable.variable_name.partition(":")[0]],
        f"{initializer.name}/value_on_disk")
    if placeholder.name not in nodes:
      result.graph_def.node.append(placeholder)
    initializer.input[1] = placeholder.name
    initial_values[variable.variable_name] = placeholder.name + ":0"
  graphs.change_variable_defs(
      result, lambda variable: _set_initial_value(variable, initial_values))
  graphs.prune(result)
  _list_ops(result)
  return result


def _placeholder_like(variable_node, name):
  node = node_def_pb2.NodeDef(name=name, op="Placeholder")
  for attribute in ("dtype", "shape"):
    node.attr[attribute].CopyFrom(variable_node.attr[attribute])
  return node


def _set_initial_value(variable, names):
  if variable.variable_name in names:
    variable.initial_value_name = names[variable.variable_name]
