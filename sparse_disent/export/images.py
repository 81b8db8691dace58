"""Images on which a compacted module is compared with its model."""
import os
from collections.abc import Sequence

import gin
import numpy as np
from disentanglement_lib.data.ground_truth import named_data

from sparse_disent.results import gin_files

NUMBER = 64


def random_images(shape: Sequence[int]) -> np.ndarray:
  """Draws images of noise: half with values in [0, 1], half with 0 and 1 alone.

  Args:
    shape: Shape of an observation.

  Returns:
    images: float32 [NUMBER, *shape].
  """
  images = np.random.RandomState(0).uniform(size=[NUMBER, *shape])
  images[::2] = images[::2] > 0.5
  return images.astype(np.float32)


def real_images(results: str | None,
                shape: Sequence[int]) -> tuple[np.ndarray | None, str]:
  """Samples images of the data set that a model was trained on.

  Gin's configuration is cleared, as upstream's steps do it.

  Args:
    results: Folder `results` of a model, or None.
    shape: Shape of an observation.

  Returns:
    images: float32 [NUMBER, *shape], or None if they cannot be had.
    description: Name of the data set, or the reason why there are no images.
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
  except Exception as error:  # A user's data set may raise any.
    return None, f"{name} cannot be sampled: {error!r}"
  finally:
    gin.clear_config()
  if images.shape[1:] != tuple(shape):
    return None, f"{name} has images of shape {images.shape[1:]} now"
  return images.astype(np.float32), name
