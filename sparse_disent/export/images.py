"""Images that a compacted module is checked with."""
import os
from collections.abc import Sequence

import gin
import numpy as np
from disentanglement_lib.data.ground_truth import named_data

from sparse_disent.results import gin_files

NUMBER = 64


def random_images(shape: Sequence[int]) -> np.ndarray:
  """Noise: half of the images in [0, 1], half of them 0 or 1.

  Args:
    shape: Shape of an observation.

  Returns:
    images: float32 [NUMBER, *shape].
  """
  images = np.random.RandomState(0).uniform(size=[NUMBER, *shape])
  images[::2] = images[::2] > 0.5
  return images.astype(np.float32)


def real_images(results: str | None, shape: Sequence[int]
                ) -> tuple[np.ndarray | None, str]:
  """Images of the data set that a model was trained on.

  Clears gin's configuration, as upstream's steps do.

  Args:
    results: Folder `results` of a model, or None.
    shape: Shape of an observation.

  Returns:
    images: float32 [NUMBER, *shape], or None if there are none.
    description: Name of the data set, or the reason why there are none.
  """
  path = os.path.join(results or "", "gin", "train.gin")
  if not os.path.isfile(path):
    return None, "there is no results/gin/train.gin that names a data set"
  name = gin_files.bindings(path).get("dataset.name")
  if name is None:
    return None, "results/gin/train.gin names no data set"
  try:
    gin.clear_config()
    gin.parse_config_file(path, skip_unknown=True)
    data = named_data.get_named_ground_truth_data()
    images = data.sample_observations(NUMBER, np.random.RandomState(0))
  except (OSError, ValueError) as error:
    return None, str(error)
  finally:
    gin.clear_config()
  if images.shape[1:] != tuple(shape):
    return None, f"{name} has images of shape {images.shape[1:]} now"
  return images.astype(np.float32), name
