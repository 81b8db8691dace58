"""Codes of observations: looked up where possible, else encoded on the spot.

A code is looked up if an observation is one of a fixed list of images and the
representation is a function of the image. For upstream's sampled representation
mean and variance are looked up and noise is drawn as it is in the module.
"""
import contextlib
import functools
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
# The part of all images up to which each is encoded when a metric asks for it.
# Batches of metrics are small, which is slower per image; a metric that asks
# for more will want most of them.
_FEW = 1 / 16
# Of the noise in sampled codes: not a seed of what metrics draw.
_NOISE_SEED = 20190612


class Table:
  """Codes of the images of a list, each image encoded at most once.

  Images are encoded when they are first asked for. Once 1/16 of the list has
  been, all others follow in large batches.

  Attributes:
    size: Number of images.
    known: Boolean [size], which images have been encoded.
  """

  def __init__(self, encode, size, description):
    """Begins with no image encoded.

    Args:
      encode: Function from numbers of images, int64 [batch_size], to a
        dictionary of arrays [batch_size, num_codes].
      size: Number of images.
      description: String for the progress display.
    """
    self._encode, self.size, self._description = encode, size, description
    self.known = np.zeros(size, bool)
    self._columns = {}

  def rows(self, numbers):
    """Returns the codes of images.

    Args:
      numbers: Integer array [batch_size].

    Returns:
      codes: Dictionary of arrays [batch_size, num_codes].
    """
    missing = np.unique(numbers[~self.known[numbers]])
    if self.known.sum() + len(missing) > max(_FEW * self.size, _BATCH_SIZE):
      self._encode_others()
    elif len(missing):
      self.add(missing, self._encode(missing))
    return {name: column[numbers] for name, column in self._columns.items()}

  def add(self, numbers, codes):
    """Takes codes that are known from elsewhere; arguments as of `rows`."""
    for name, block in codes.items():
      column = self._columns.setdefault(
          name, np.empty((self.size,) + block.shape[1:], block.dtype))
      column[numbers] = block
    self.known[numbers] = True

  def _encode_others(self):
    others = np.flatnonzero(~self.known)
    if not len(others):
      return
    with progress.progress(
        self.size, self._description, "images",
        initial=self.size - len(others)) as display:
      for start in range(0, len(others), _BATCH_SIZE):
        numbers = others[start:start + _BATCH_SIZE]
        self.add(numbers, self._encode(numbers))
        display.update(len(numbers))


@contextlib.contextmanager
def lookup(images, representation_dir, model_dir, description):
  """Opens the codes of all images, if images have codes.

  What has been encoded is kept in the representation's folder for the next
  time.

  Args:
    images: An `indexed.Indexed`.
    representation_dir: Folder of a representation.
    model_dir: Folder of the model it is taken from.
    description: String for the progress display.

  Yields:
    table: A `Table` of "code", or of "mean" and "logvar" for a sampled
      representation. None if the representation of an image is random in
      another way.
  """
  path = os.path.join(representation_dir, "artifacts", "codes.npz")
  key = steps.result_id(representation_dir, "postprocess")
  with contextlib.ExitStack() as stack:
    module = functools.cache(
        lambda: stack.enter_context(_module(representation_dir, model_dir)))

    def encode(numbers):
      return module()(images.observations(numbers))

    table = Table(encode, images.size, description)
    stored = _read(path, key) or {"numbers": np.arange(0)}
    num_stored = len(stored["numbers"])
    if not num_stored:
      numbers = np.arange(min(_BATCH_SIZE, images.size))
      stored = dict(encode(numbers), numbers=numbers)
      again = encode(numbers)
      if not all(np.allclose(stored[name], again[name]) for name in again):
        yield None
        return
    table.add(stored.pop("numbers"), stored)
    try:
      yield table
    finally:
      if table.known.sum() > num_stored:
        numbers = np.flatnonzero(table.known)
        _write(path, key, dict(table.rows(numbers), numbers=numbers))


def representation_function(images, table):
  """Returns a function that looks codes up; its noise is always the same.

  Args:
    images: The `indexed.Indexed` whose `data` the observations come from.
    table: A `Table` of the codes of these images.

  Returns:
    Function from observations to codes, [batch_size, num_codes].
  """
  random_state = np.random.RandomState(_NOISE_SEED)

  def represent(observations):
    codes = table.rows(images.numbers(observations))
    if "code" in codes:
      return codes["code"]
    mean, logvar = codes["mean"], codes["logvar"]
    noise = random_state.standard_normal(mean.shape).astype(mean.dtype)
    return mean + np.exp(logvar / 2) * noise

  return represent


@contextlib.contextmanager
def _module(representation_dir, model_dir):
  """Yields the function from observations to what the table holds of them."""
  if _is_sampled(representation_dir):
    directory, signature, names = (
        model_dir, "gaussian_encoder", {"mean": "mean", "logvar": "logvar"})
  else:
    directory, signature, names = (
        representation_dir, "representation", {"code": "default"})
  with hub.eval_function_for_module(os.path.join(directory, "tfhub")) as f:

    def encode(observations):
      outputs = f(dict(images=observations), signature=signature, as_dict=True)
      return {name: outputs[key] for name, key in names.items()}

    yield encode


def _is_sampled(representation_dir):
  config = results.gin_dict(os.path.join(
      representation_dir, "results", "gin", "postprocess.gin"))
  return config.get("postprocess.postprocess_fn") == "@sampled_representation"


def _read(path, key):
  """Returns codes of the representation with this id, or None."""
  try:
    with np.load(path) as file:
      if file["id"].item() == key and "numbers" in file.files:
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
