"""The test-time gates of a trained model's latents."""
import os
from typing import Any

import gin
import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.results import ids
from sparse_disent.trained import settings


def read(model_dir: str | os.PathLike, checkpoint: str | None,
         config: dict[str, Any], num_latent: int) -> np.ndarray:
  """Evaluates the test-time gates.

  The layer that trained them computes them from their saved variables. For
  `l0_pair` with its gate of Louizos et al. that is

    m_i = clip((zeta - gamma) sigmoid(log_alpha_i) + gamma, 0, 1)

  Compaction multiplies the weights with the gates and removes the variables.
  A latent that it has left in the code has the gate 1, or 0 if it is a pruned
  one that `--keep_latents` has kept.

  Args:
    model_dir: Directory of the model.
    checkpoint: Prefix of the variables' values, or None if there are none.
    config: Dictionary from gin parameters to values.
    num_latent: Number of latents, classes included.

  Returns:
    gates: m, float64 [num_latent]; 1 for classes, and in a model without gates.

  Raises:
    ValueError: The class of the gates is not registered with gin.
  """
  gates = np.ones(num_latent)
  compacted = ids.read_results(model_dir, "compact")
  reference = settings.bound(config, "sparse_vae.latent", None)
  if compacted:
    pruned = set(compacted["pruned_latents"])
    gates[[latent in pruned for latent in compacted["latents"]]] = 0.0
  elif reference is not None:
    num_continuous = num_latent - settings.num_classes(config)
    gates[:num_continuous] = _evaluate(
        _layer(reference, config), checkpoint, num_continuous)
  return gates


def _layer(reference, config):
  """Creates the layer as training did, by the name that it has in gin."""
  name = str(reference).removeprefix("@").removesuffix("()").rpartition("/")[2]
  try:
    create = gin.get_configurable(name)
  except ValueError as error:
    raise ValueError(
        f"The model was trained with sparse_vae.latent = {reference}, which "
        "nothing has registered. Import the module that does.") from error
  prefix = f"{name}."
  return create(**{
      key.rpartition("/")[2].removeprefix(prefix): value
      for key, value in config.items()
      if key.rpartition("/")[2].startswith(prefix)})


def _evaluate(layer, checkpoint, num_continuous):
  with tf.Graph().as_default(), tf.Session() as session:
    with tf.variable_scope("encoder"):  # As `models.latents` does.
      gates = layer.test_gates(layer.log_alpha(num_continuous))
    tf.train.Saver().restore(session, checkpoint)
    return session.run(gates)
