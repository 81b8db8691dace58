"""Parts of a hub module's graph and how they enter the current graph.

A module's graph is used in two parts. Its state (variables and tables) is
imported once per `Module`; every application imports what lies between the
signature's inputs, the state and the signature's outputs.
"""
import tensorflow as tf
from tensorflow.core.framework import variable_pb2
from tensorflow.python.framework import meta_graph as tf_meta_graph

_KEYS = tf.compat.v1.GraphKeys

VARIABLES = (_KEYS.GLOBAL_VARIABLES, _KEYS.MODEL_VARIABLES,
             _KEYS.TRAINABLE_VARIABLES)
# What training has to run or add to its loss. Those that need no input belong
# to the state, the others to each application that feeds them.
EFFECTS = (_KEYS.UPDATE_OPS, _KEYS.REGULARIZATION_LOSSES)
CONTROL_FLOW = (_KEYS.COND_CONTEXT, _KEYS.WHILE_CONTEXT)
SUPPORTED_COLLECTIONS = (
    *VARIABLES, *EFFECTS, *CONTROL_FLOW, _KEYS.TABLE_INITIALIZERS)

_PLACEHOLDERS = ("Placeholder", "PlaceholderV2")


def variable_defs(meta_graph, collection=_KEYS.GLOBAL_VARIABLES):
  """Returns the `VariableDef`s of a collection of variables."""
  if collection not in meta_graph.collection_def:
    return []
  return [variable_pb2.VariableDef.FromString(value) for value in
          meta_graph.collection_def[collection].bytes_list.value]


def variable_specs(meta_graph):
  """Returns a dict from variable names to `tf.TensorSpec`."""
  nodes = {node.name: node for node in meta_graph.graph_def.node}
  specs = {}
  for variable in variable_defs(meta_graph):
    name = variable.variable_name.partition(":")[0]
    attributes = nodes[name].attr
    specs[name] = tf.TensorSpec(
        attributes["shape"].shape, attributes["dtype"].type, name)
  return specs


def state_names(meta_graph):
  """Returns the names of the tensors that hold state.

  They come from stateful ops that have no input and return a resource or a
  reference: variables, tables. A random op has its shape as an input, and a
  clock returns a number; neither is state.
  """
  ops = {op.name for op in meta_graph.meta_info_def.stripped_op_list.op
         if op.is_stateful and not op.input_arg and len(op.output_arg) == 1
         and (op.output_arg[0].is_ref
              or op.output_arg[0].type == tf.resource.as_datatype_enum)}
  return [node.name + ":0" for node in meta_graph.graph_def.node
          if node.op in ops]


def needed_nodes(graph_def, targets, fed=()):
  """Returns what has to be computed for `targets` once `fed` is given.

  Args:
    graph_def: `GraphDef`.
    targets: names of tensors or nodes.
    fed: names of tensors whose values come from elsewhere.

  Returns:
    nodes: set of names of the nodes needed.
    used: set of names of the tensors of `fed` that they read.
    waited_for: set of names of the tensors of `fed` whose nodes they wait for.
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


def unfed_placeholders(meta_graph, signature):
  """Returns the placeholders that a signature reads beside its inputs."""
  nodes, _, _ = needed_nodes(
      meta_graph.graph_def,
      [info.name for info in signature.outputs.values()],
      {info.name for info in signature.inputs.values()})
  return sorted(node.name for node in meta_graph.graph_def.node
                if node.name in nodes and node.op in _PLACEHOLDERS)


def import_state(meta_graph, scope, trainable):
  """Imports variables and tables into the current graph.

  Args:
    meta_graph: `MetaGraphDef`.
    scope: name scope, unused so far.
    trainable: whether trainable variables stay trainable; if so, collections
      also receive the update ops and regularization losses of the state.

  Returns:
    state: dict from tensor names in `meta_graph` to tensors.
    variables: dict from variable names in `meta_graph` to variables.
  """
  state = state_names(meta_graph)
  targets = [*state, *_collected(meta_graph, _KEYS.TABLE_INITIALIZERS)]
  for variable in variable_defs(meta_graph):
    targets += filter(None, (
        variable.variable_name, variable.initializer_name,
        variable.snapshot_name, variable.initial_value_name))
  collections = {key: None for key in (
      *VARIABLES, _KEYS.TABLE_INITIALIZERS)}
  if trainable:
    collections.update(_effects(meta_graph, {}))
  else:
    del collections[_KEYS.TRAINABLE_VARIABLES]
  get_tensor, variables = _import(
      meta_graph, scope, targets, {}, collections, frozen=not trainable)
  return ({name: get_tensor(name) for name in state},
          {name.partition(":")[0]: variable
           for name, variable in variables.items()})


def import_application(meta_graph, scope, signature, inputs, state, trainable):
  """Imports what a signature computes into the current graph.

  Args:
    meta_graph: `MetaGraphDef`.
    scope: name scope; a number is appended if it is in use.
    signature: `SignatureDef` of `meta_graph`.
    inputs: dict from the signature's input names to tensors.
    state: as `import_state` returns it.
    trainable: whether collections receive the update ops and regularization
      losses that depend on `inputs`.

  Returns:
    Dict from the signature's output names to tensors.
  """
  given = {signature.inputs[key].name: tensor
           for key, tensor in inputs.items()}
  outputs = {key: info.name for key, info in signature.outputs.items()}
  collections = _effects(
      meta_graph, {**state, **given}, given) if trainable else {}
  get_tensor, _ = _import(meta_graph, scope, list(outputs.values()),
                          {**state, **given}, collections)
  return {key: get_tensor(name) for key, name in outputs.items()}


def _collected(meta_graph, key):
  if key not in meta_graph.collection_def:
    return []
  return list(meta_graph.collection_def[key].node_list.value)


def _effects(meta_graph, fed, given=()):
  """Returns the names of the effects that can run with `fed`, by collection.

  Args:
    meta_graph: `MetaGraphDef`.
    fed: names of the tensors that have a value.
    given: names of the inputs of which an effect has to read one; if there
      are none, no effect that reads any signature's input is returned.

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
    for name in _collected(meta_graph, key):
      nodes, used, waited_for = needed_nodes(graph_def, [name], fed)
      reads_given = not (used | waited_for).isdisjoint(given)
      if nodes.isdisjoint(open_nodes) and reads_given == bool(given):
        names.append(name)
  return chosen


def _import(meta_graph, scope, targets, fed, collections, frozen=False):
  """Imports the part of a meta graph that `targets` need.

  Args:
    meta_graph: `MetaGraphDef`.
    scope: name scope.
    targets: names of tensors or nodes.
    fed: dict from tensor names to tensors that take their place.
    collections: dict from the collections to fill to the names of the nodes
      they receive, or to None for all.
    frozen: whether variables are marked as not trainable.

  Returns:
    get_tensor: function from a name in `meta_graph` to the tensor.
    variables: dict from names in `meta_graph` to imported variables.
  """
  part = tf.compat.v1.MetaGraphDef()
  part.CopyFrom(meta_graph)
  for names in collections.values():
    targets = targets + list(names or [])
  collections = dict(collections)
  if any(key in part.collection_def for key in CONTROL_FLOW):
    # TensorFlow 1's control flow contexts name nodes all over the graph.
    targets = [node.name for node in part.graph_def.node]
    collections.update(dict.fromkeys(CONTROL_FLOW))
  nodes, used, waited_for = needed_nodes(part.graph_def, targets, fed)
  _keep_nodes(part, nodes)
  _keep_collections(part, collections)
  if frozen:
    _freeze_variables(part)
  graph = tf.compat.v1.get_default_graph()
  scope_path = graph.unique_name(scope, mark_as_used=False)
  _prefix_shared_names(part, scope_path)
  # Not tf.compat.v1.train.import_meta_graph: that adds a saver each time.
  variables = tf_meta_graph.import_scoped_meta_graph(
      part, import_scope=scope,
      input_map={**{name: fed[name] for name in used},
                 **{"^" + name.partition(":")[0]: fed[name]
                    for name in waited_for}})

  def get_tensor(name):
    if name in fed:
      return fed[name]
    return graph.get_tensor_by_name(f"{scope_path}/{name}")

  return get_tensor, variables


def _keep_nodes(meta_graph, names):
  kept = [node for node in meta_graph.graph_def.node if node.name in names]
  del meta_graph.graph_def.node[:]
  meta_graph.graph_def.node.extend(kept)


def _keep_collections(meta_graph, collections):
  for key in list(meta_graph.collection_def):
    if key not in collections or collections[key] == []:
      del meta_graph.collection_def[key]
    elif collections[key] is not None:
      meta_graph.collection_def[key].node_list.value[:] = collections[key]


def _freeze_variables(meta_graph):
  for key in VARIABLES:
    if key in meta_graph.collection_def:
      variables = variable_defs(meta_graph, key)
      for variable in variables:
        variable.trainable = False
      meta_graph.collection_def[key].bytes_list.value[:] = [
          variable.SerializeToString() for variable in variables]


def _prefix_shared_names(meta_graph, scope_path):
  """Gives the state of every instance of a module a resource of its own."""
  for node in meta_graph.graph_def.node:
    if "shared_name" in node.attr and node.attr["shared_name"].s:
      node.attr["shared_name"].s = (
          scope_path.encode() + b"/" + node.attr["shared_name"].s)
