"""Reads the networks of a hub module."""
import dataclasses
import os
from typing import Any

import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from sparse_disent.export import graphs
from sparse_disent.export import nodes
from sparse_disent.export import tracing
from sparse_disent.layers import saved_masks

SIGNATURES = {
    "gaussian_encoder": (["images"], ["logvar", "mean"]),
    "decoder": (["latent_vectors"], ["images"]),
    "reconstructions": (["images"], ["images"]),
}


@dataclasses.dataclass(frozen=True)
class Model:
  """The networks of a module.

  Attributes:
    encoder: `nodes.Network` with the outputs "mean" and "logvar".
    decoder: `nodes.Network` with the output "images".
    is_sampled: True if reconstructions decode a sample, False if the mean.
    masks: Dictionary from layers ("encoder/e2") to test-time masks, arrays.
  """

  encoder: nodes.Network
  decoder: nodes.Network
  is_sampled: bool
  masks: dict


def read(path: str | os.PathLike) -> Model:
  """Reads a module that upstream's `export_as_tf_hub` wrote.

  Args:
    path: Directory of the module.

  Returns:
    model: A `Model`.

  Raises:
    ValueError: If it is another kind of module.
  """
  spec = hub.load_module_spec(path)
  check_signatures(path, spec)
  with tf.Graph().as_default(), tf.Session() as session:
    tf.train.import_meta_graph(spec.meta_graph())
    if spec.checkpoint is not None:
      tf.train.Saver().restore(session, spec.checkpoint)
    return Model(
        _network(session, spec, "gaussian_encoder", "encoder"),
        _network(session, spec, "decoder", "decoder"),
        _is_sampled(session.graph, spec), session.run(saved_masks.in_graph(
            session.graph)))


def check_signatures(path: str | os.PathLike, spec: Any) -> None:
  """Raises a ValueError unless a module has the signatures of a model.

  Args:
    path: Path of the module, for the message.
    spec: Its `hub.ModuleSpec`.

  Raises:
    ValueError: A signature is missing, or has other inputs or outputs.
  """
  for name, expected in SIGNATURES.items():
    found = None
    if name in spec.get_signature_names():
      found = (sorted(spec.get_input_info_dict(name)),
               sorted(spec.get_output_info_dict(name)))
    if found != expected:
      raise ValueError(
          f"The module in '{path}' is no model: its signature {name!r} should "
          f"have the inputs and outputs {expected}, but has {found}. Give the "
          "directory of a model that dlib_train wrote.")


def _network(session, spec, signature, name):
  signature = spec.signature_def(signature)
  source, = signature.inputs.values()
  tensor = session.graph.get_tensor_by_name
  return tracing.Tracer(session, tensor(source.name), name).network({
      key: tensor(info.name) for key, info in signature.outputs.items()})


def _is_sampled(graph, spec):
  """Tells whether reconstructions draw normal noise, once, or none at all."""
  images = spec.signature_def("reconstructions").outputs["images"]
  op = graph.get_tensor_by_name(images.name).op
  kinds = [op.type for op in graphs.ancestors(op) if "Random" in op.type]
  if kinds not in ([], ["RandomStandardNormal"]):
    raise ValueError(
        f"The module's reconstructions draw noise by {kinds}. Compaction knows "
        "models that decode the mean, or a sample as upstream's do.")
  return bool(kinds)
