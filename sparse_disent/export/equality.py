"""Proof that a compacted module computes what the model does."""
import os

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

# Largest difference that passes, as a fraction of the largest absolute value of
# an output, or of 1 if that is larger.
TOLERANCE = 1e-5


def check(before: str | os.PathLike, after: str | os.PathLike,
          images: np.ndarray, codes: np.ndarray, latents: np.ndarray,
          constants: dict[str, np.ndarray]) -> float:
  """Compares all outputs of all signatures.

  A latent that the compacted code lacks must be constant in the model's code,
  with the value in `constants`, and must not affect the model's decoder. If
  reconstructions draw noise, both modules get the same noise.

  Args:
    before: Path of the model's module.
    after: Path of the compacted module.
    images: [num_images] + observation shape.
    codes: [num_images, num_latent], codes of the model.
    latents: [num_latent], True for latents that the compacted code has.
    constants: Dictionary from "mean" and "logvar" to [num_latent], the values
      of the latents that it lacks.

  Returns:
    difference: The largest difference, as a fraction of the largest absolute
      value of its output, or of 1 if that is larger.

  Raises:
    ValueError: If a difference is greater than `TOLERANCE`.
  """
  noise = np.random.RandomState(0).normal(size=codes.shape)
  expected = outputs(before, images, codes, noise)
  actual = outputs(after, images, codes[:, latents], noise[:, latents])
  differences = {}
  for name, value in actual.items():
    if name in constants:
      value = np.tile(constants[name], [len(images), 1])
      value[:, latents] = actual[name]
    differences[name] = _difference(value, expected[name])
  worst = max(differences, key=lambda name: differences[name])
  if not differences[worst] <= TOLERANCE:
    raise ValueError(
        f"The compacted module is not the model: its {worst} differ by "
        f"{differences[worst]:.2g} of its largest value, and may differ by "
        f"{TOLERANCE:.0e}. Nothing was written. This is a fault of "
        "sparse_disent: report it with the model's gin file.")
  return differences[worst]


def _difference(actual, expected):
  if not (np.isfinite(actual).all() and np.isfinite(expected).all()):
    return np.inf
  scale = max(1.0, np.abs(expected).max())
  return float(np.abs(actual - expected).max() / scale)


def outputs(path: str | os.PathLike, images: np.ndarray, codes: np.ndarray,
            noise: np.ndarray) -> dict[str, np.ndarray]:
  """Runs all signatures of a module.

  Args:
    path: Path of the module.
    images: [num_images] + observation shape.
    codes: [num_images, width of the code].
    noise: [num_images, width of the code]; replaces the module's normal noise.

  Returns:
    outputs: Dictionary from "mean", "logvar", "reconstructions" and "decoded
      images" to arrays.
  """
  with tf.Graph().as_default() as graph, tf.Session() as session:
    module = hub.Module(path)
    session.run(tf.global_variables_initializer())
    state = set(graph.get_operations())
    feeds = {tf.placeholder(tf.float32, [None, *value.shape[1:]]): value
             for value in (images, codes)}
    images, codes = feeds
    result = module(images, signature="gaussian_encoder", as_dict=True)
    for name, signature, given in (
        ("reconstructions", "reconstructions", images),
        ("decoded images", "decoder", codes)):
      result[name] = module(given, signature=signature, as_dict=True)["images"]
    feeds.update({op.outputs[0]: noise for op in graph.get_operations()
                  if op.type == "RandomStandardNormal" and op not in state})
    return session.run(result, feeds)
