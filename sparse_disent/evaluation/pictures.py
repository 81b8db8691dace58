"""Pictures of a model: reconstructions and latent traversals."""
import ast
import io
import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow_hub as hub
from PIL import Image
from scipy import special

from sparse_disent.common import writing
from sparse_disent.data import origin
from sparse_disent.evaluation import traversals
from sparse_disent.results import runs

# Transparent pixels between two images of a sheet.
_GAP = 2
# Images that are encoded at once: all of them would take 0.3 GiB.
_BATCH = 100
# File that describes the sheets; written after them.
_DESCRIPTION = "pictures.json"
# Functions from the outputs of a decoder to [0, 1], by the value of
# `reconstruction_loss.activation`, as in upstream's dlib_visualize_model.
_ACTIVATIONS = {
    "logits": special.expit,
    "tanh": lambda x: np.tanh(x) / 2.0 + 0.5,
}


def write(model_dir: str, output_dir: str, dataset: Any, *,
          num_images: int = 1000, num_columns: int = 9, seed: int = 0) -> None:
  """Draws reconstructions and traversals of a trained model.

  Writes two sheets of images:

  * reconstructions.png has a row of originals, and below it a row for each
    prefix of the groups.
  * traversals.png has a row for each latent.

  Then it writes pictures.json. This file describes the sheets, and says whether
  the images are those of the original data set.

  Args:
    model_dir: Directory of a model, with its tfhub and results.
    output_dir: Directory for the pictures; older ones are replaced.
    dataset: Ground truth data of the model, with images as observations.
    num_images: Number of images from which ranges, KL and pruning are computed.
    num_columns: Number of images in a row of either sheet.
    seed: Seed for the choice of images.

  Raises:
    FileNotFoundError: There is no model in `model_dir`.
    ValueError: The model's configuration has an unknown activation.
  """
  config = _config(model_dir)
  images = dataset.sample_observations(num_images, np.random.RandomState(seed))
  with hub.eval_function_for_module(os.path.join(model_dir, "tfhub")) as call:
    sheets, description = draw(
        images, lambda x: _encode(call, x), lambda z: _decode(call, z, config),
        num_columns=num_columns, groups=_groups(config),
        num_classes=_num_classes(config))
  description.update(num_images=num_images, seed=seed,
                     data=origin.at_hand(_bound(config, "dataset.name", "")))
  files = {f"{name}.png": _png(sheet) for name, sheet in sheets.items()}
  files[_DESCRIPTION] = json.dumps(description, indent=2).encode() + b"\n"
  writing.replace_files({
      os.path.join(output_dir, name): data for name, data in files.items()})


def are_drawn(output_dir: str) -> bool:
  """Tells whether `write` has written all its files to a directory."""
  return os.path.isfile(os.path.join(output_dir, _DESCRIPTION))


def draw(images: np.ndarray,
         encode: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
         decode: Callable[[np.ndarray], np.ndarray], *, num_columns: int = 9,
         groups: list[int] | None = None, num_classes: int = 0
         ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
  """Draws the sheets.

  Args:
    images: Observations in [0, 1], [num_images, height, width, channels].
    encode: Function from images to mean and log variance, [num, num_latent].
    decode: Function from codes to images in [0, 1].
    num_columns: Number of images in a row.
    groups: Sizes of the groups of latents, or None.
    num_classes: Number of the last latents that are classes.

  Returns:
    sheets: Dictionary from "reconstructions" and "traversals" to uint8 arrays
      [height, width, 2 or 4]; the last channel is opacity.
    description: Dictionary for pictures.json: "cell" (height, width), "gap",
      "groups", and for each sheet its "rows" in their order.
  """
  mean, logvar = encode(images)
  shown = slice(num_columns)
  prefixes = traversals.prefixes(mean[shown], groups or [mean.shape[1]])
  names = [f"groups 1 to {i + 1}" if i else "group 1"
           for i in range(len(prefixes) - 1)]
  rows = traversals.rows(mean, logvar, num_classes=num_classes,
                         num_columns=num_columns)
  sheets = {
      "reconstructions": [images[shown], *map(decode, prefixes)],
      "traversals": [decode(traversals.codes(mean[0], row)) for row in rows],
  }
  description = {
      "cell": list(images.shape[1:3]), "gap": _GAP, "groups": groups,
      "reconstructions": {"rows": ["original", *names, "reconstruction"]},
      "traversals": {"quantiles": traversals.QUANTILES, "rows": rows},
  }
  return {name: _sheet(cells) for name, cells in sheets.items()}, description


def _config(model_dir):
  config = runs.read_config(model_dir, "train")
  if not config:
    path = os.path.join(model_dir, "results", "json", "train_config.json")
    raise FileNotFoundError(
        f"No model in {model_dir!r}: there is no {path!r}. Give the directory "
        "that dlib_train wrote to.")
  return config


def _bound(config, name, default):
  """Returns the literal that a gin parameter was bound to, in any scope."""
  for key, value in config.items():
    if key.split("/")[-1] == name:
      return ast.literal_eval(value)
  return default


def _groups(config):
  return _bound(config, "sparse_vae.groups", None)


def _num_classes(config):
  return _bound(config, "categorical_latent.num_classes", 0)


def _encode(call, images):
  batches = [call({"images": images[start:start + _BATCH]},
                  signature="gaussian_encoder", as_dict=True)
             for start in range(0, len(images), _BATCH)]
  mean, logvar = (np.concatenate([batch[name] for batch in batches])
                  for name in ("mean", "logvar"))
  return mean, logvar


def _decode(call, codes, config):
  activation = _bound(config, "reconstruction_loss.activation", "logits")
  if activation not in _ACTIVATIONS:
    raise ValueError(
        "reconstruction_loss.activation must be one of "
        f"{', '.join(_ACTIVATIONS)} to draw pictures, but is {activation!r} in "
        "the model's train_config.json.")
  outputs = call({"latent_vectors": codes}, signature="decoder", as_dict=True)
  return _ACTIVATIONS[activation](np.array(outputs["images"], np.float64))


def _sheet(rows):
  """Draws rows of images, each [num, height, width, channels] in [0, 1]."""
  height, width, channels = rows[0].shape[1:]
  columns = max(map(len, rows))
  sheet = np.zeros([len(rows) * (height + _GAP) - _GAP,
                    columns * (width + _GAP) - _GAP, channels + 1], np.uint8)
  for i, row in enumerate(rows):
    for j, image in enumerate(row):
      top, left = i * (height + _GAP), j * (width + _GAP)
      cell = sheet[top:top + height, left:left + width]
      cell[..., :-1] = np.rint(255.0 * np.clip(image, 0.0, 1.0))
      cell[..., -1] = 255
  return sheet


def _png(sheet):
  stream = io.BytesIO()
  Image.fromarray(sheet).save(stream, "PNG", optimize=True)
  return stream.getvalue()
