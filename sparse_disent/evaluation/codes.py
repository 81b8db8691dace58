"""Codes of observations: looked up where possible, else encoded on the spot.

A code is looked up if an observation is one of a fixed list of images and the
representation is a function of the image. For upstream's sampled representation
mean and variance are looked up and noise is drawn as it is in the module. Each
image is encoded once for all representations that are columns of the mean.
"""
import functools
import hashlib
import itertools
import json
import os
import zipfile

import numpy as np
import tensorflow_hub as hub
from disentanglement_lib.utils import results

from sparse_disent.data import writing
from sparse_disent.evaluation import steps
from sparse_disent.evaluation import table as tables

# Of the noise in sampled codes: not a seed of what metrics draw.
_NOISE_SEED = 20190612
# Representations that are columns of the mean: all of them, or those that
# representation_results.json lists.
_MEAN = "@mean_representation"
_COLUMNS_OF_MEAN = ("@active_mean_representation", "@permuted_representation")


class Posteriors:
  """What a model's encoder returns for all images, encoded when asked for."""

  def __init__(self, images, model_dir, stack):
    """Prepares the encoder.

    Args:
      images: An `indexed.Indexed`.
      model_dir: Folder of a trained model.
      stack: `contextlib.ExitStack` that closes the model's module.
    """
    self._images, self._model_dir, self._stack = images, model_dir, stack

  @functools.cached_property
  def table(self):
    """`table.Table` of "mean" and "logvar", [size, num_latent].

    None if they are no functions of the image.
    """
    return _table(self._model_dir, "gaussian_encoder",
                  {"mean": "mean", "logvar": "logvar"}, self._images,
                  "encoding", self._stack)


def lookup(images, representation_dir, posteriors, description, stack):
  """Returns the codes of all images, if images have codes.

  Once all are there they are kept in the representation's folder for the next
  time.

  Args:
    images: An `indexed.Indexed`.
    representation_dir: Folder of a representation.
    posteriors: `Posteriors` of the model it is taken from.
    description: String for the progress display.
    stack: `contextlib.ExitStack` that closes the representation's module.

  Returns:
    codes: `table.Table` of "code", or of "mean" and "logvar" for a sampled
      representation. None if the representation of an image is random in
      another way.
  """
  path = os.path.join(representation_dir, "artifacts", "codes.npz")
  key = steps.result_id(representation_dir, "postprocess")
  arrays = _read(path, key)
  if arrays is not None:
    return tables.Table.of(arrays)
  codes = _codes(images, representation_dir, posteriors, description, stack)
  if codes is not None:
    codes.when_complete(lambda arrays: _write(path, key, arrays))
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
    found = codes[images.numbers(observations)]
    if "code" in found:
      return found["code"]
    mean, logvar = found["mean"], found["logvar"]
    noise = random_state.standard_normal(mean.shape).astype(mean.dtype)
    return mean + np.exp(logvar / 2) * noise

  return represent


def _codes(images, representation_dir, posteriors, description, stack):
  function, columns = _columns_of_mean(representation_dir)
  if function == "@sampled_representation":
    return posteriors.table
  own = _table(representation_dir, "representation", {"code": "default"},
               images, description, stack)
  if own is None or columns is None or posteriors.table is None:
    return own
  expected = own.encode(_first(images))["code"]
  found = posteriors.table.encode(_first(images))["mean"][:, columns]
  if found.shape != expected.shape or not np.allclose(found, expected):
    return own
  return tables.Columns(posteriors.table, "mean", columns)


def _table(directory, signature, names, images, description, stack):
  """An empty table of what a hub module makes of images.

  Args:
    directory: Folder with a hub module.
    signature: One of the module's.
    names: Dictionary from names of codes to the signature's outputs.
    images: An `indexed.Indexed`.
    description: String for the progress display.
    stack: `contextlib.ExitStack` that closes the module.

  Returns:
    A `table.Table`; None if codes are no functions of the image.
  """
  f = stack.enter_context(hub.eval_function_for_module(
      os.path.join(directory, "tfhub")))

  def encode(numbers):
    outputs = f(dict(images=images.observations(numbers)),
                signature=signature, as_dict=True)
    return {name: outputs[key] for name, key in names.items()}

  one, two = (encode(_first(images)) for _ in range(2))
  if not all(np.allclose(one[name], two[name]) for name in one):
    return None
  return tables.Table(encode, images.size, description)


def _first(images):
  """Numbers of some images to compare the codes of."""
  return np.resize(np.arange(images.size), tables.BATCH_SIZE)


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
