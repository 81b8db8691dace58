"""Codes of observations: looked up where possible, else encoded on the spot.

A code is looked up if an observation is one of a fixed list of images and the
representation is a function of the image. For upstream's sampled representation
mean and variance are looked up and noise is drawn as it is in the module. Each
image is encoded once for all representations that are columns of the mean.
"""
import hashlib
import itertools
import json
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
# Representations that are columns of the mean: all of them, or those that
# representation_results.json lists.
_MEAN = "@mean_representation"
_COLUMNS_OF_MEAN = ("@active_mean_representation", "@permuted_representation")


class Posteriors:
  """What a model's encoder returns for all images, encoded when asked for."""

  def __init__(self, images, model_dir):
    """Prepares the encoder.

    Args:
      images: An `indexed.Indexed`.
      model_dir: Folder of a trained model.
    """
    self._images, self._model_dir = images, model_dir
    self._codes = None

  def codes(self):
    """Returns "mean" and "logvar", arrays [size, num_latent].

    None if they are no functions of the image.
    """
    if self._codes is None:
      self._codes = _encode_with(
          self._model_dir, "gaussian_encoder",
          {"mean": "mean", "logvar": "logvar"}, self._images,
          lambda encode: encode_all(encode, self._images.size, "encoding"))
    return self._codes


def lookup(images, representation_dir, posteriors, description):
  """Returns the codes of all images, if images have codes.

  They are kept in the representation's folder for the next time.

  Args:
    images: An `indexed.Indexed`.
    representation_dir: Folder of a representation.
    posteriors: `Posteriors` of the model it is taken from.
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
    codes = _encode(images, representation_dir, posteriors, description)
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


def _encode(images, representation_dir, posteriors, description):
  function, columns = _columns_of_mean(representation_dir)
  if function == "@sampled_representation":
    return posteriors.codes()

  def finish(encode):
    first = encode(0, min(_BATCH_SIZE, images.size))["code"]
    if columns is not None and (known := posteriors.codes()) is not None:
      codes = known["mean"][:, columns]
      if (codes.shape[1] == first.shape[1]
          and np.allclose(codes[:len(first)], first)):
        return {"code": codes}
    return encode_all(encode, images.size, description)

  return _encode_with(representation_dir, "representation",
                      {"code": "default"}, images, finish)


def _encode_with(directory, signature, names, images, finish):
  """Calls `finish` with a function that encodes images by a hub module.

  Args:
    directory: Folder with a hub module.
    signature: One of the module's.
    names: Dictionary from names of codes to the signature's outputs.
    images: An `indexed.Indexed`.
    finish: Function of an `encode` as `encode_all` takes it.

  Returns:
    What `finish` returns; None if codes are no functions of the image.
  """
  with hub.eval_function_for_module(os.path.join(directory, "tfhub")) as f:

    def encode(start, stop):
      outputs = f(dict(images=images.observations(start, stop)),
                  signature=signature, as_dict=True)
      return {name: outputs[key] for name, key in names.items()}

    if not _is_deterministic(encode, min(_BATCH_SIZE, images.size)):
      return None
    return finish(encode)


def _columns_of_mean(representation_dir):
  """The function that made a representation, and its columns of the mean.

  Returns:
    function: String.
    columns: What to index the mean with; None if that does not make it.
  """
  folder = os.path.join(representation_dir, "results")
  function = results.gin_dict(os.path.join(folder, "gin", "postprocess.gin")
                              ).get("postprocess.postprocess_fn")
  if function == _MEAN:
    return function, slice(None)
  if function not in _COLUMNS_OF_MEAN:
    return function, None
  with open(os.path.join(
      folder, "json", "representation_results.json")) as file:
    return function, json.load(file)["latents"]


def _is_deterministic(encode, size):
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
  with writing.new_file(path, replace=True) as file:
    np.savez(file, id=np.array(key), **codes)


class Remembered:
  """A representation function whose second run repeats the first.

  Encoding is what takes long, and for a random representation the same codes
  are what makes two runs equal. Where a run asks for something else than the
  one before it, as placeholders for classifiers can make it do, it gets codes
  of what it asks for.
  """

  def __init__(self, function):
    """Wraps a function from observations to codes."""
    self._function, self._known = function, []

  def start(self):
    """Begins a run and returns the function to call in it."""
    calls = itertools.count()
    return lambda observations: self._represent(next(calls), observations)

  def _represent(self, call, observations):
    digest = hashlib.sha256(np.ascontiguousarray(observations)).digest()
    if call == len(self._known) or self._known[call][0] != digest:
      self._known[call:] = [(digest, self._function(observations))]
    return self._known[call][1]
