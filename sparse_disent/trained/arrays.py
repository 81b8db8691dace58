"""Checks of the arrays that a trained model is given."""
from collections.abc import Sequence
from typing import Any

import numpy as np

from sparse_disent.common import masked_values


def images(values: Any, shape: Sequence[int]) -> np.ndarray:
  """Returns images as a model takes them.

  Args:
    values: Array [num_images, *shape] of finite numbers; of observations with
      height, width and channels in [0, 1].
    shape: Shape of an observation.

  Returns:
    images: float32 [num_images, *shape].

  Raises:
    ValueError: The array is something else; the message has the cure.
  """
  result = _numbers("images", values)
  if result.ndim == len(shape) and result.shape == tuple(shape):
    raise ValueError(
        f"images must have the shape {_text(shape)}, but one image of shape "
        f"{result.shape} was given. Write images[np.newaxis].")
  if result.shape[1:] != tuple(shape):
    raise ValueError(
        f"images must have the shape {_text(shape)}, that of the model's "
        f"training, but the shape is {result.shape}. Resize or reshape them.")
  if len(shape) == 3 and result.size and (
      result.min() < 0.0 or result.max() > 1.0):
    raise ValueError(
        "images must have values in [0, 1], but they go from "
        f"{result.min():g} to {result.max():g}. Divide bytes by 255.")
  return result.astype(np.float32)


def codes(values: Any, num_latent: int) -> np.ndarray:
  """Returns codes as a model takes them.

  Args:
    values: Array [num_codes, num_latent] of finite numbers.
    num_latent: Number of the model's latents.

  Returns:
    codes: float32 [num_codes, num_latent].

  Raises:
    ValueError: The array is something else.
  """
  result = _numbers("codes", values)
  if result.ndim != 2 or result.shape[1] != num_latent:
    raise ValueError(
        f"codes must have the shape {_text([num_latent])}, but the shape is "
        f"{result.shape}. Give a row of {num_latent} numbers for each image.")
  return result.astype(np.float32)


def _numbers(name, values):
  masked_values.check(name, values)
  result = np.asarray(values)
  if result.dtype.kind not in "biuf":
    raise ValueError(
        f"{name} must be an array of numbers, but its type is {result.dtype}.")
  if not np.isfinite(result).all():
    raise ValueError(
        f"{name} must be finite, but has values that are NaN or infinite. "
        "Leave these rows out.")
  return result


def _text(shape):
  return f"[number, {', '.join(map(str, shape))}]"
