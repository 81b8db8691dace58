"""Builds TF1 hub modules from functions that build their graphs."""
import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from sparse_disent.compat.hub import graphs
from sparse_disent.compat.hub import portability
from sparse_disent.compat.hub.specs import ModuleSpec

# Collections that TensorFlow fills itself. A module's global step is a variable
# of the module, not the global step of the graph that uses the module.
_IGNORED_COLLECTIONS = ("global_step", "global_step_read_op_cache")


class _Building(threading.local):
  """Signatures of the `module_fn`s running in this thread, innermost last."""

  def __init__(self):
    self.signatures = []


_building = _Building()


def create_module_spec(
    module_fn: Callable[..., None],
    tags_and_args: Sequence[
        tuple[Iterable[str], Mapping[str, Any]]] | None = None,
    drop_collections: Sequence[str] | None = None) -> ModuleSpec:
  """Builds the graphs of a module.

  Args:
    module_fn: function that builds a graph and calls `add_signature`.
    tags_and_args: list of (set of tags, keyword arguments of `module_fn`), one
      for each graph. By default there is one graph, without tags and arguments.
    drop_collections: names of collections to leave out.

  Returns:
    `ModuleSpec`.

  Raises:
    ValueError: if tags repeat, if a graph has no signature, if a signature
      reads a placeholder that is not among its inputs, or if a graph has a
      collection that modules do not support.
  """
  meta_graphs = {}
  for tags, arguments in tags_and_args or [((), {})]:
    tags = frozenset(tags)
    if tags in meta_graphs:
      raise ValueError(
          f"tags_and_args has the tags {sorted(tags)} twice: give each set of "
          "tags once.")
    meta_graphs[tags] = _build(
        module_fn, arguments, tags, drop_collections or ())
  return ModuleSpec(meta_graphs)


def _build(module_fn, arguments, tags, drop_collections):
  """Returns the `MetaGraphDef` of one call of `module_fn`."""
  with tf.Graph().as_default() as graph:
    _building.signatures.append({})
    try:
      with tf.compat.v1.variable_scope("", use_resource=True):
        module_fn(**arguments)
    finally:
      signatures = _building.signatures.pop()
    if not signatures:
      raise ValueError(
          "module_fn declared no signature: call add_signature in it.")
    for key in (*drop_collections, *_IGNORED_COLLECTIONS):
      graph.clear_collection(key)
    _check_collections(graph)
    meta_graph = tf.compat.v1.train.export_meta_graph(
        graph=graph, clear_devices=True, strip_default_attrs=True)
  meta_graph.meta_info_def.tags.extend(sorted(tags))
  portability.make_portable(meta_graph)
  portability.name_functions_by_content(meta_graph.graph_def)
  for name, signature in signatures.items():
    meta_graph.signature_def[name].CopyFrom(signature)
    placeholders = graphs.unfed_placeholders(meta_graph, signature)
    if placeholders:
      raise ValueError(
          f"The signature '{name}' reads the placeholders {placeholders}, "
          "which are not among its inputs: add them to its inputs.")
  return meta_graph


def _check_collections(graph):
  unsupported = sorted(
      key for key in graph.get_all_collection_keys()
      if key not in graphs.SUPPORTED_COLLECTIONS
      and graph.get_collection(key))
  if unsupported:
    raise ValueError(
        f"module_fn filled the collections {unsupported}, which a module "
        "cannot have: give drop_collections to leave them out.")


def add_signature(
    name: str | None = None,
    inputs: tf.Tensor | Mapping[str, tf.Tensor] | None = None,
    outputs: tf.Tensor | Mapping[str, tf.Tensor] | None = None) -> None:
  """Declares a signature, named inputs and outputs, of a module being built.

  Call it in the `module_fn` given to `create_module_spec`.

  Args:
    name: the signature's name; 'default' if left out.
    inputs: dict from names to tensors, or one tensor, which gets the name
      'default'.
    outputs: like `inputs`.

  Raises:
    RuntimeError: if called outside the `module_fn` of `create_module_spec`.
    TypeError: if an input or output is not a dense tensor.
    ValueError: if two signatures have the same name.
  """
  name = name or "default"
  if not _building.signatures:
    raise RuntimeError(
        f"add_signature was called for '{name}' outside of a module: call it "
        "in the module_fn given to create_module_spec.")
  signatures = _building.signatures[-1]
  if name in signatures:
    raise ValueError(
        f"The signature '{name}' is declared twice: give each signature a name "
        "of its own.")
  signatures[name] = meta_graph_pb2.SignatureDef(
      inputs=_tensor_info_protos(name, "input", inputs),
      outputs=_tensor_info_protos(name, "output", outputs))


def _tensor_info_protos(signature, role, tensors):
  if tensors is None:
    tensors = {}
  elif not isinstance(tensors, dict):
    tensors = {"default": tensors}
  for name, tensor in tensors.items():
    if not isinstance(tensor, tf.Tensor):
      raise TypeError(
          f"The {role} '{name}' of the signature '{signature}' must be a dense "
          f"tensor, got {tensor!r}: convert it with tf.convert_to_tensor, or "
          "declare its parts.")
  return {
      name: meta_graph_pb2.TensorInfo(
          name=tensor.name, dtype=tensor.dtype.base_dtype.as_datatype_enum,
          tensor_shape=tensor.shape.as_proto())
      for name, tensor in tensors.items()}
