"""Codes of observations: looked up where possible, else encoded on the spot.

A code is looked up if an observation is one of a fixed list of images and the
representation is a function of the image. For upstream's sampled representation
mean and variance are looked up and noise is drawn as it is in the module.
"""
import os
import zipfile

import numpy as np
import tensorflow_hub as hub
from disentanglement_lib.utils import results

from sparse_disent import progress
from sparse_disent.data import writing
from sparse_disent.evaluation import steps

# Measured: larger batches are no faster per image.
_BATCH_SIZE = 256
# Of the noise in sampled codes: not a seed of what metrics draw.
_NOISE_SEED = 20190612


def lookup(images, representation_dir, model_dir, description):
  """Returns the codes of all images, if images have codes.

  They are kept in the representation's folder for the next time.

  Args:
    images: An `indexed.Indexed`.
    representation_dir: Folder of a representation.
    model_dir: Folder of the model it is taken from.
    description: String for the progress display.

  Returns:
    codes: Dictionary of arrays [size, num_codes]: "code", or "mean" and
      "logvar" for a sampled representation. None if the representation of an
      image is random in another way.
  """
  path = os.path.join(representation_dir, "artifacts", "codes.npz")
  key = steps.result_id(representation_dir, "postprocess")
  codes = _read(path, key)
  if codes is None:
    codes = _encode_all(images, representation_dir, model_dir, description)
    if codes is not None:
      _write(path, key, codes)
  return codes


def representation_function(images, codes):
  """Returns a function that looks codes up; its noise is always the same.

  Args:
    images: The `indexed.Indexed` whose `data` the observations come from.
    codes: What `lookup` returned.

  Returns:
    Function from observations to codes, [batch_size, num_codes].
  """
  random_state = np.random.RandomState(_NOISE_SEED)

  def represent(observations):
    numbers = images.numbers(observations)
    if "code" in codes:
      return codes["code"][numbers]
    mean, logvar = codes["mean"][numbers], codes["logvar"][numbers]
    noise = random_state.standard_normal(mean.shape).astype(mean.dtype)
    return mean + np.exp(logvar / 2) * noise

  return represent


def encode_all(encode, size, description):
  """Encodes all images of a data set.

  Args:
    encode: Function from the numbers of the first image and of the one behind
      the last to a dictionary of arrays [num_images, num_codes].
    size: Number of images.
    description: String for the progress display.

  Returns:
    codes: Dictionary of arrays [size, num_codes].
  """
  codes = {}
  with progress.progress(size, description, "images") as display:
    for start in range(0, size, _BATCH_SIZE):
      stop = min(start + _BATCH_SIZE, size)
      for name, block in encode(start, stop).items():
        whole = codes.setdefault(
            name, np.empty((size,) + block.shape[1:], block.dtype))
        whole[start:stop] = block
      display.update(stop - start)
  return codes


def _encode_all(images, representation_dir, model_dir, description):
  if _is_sampled(representation_dir):
    directory, signature, names = (
        model_dir, "gaussian_encoder", {"mean": "mean", "logvar": "logvar"})
  else:
    directory, signature, names = (
        representation_dir, "representation", {"code": "default"})
  with hub.eval_function_for_module(os.path.join(directory, "tfhub")) as f:

    def encode(start, stop):
      outputs = f(dict(images=images.observations(start, stop)),
                  signature=signature, as_dict=True)
      return {name: outputs[key] for name, key in names.items()}

    if not is_deterministic(encode, images.size):
      return None
    return encode_all(encode, images.size, description)


def _is_sampled(representation_dir):
  config = results.gin_dict(os.path.join(
      representation_dir, "results", "gin", "postprocess.gin"))
  return config.get("postprocess.postprocess_fn") == "@sampled_representation"


def is_deterministic(encode, size):
  """Tells whether the same images get the same codes twice.

  Args:
    encode: See `encode_all`.
    size: Number of images; one batch of them is tried.
  """
  size = min(_BATCH_SIZE, size)
  first, second = encode(0, size), encode(0, size)
  return all(np.allclose(first[name], second[name]) for name in first)


def _read(path, key):
  """Returns codes of the representation with this id, or None."""
  try:
    with np.load(path) as file:
      if file["id"].item() == key:
        return {name: file[name] for name in file.files if name != "id"}
  except (OSError, KeyError, ValueError, zipfile.BadZipFile):
    pass
  return None


def _write(path, key, codes):
  if os.path.exists(path):
    os.remove(path)
  with writing.new_file(path) as file:
    np.savez(file, id=np.array(key), **codes)


class Remembered:
  """A representation function whose second run repeats the first.

  Encoding is what takes long, and for a random representation the same codes
  are what makes two runs equal.
  """

  def __init__(self, function):
    """Wraps a function from observations to codes."""
    self._function, self._codes = function, None

  def start(self):
    """Begins a run and returns the function to call in it."""
    if self._codes is None:
      self._codes = []
      return self._encode
    repeated = iter(self._codes)
    return lambda unused_observations: next(repeated)

  def _encode(self, observations):
    self._codes.append(self._function(observations))
    return self._codes[-1]
