"""Specs of TF1 hub modules: their graphs and signatures, not yet imported."""
import dataclasses
import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from sparse_disent.compat.hub import files
from sparse_disent.compat.hub import graphs


@dataclasses.dataclass(frozen=True)
class TensorInfo:
  """Type and shape of an input or output of a signature."""

  dtype: tf.DType
  shape: tf.TensorShape

  def get_shape(self) -> tf.TensorShape:
    """Returns the `TensorShape`, as a tensor of TensorFlow 1 does."""
    return self.shape


class ModuleSpec:
  """Graphs and signatures of a module, one graph per set of tags."""

  def __init__(
      self, meta_graphs: Mapping[frozenset[str], tf.compat.v1.MetaGraphDef],
      checkpoint: str | None = None) -> None:
    """Creates a spec; `create_module_spec` and `load_module_spec` call this.

    Args:
      meta_graphs: dict from frozensets of tags to `MetaGraphDef`.
      checkpoint: path prefix of the variables' values, or None.

    Raises:
      ValueError: if a graph has partitioned variables.
    """
    for meta_graph in meta_graphs.values():
      for variable in graphs.variable_defs(meta_graph):
        if variable.HasField("save_slice_info_def"):
          raise ValueError(
              f"The module's variable '{variable.variable_name}' is a part of "
              "a partitioned variable, which is not supported: build the "
              "module without a partitioner.")
    self._meta_graphs = meta_graphs
    self._checkpoint = checkpoint

  @property
  def checkpoint(self) -> str | None:
    """Path prefix of the variables' values; None if there are none on disk."""
    return self._checkpoint

  def get_tags(self) -> list[frozenset[str]]:
    """Returns the set of tags of each graph, as a sorted list."""
    return sorted(self._meta_graphs, key=sorted)

  def get_signature_names(
      self, tags: Iterable[str] | None = None) -> list[str]:
    """Returns the sorted names of the signatures."""
    return sorted(self.meta_graph(tags).signature_def)

  def get_input_info_dict(
      self, signature: str | None = None, tags: Iterable[str] | None = None
  ) -> dict[str, TensorInfo]:
    """Returns a dict from input names to `TensorInfo`."""
    return _tensor_infos(self.signature_def(signature, tags).inputs)

  def get_output_info_dict(
      self, signature: str | None = None, tags: Iterable[str] | None = None
  ) -> dict[str, TensorInfo]:
    """Returns a dict from output names to `TensorInfo`."""
    return _tensor_infos(self.signature_def(signature, tags).outputs)

  def meta_graph(
      self, tags: Iterable[str] | None = None) -> tf.compat.v1.MetaGraphDef:
    """Returns the `MetaGraphDef` for a set of tags, by default the empty set.

    Raises:
      ValueError: if no graph has these tags.
    """
    try:
      return self._meta_graphs[frozenset(tags or ())]
    except KeyError:
      raise ValueError(
          f"The module has no graph for the tags {sorted(tags or ())}: use one "
          f"of {[sorted(tags) for tags in self.get_tags()]}.") from None

  def signature_def(self, signature: str | None = None,
                    tags: Iterable[str] | None = None) -> Any:
    """Returns the `SignatureDef` of the given name, by default 'default'.

    Raises:
      ValueError: if there is no signature of this name.
    """
    signature = signature or "default"
    signatures = self.meta_graph(tags).signature_def
    if signature not in signatures:
      raise ValueError(
          f"The module has no signature '{signature}': use one of "
          f"{sorted(signatures)}.")
    return signatures[signature]

  def export(
      self, path: str | os.PathLike, *,
      checkpoint_path: str | os.PathLike | None = None,
      name_transform_fn: Callable[[str], str] | None = None) -> None:
    """Writes the module with the values of a training checkpoint.

    Args:
      path: directory to be created.
      checkpoint_path: a checkpoint's path prefix, or a directory whose newest
        checkpoint is used.
      name_transform_fn: function from a variable's name in the module to its
        name in the checkpoint; None if both names are the same.

    Raises:
      FileExistsError: if `path` exists.
      ValueError: if the checkpoint is missing, lacks a variable, or has one of
        another shape.
    """
    if not checkpoint_path:
      raise ValueError(
          f"checkpoint_path must be a checkpoint, got {checkpoint_path!r}: "
          "give the one that holds the module's trained variables.")
    files.check_new(os.fspath(path))
    checkpoint_path = os.fspath(checkpoint_path)
    reader = tf.train.load_checkpoint(checkpoint_path)
    values = {
        name: _read_variable(reader, checkpoint_path, spec,
                             name_transform_fn(name) if name_transform_fn
                             else name)
        for name, spec in self._variable_specs().items()}
    self.write(path, values)

  def _variable_specs(self):
    specs = {}
    for meta_graph in self._meta_graphs.values():
      specs.update(graphs.variable_specs(meta_graph))
    return specs

  def write(self, path: str | os.PathLike,
            variables: Mapping[str, Any]) -> None:
    """Writes the module with the given values.

    Args:
      path: directory to be created.
      variables: dict from the names of all variables to arrays.

    Raises:
      FileExistsError: if `path` exists.
      ValueError: if a graph has a variable that `variables` lacks.
    """
    missing = sorted(set(self._variable_specs()) - set(variables))
    if missing:
      raise ValueError(
          f"Cannot export a hub module to '{path}': there is no value for the "
          f"variables {missing}, which a graph of the module with other tags "
          "has. Instantiate the module with the tags whose graph has all.")
    files.write(os.fspath(path), self._meta_graphs.values(), variables)


def _tensor_infos(infos):
  result = {}
  for name, info in infos.items():
    if info.WhichOneof("encoding") != "name":
      raise ValueError(
          f"'{name}' of the module's signature is not a dense tensor, which is "
          "not supported: use another signature.")
    result[name] = TensorInfo(
        tf.as_dtype(info.dtype), tf.TensorShape(info.tensor_shape))
  return result


def _read_variable(reader, checkpoint_path, spec, name):
  """Reads the value of a module's variable from a checkpoint."""
  if not reader.has_tensor(name):
    raise ValueError(
        f"The checkpoint '{checkpoint_path}' has no '{name}', which the module "
        f"needs for its variable '{spec.name}': give the checkpoint of the "
        "same model, or a name_transform_fn from the module's names to the "
        "checkpoint's.")
  value = reader.get_tensor(name)
  if not spec.shape.is_compatible_with(value.shape):
    raise ValueError(
        f"'{name}' has the shape {value.shape} in the checkpoint "
        f"'{checkpoint_path}' and {spec.shape} in the module: give the "
        "checkpoint of the same model.")
  return value


def load_module_spec(path: str | os.PathLike) -> ModuleSpec:
  """Reads a module that this package or tensorflow_hub < 0.13 has written.

  Args:
    path: directory of the module.

  Returns:
    `ModuleSpec`.

  Raises:
    ValueError: if `path` holds no complete module.
  """
  path = os.fspath(path)
  meta_graphs, checkpoint = files.read(path)
  return ModuleSpec({frozenset(meta_graph.meta_info_def.tags): meta_graph
                     for meta_graph in meta_graphs}, checkpoint)
