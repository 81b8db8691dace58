"""TF1 hub modules on disk.

A module is a directory:

  tfhub_module.pb   the bytes 08 03: field 1 (the format) is 3
  saved_model.pb    a SavedModel with one meta graph per set of tags
  variables/        one checkpoint, shared by all meta graphs
  assets/           empty

TensorFlow 1.15 with tensorflow_hub 0.12 reads the modules written here. Modules
that it has written can be read here.
"""
import os
from collections.abc import Iterable
from collections.abc import Mapping

import numpy as np
import tensorflow as tf
from google.protobuf import message
from tensorflow.core.protobuf import saved_model_pb2

from sparse_disent.common import writing
from sparse_disent.compat.hub import graphs
from sparse_disent.compat.hub import portability
from sparse_disent.compat.hub import safety

MARKER = b"\x08\x03"

_MARKER_FILE = "tfhub_module.pb"
_GRAPHS_FILE = "saved_model.pb"
_ASSETS = "saved_model_assets"


def check_new(path: str | os.PathLike) -> None:
  """Raises an error if the path of a new module exists already.

  Args:
    path: directory to be created.

  Raises:
    FileExistsError: if `path` exists.
  """
  if os.path.lexists(path):
    raise FileExistsError(
        f"Cannot export a hub module to '{path}': it exists already. Delete "
        "it, or export to another path.")


def write(path: str | os.PathLike, meta_graphs: Iterable,
          variables: Mapping[str, np.ndarray]) -> None:
  """Writes a module; it appears at `path` whole or not at all.

  Args:
    path: directory to be created.
    meta_graphs: iterable of `MetaGraphDef`.
    variables: dict from names to arrays.

  Raises:
    FileExistsError: if `path` exists.
  """
  check_new(path)
  with writing.new_folder(path) as folder:
    for name in ("assets", "variables"):
      os.makedirs(os.path.join(folder, name))
    if variables:
      _write_variables(_variables_prefix(folder), variables)
    saved_model = saved_model_pb2.SavedModel(
        saved_model_schema_version=1, meta_graphs=[
            portability.without_initial_values(meta_graph)
            for meta_graph in meta_graphs])
    _write_bytes(os.path.join(folder, _GRAPHS_FILE),
                 saved_model.SerializeToString(deterministic=True))
    _write_bytes(os.path.join(folder, _MARKER_FILE), MARKER)


def _variables_prefix(path):
  return os.path.join(path, "variables", "variables")


def _write_variables(prefix, variables):
  names = sorted(variables)
  values = [np.asarray(variables[name]) for name in names]
  with tf.Graph().as_default() as graph:
    placeholders = [tf.compat.v1.placeholder(tf.as_dtype(value.dtype),
                                             value.shape) for value in values]
    save = tf.raw_ops.SaveV2(
        prefix=prefix, tensor_names=names, shape_and_slices=[""] * len(names),
        tensors=placeholders)
    with tf.compat.v1.Session(graph=graph) as session:
      session.run(save, feed_dict=dict(zip(placeholders, values, strict=True)))


def _write_bytes(path, content):
  with open(path, "wb") as file:
    file.write(content)


def read(path: str | os.PathLike) -> tuple[list, str | None]:
  """Reads a module and checks that it is complete, and harmless.

  The ops that compute initial values are left out: the module's checkpoint has
  the values, and what an old module holds to compute them may name files.

  Args:
    path: directory of the module.

  Returns:
    meta_graphs: list of `MetaGraphDef`.
    checkpoint: path prefix of the variables, or None if there are none.

  Raises:
    ValueError: if a part is missing, truncated or of another format, or if an
      op reaches beyond the computation; see `safety`.
  """
  try:
    meta_graphs, checkpoint = _read(path)
  except (tf.errors.OpError, message.DecodeError, IndexError, RuntimeError,
          KeyError, TypeError, ValueError) as error:
    reason = (getattr(error, "message", None) or str(error)).rstrip(".")
    raise ValueError(
        f"Cannot load a hub module from '{path}': {reason}. Give the directory "
        "of a complete TF1 hub module (it holds tfhub_module.pb), or export "
        "the module again.") from error
  safety.check(path, [meta_graph.graph_def for meta_graph in meta_graphs])
  return meta_graphs, checkpoint


def _read(path):
  if not tf.io.gfile.isdir(path):
    raise ValueError("there is no such directory.")
  marker = _read_bytes(path, _MARKER_FILE)
  if marker != MARKER:
    raise ValueError(f"{_MARKER_FILE} holds the bytes '{marker.hex(' ')}', "
                     f"not '{MARKER.hex(' ')}'.")
  saved_model = saved_model_pb2.SavedModel.FromString(
      _read_bytes(path, _GRAPHS_FILE))
  if not saved_model.meta_graphs:
    raise ValueError(f"{_GRAPHS_FILE} holds no graph.")
  for meta_graph in saved_model.meta_graphs:
    if _ASSETS in meta_graph.collection_def:
      raise ValueError("it needs files in assets/, which is not supported.")
    # A saver's ops could be any ops.
    meta_graph.ClearField("saver_def")
    portability.make_portable(meta_graph)
  has_variables = any(graphs.variable_defs(meta_graph)
                      for meta_graph in saved_model.meta_graphs)
  return ([portability.without_initial_values(meta_graph)
           for meta_graph in saved_model.meta_graphs],
          _read_checkpoint(path) if has_variables else None)


def _read_bytes(path, name):
  file_path = os.path.join(path, name)
  if not tf.io.gfile.exists(file_path):
    raise ValueError(f"there is no {name} in it.")
  with tf.io.gfile.GFile(file_path, "rb") as file:
    return file.read()


def _read_checkpoint(path):
  """Reads all values of the checkpoint, as a check; returns its path prefix."""
  _read_bytes(path, "variables/variables.index")
  prefix = _variables_prefix(path)
  reader = tf.train.load_checkpoint(prefix)
  for name in reader.get_variable_to_shape_map():
    reader.get_tensor(name)
  return prefix
