"""The hub module of a compacted model."""
import dataclasses

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from disentanglement_lib.methods.unsupervised import gaussian_encoder_model

from sparse_disent.export import liveness
from sparse_disent.export import reading
from sparse_disent.export import writing


@dataclasses.dataclass(frozen=True)
class Compacted:
  """A model and the plan of its compaction.

  Attributes:
    model: The `reading.Model`.
    encoder: `liveness.Plan`.
    decoder: `liveness.Plan`.
    latents: [num_latent], True for latents that the compacted code has.
    pruned: [num_latent], True for pruned latents; see `plan`.
  """

  model: reading.Model
  encoder: liveness.Plan
  decoder: liveness.Plan
  latents: np.ndarray
  pruned: np.ndarray


def plan(model: reading.Model, *, keep_latents: bool) -> Compacted:
  """Plans the compaction of a model.

  A latent is pruned if its mean and log variance are the same for every image
  and the decoder does not read it.

  Args:
    model: A `reading.Model`.
    keep_latents: Whether pruned latents keep their places in the code.

  Returns:
    compacted: A `Compacted`.

  Raises:
    ValueError: If no latent would be left.
  """
  decoder = liveness.plan(model.decoder)
  encoder = liveness.plan(model.encoder)
  pruned = ~decoder.needed[model.decoder.source]
  for output in model.encoder.outputs.values():
    pruned = pruned & encoder.constants[output].mask
  latents = pruned | True if keep_latents else ~pruned
  if not latents.any():
    raise ValueError(
        f"All {pruned.size} latents of the model are pruned, and a code "
        "without any cannot be written. Use --keep_latents.")
  return Compacted(model, liveness.plan(model.encoder, latents), decoder,
                   latents, pruned)


def write(path: str, compacted: Compacted) -> writing.Variables:
  """Writes the module, with upstream's signatures.

  Its graph for training is that for testing.

  Args:
    path: Directory to be created.
    compacted: A `Compacted`.

  Returns:
    variables: `writing.Variables` of the module.
  """
  made = []
  spec = hub.create_module_spec(
      lambda: made.append(_build(compacted)), [({"train"}, {}), (set(), {})])
  spec.write(path, made[-1].values)
  return made[-1]


def _build(compacted):
  variables = writing.Variables()
  model, latents = compacted.model, compacted.latents

  def decode(codes):
    application = writing.Application(
        compacted.decoder, variables, codes, latents)
    channels = model.decoder.outputs["images"].shape[-1]
    return application.output("images", np.ones(channels, bool))

  shape = model.encoder.source.shape
  images = tf.placeholder(tf.float32, [None, *shape])
  encoder = writing.Application(
      compacted.encoder, variables, images, np.ones(shape[-1], bool))
  mean, logvar = (encoder.output(name, latents) for name in ("mean", "logvar"))
  hub.add_signature("gaussian_encoder", {"images": images},
                    {"mean": mean, "logvar": logvar})
  codes = mean
  if model.is_sampled:
    codes = gaussian_encoder_model.GaussianEncoderModel(
    ).sample_from_latent_distribution(mean, logvar)
  hub.add_signature(
      "reconstructions", {"images": images}, {"images": decode(codes)})
  codes = tf.placeholder(tf.float32, [None, latents.sum()])
  hub.add_signature(
      "decoder", {"latent_vectors": codes}, {"images": decode(codes)})
  return variables
