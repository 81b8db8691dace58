"""Settings of a trained model's configuration that its outputs depend on."""
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from sparse_disent.ops import prefixes

# Functions from the outputs of a decoder to [0, 1], by the value of
# `reconstruction_loss.activation`, as in upstream's dlib_visualize_model.
_ACTIVATIONS = {
    "logits": special.expit,
    "tanh": lambda x: np.tanh(x) / 2.0 + 0.5,
}


def bound(config: dict[str, Any], name: str, default: Any) -> Any:
  """Returns the value of a gin parameter, in whatever scope it is bound.

  Args:
    config: Dictionary from gin parameters to values.
    name: Name such as "sparse_vae.groups".
    default: Value if the parameter is not bound.
  """
  return next((value for key, value in config.items()
               if key.rpartition("/")[2] == name), default)


def activation(config: dict[str, Any]) -> Callable[[np.ndarray], np.ndarray]:
  """Finds the function that turns outputs of the decoder into images.

  Args:
    config: Dictionary from gin parameters to values.

  Returns:
    Function from arrays to arrays with values in [0, 1]. For "logits" it is
    1 / (1 + exp(-x)), for "tanh" it is tanh(x) / 2 + 1 / 2.

  Raises:
    ValueError: The loss of training knows another activation.
  """
  name = bound(config, "reconstruction_loss.activation", "logits")
  if name not in _ACTIVATIONS:
    raise ValueError(
        "reconstruction_loss.activation must be one of "
        f"{', '.join(_ACTIVATIONS)} to make images, but is {name!r} in the "
        "configuration that was saved with the model.")
  return _ACTIVATIONS[name]


def groups(config: dict[str, Any], num_latent: int) -> list[int]:
  """Sizes of the groups of latents; a single one in a model without groups.

  Raises:
    ValueError: The groups are not a partition of the code.
  """
  sizes = bound(config, "sparse_vae.groups", None) or [num_latent]
  prefixes.check(sizes, num_latent)
  return list(sizes)


def num_classes(config: dict[str, Any]) -> int:
  """Number of the last latents that are classes; 0 if there are none."""
  if bound(config, "sparse_vae.categorical", None) is None:
    return 0
  return bound(config, "categorical_latent.num_classes", 10)
