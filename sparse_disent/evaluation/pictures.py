"""Pictures of a model: reconstructions and latent traversals."""
import io
import json
import os
import pathlib
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from sparse_disent.common import writing
from sparse_disent.data import origin
from sparse_disent.results import ids
from sparse_disent.results import json_files
from sparse_disent.trained import model as trained_model
from sparse_disent.trained import settings
from sparse_disent.trained import sheets as sheets_lib
from sparse_disent.trained import traversals

# File that describes the sheets.
_DESCRIPTION = "pictures.json"


def write(model_dir: str, output_dir: str, dataset: Any, *,
          num_images: int = 1000, num_columns: int = 9, seed: int = 0) -> None:
  """Draws reconstructions and traversals of a trained model.

  Writes two sheets of images:

  * reconstructions.png has a row of originals, and below it a row for each
    prefix of the groups.
  * traversals.png has a row for each latent.

  pictures.json describes the sheets, and says which training they show and
  whether the images are those of the original data set. All three appear
  together. Other files stay.

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
  images = dataset.sample_observations(num_images, np.random.RandomState(seed))
  with trained_model.load(model_dir) as model:
    sheets, description = draw(
        images, model.posterior, model.decode, num_columns=num_columns,
        groups=settings.bound(model.config, "sparse_vae.groups", None),
        num_classes=model.num_classes)
    name = settings.bound(model.config, "dataset.name", "")
  description.update(num_images=num_images, seed=seed,
                     data=origin.at_hand(name),
                     training=ids.result_id(model_dir, "train"))
  files = {f"{name}.png": _png(sheet) for name, sheet in sheets.items()}
  files[_DESCRIPTION] = json.dumps(description, indent=2).encode() + b"\n"
  with writing.new_folder(output_dir, replace=True) as folder:
    if os.path.lexists(output_dir):
      shutil.copytree(output_dir, folder, symlinks=True,
                      ignore=shutil.ignore_patterns(*files, ".*"))
    else:
      os.mkdir(folder)
    for name, data in files.items():
      pathlib.Path(folder, name).write_bytes(data)


def are_drawn(output_dir: str, model_dir: str) -> bool:
  """Tells whether `write` has written its files to a directory.

  Those of an earlier training in `model_dir` do not count; those of earlier
  versions, which do not name their training, do.
  """
  path = os.path.join(output_dir, _DESCRIPTION)
  if not os.path.isfile(path):
    return False
  try:
    drawn = json_files.read(path).get("training")
  except ValueError:
    return False
  return drawn in (None, ids.result_id(model_dir, "train"))


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
  moves = traversals.rows(mean, logvar, num_classes=num_classes,
                          num_columns=num_columns)
  sheets = {
      "reconstructions": [images[shown], *map(decode, prefixes)],
      "traversals": [decode(traversals.codes(mean[0], row)) for row in moves],
  }
  description = {
      "cell": list(images.shape[1:3]), "gap": sheets_lib.GAP, "groups": groups,
      "reconstructions": {"rows": ["original", *names, "reconstruction"]},
      "traversals": {"quantiles": traversals.QUANTILES, "rows": moves},
  }
  arranged = {name: sheets_lib.arrange(rows) for name, rows in sheets.items()}
  return arranged, description


def _png(sheet):
  stream = io.BytesIO()
  Image.fromarray(sheet).save(stream, "PNG", optimize=True)
  return stream.getvalue()
