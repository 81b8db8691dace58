"""Codes of observations: looked up if possible, else computed when needed.

A code is looked up if the observation is one of a fixed list of images and the
representation is a function of the image. For upstream's sampled representation
mean and variance are looked up, and noise is drawn as in the module.

Many representations are columns of the mean. An image is encoded only once for
all of them, and for all metrics that draw batches of the same size.
"""
import contextlib
import functools
import hashlib
import itertools
import os
import zipfile
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import gin
import joblib
import numpy as np
import tensorflow_hub as hub
from disentanglement_lib.postprocessing import methods

from sparse_disent import postprocessing
from sparse_disent.common import writing
from sparse_disent.compat import patching
from sparse_disent.evaluation import draws
from sparse_disent.evaluation import metric_tasks
from sparse_disent.evaluation import table as table_lib
from sparse_disent.results import gin_files
from sparse_disent.results import ids

# Seed of the noise in sampled codes. It differs from the seeds of metrics.
_NOISE_SEED = 20190612
# Largest number of batches that are encoded at once. TensorFlow uses more cores
# for a batch, but badly: encoders of this field are small.
_MOST_THREADS = 8
# Key in the file of codes for the id of their representation.
_KEY = "representation"
_SAMPLED = "@sampled_representation"
# The representation of all columns of the mean. Other representations are some
# of the columns, listed in representation_results.json.
_MEAN = "@mean_representation"
# The functions that these names must refer to. A user's function of the same
# name may compute other codes, so nothing is looked up for it.
_KNOWN = {
    _SAMPLED: methods.sampled_representation,
    _MEAN: methods.mean_representation,
    "@active_mean_representation": postprocessing.active_mean_representation,
    "@permuted_representation": postprocessing.permuted_representation,
}


@contextlib.contextmanager
def posteriors(images: Any, model_dir: str) -> Iterator[table_lib.Table]:
  """Opens the outputs of a model's encoder for images.

  Args:
    images: An `indexed.Indexed`.
    model_dir: Folder of a trained model.

  Yields:
    posteriors: `Table` of "mean" and "logvar".
  """
  with _encoder(images, model_dir, "gaussian_encoder",
                {"mean": "mean", "logvar": "logvar"}) as encode:
    yield table_lib.Table(encode, images.size)


@contextlib.contextmanager
def lookup(images: Any, representation_dir: str, posteriors: table_lib.Table,
           description: str, anew: bool = False
           ) -> Iterator[table_lib.Table | None]:
  """Opens the codes of all images, if each image has one code.

  Computed codes are saved in the representation's folder and used again.

  Args:
    images: An `indexed.Indexed`.
    representation_dir: Folder of a representation.
    posteriors: `Table` of the posteriors of the representation's model.
    description: String for the progress display.
    anew: Whether saved codes are replaced. They are those of the images that
      the data set had then.

  Yields:
    table: A `Table` of "code", or of "mean" and "logvar" for upstream's sampled
      representation. None for any other random representation.
  """
  path = os.path.join(representation_dir, "artifacts", "codes.npz")
  key = ids.result_id(representation_dir, "postprocess")
  with _encoder(images, representation_dir, "representation",
                {"code": "default"}) as encode:
    cheapest = functools.cache(
        lambda: _cheapest(encode, representation_dir, posteriors))
    table = table_lib.Table(
        lambda numbers: cheapest()(numbers), images.size, description,
        num_threads=min(joblib.cpu_count(), _MOST_THREADS))
    stored = None if anew else _read(path, key)
    if stored is not None:
      table.add(stored)
    elif cheapest() is None:
      yield None
      return
    num_stored = table.num_known()
    try:
      yield table
    finally:
      if table.num_known() > num_stored:
        _write(path, key, table.contents())


def representation_function(
    images: Any, table: table_lib.Table,
    seed: int = 0) -> Callable[[np.ndarray], np.ndarray]:
  """Returns a function that looks codes up; its noise has a fixed seed.

  Args:
    images: The `indexed.Indexed` whose `data` the observations come from.
    table: A `Table` of the codes of these images.
    seed: The seed of the metric, for which the noise is drawn.

  Returns:
    Function from observations to codes, [batch_size, num_codes].
  """
  random_state = np.random.RandomState((_NOISE_SEED + seed) % 2**32)

  def represent(observations):
    codes = table.rows(images.numbers(observations))
    if "code" in codes:
      return codes["code"]
    mean, logvar = codes["mean"], codes["logvar"]
    noise = random_state.standard_normal(mean.shape).astype(mean.dtype)
    return mean + np.exp(logvar / 2) * noise

  return represent


def source(definition: metric_tasks.Definition, data: Any,
           represent: Callable[[Any], np.ndarray], images: Any = None,
           table: table_lib.Table | None = None) -> metric_tasks.Source:
  """Returns the source of observations and codes for a metric.

  A metric that uses only codes gets numbers of images in place of the images,
  if there is a table of codes: each code is looked up. Any other metric gets
  the images, which it may look at, change or select. They are encoded when the
  metric asks for codes.

  Args:
    definition: `metric_tasks.Definition` of the metric.
    data: GroundTruthData.
    represent: Function from observations to codes.
    images: `data` as an `indexed.Indexed`, or None.
    table: A `Table` of the codes of these images, or None.

  Returns:
    A `metric_tasks.Source`.
  """
  if table is None or definition.needs_images:
    repeatable = RepeatableCodes(represent)
    return metric_tasks.Source(lambda: (data, repeatable.start()))
  if batches := draws.in_batches(
      definition.gin_file, definition.name, definition.function):
    table.expect(*batches)
  return metric_tasks.Source(
      lambda: (images.data,
               representation_function(images, table, definition.seed)))


@contextlib.contextmanager
def _encoder(images, directory, signature, names):
  """Opens a hub module when it is first used.

  Args:
    images: An `indexed.Indexed`.
    directory: Folder with a hub module.
    signature: Name of a signature of the module.
    names: Dictionary from names of codes to the signature's outputs.

  Yields:
    encode: Function from numbers of images to a dictionary of codes.
  """
  with contextlib.ExitStack() as stack:
    module = functools.cache(lambda: stack.enter_context(
        hub.eval_function_for_module(os.path.join(directory, "tfhub"))))

    def encode(numbers):
      outputs = module()(dict(images=images.observations(numbers)),
                         signature=signature, as_dict=True)
      return {name: outputs[key] for name, key in names.items()}

    yield encode


def _cheapest(encode, representation_dir, posteriors):
  """Returns the cheapest function from numbers of images to their codes.

  Returns None if codes are random, except for upstream's sampled ones.
  """
  function, columns = _columns_of_mean(representation_dir)
  if function == _SAMPLED:
    return posteriors.rows if posteriors.is_repeatable() else None
  own = table_lib.Table(encode, posteriors.size)
  if not own.is_repeatable():
    return None

  def from_mean(numbers):
    return {"code": posteriors.rows(numbers)["mean"][:, columns]}

  if columns is not None and posteriors.is_repeatable():
    numbers = np.arange(own.size)[:table_lib.NUM_TRIED]
    mean, expected = from_mean(numbers)["code"], own.rows(numbers)["code"]
    if mean.shape == expected.shape and np.allclose(mean, expected):
      return from_mean
  return encode


def _columns_of_mean(representation_dir):
  """Finds out which columns of the mean make a representation.

  Returns:
    function: Gin reference of the function that made the representation; None
      for an unknown function.
    columns: Index of columns of the mean; None if the representation is not
      made of them.
  """
  function = gin_files.recorded(representation_dir, "postprocess").get(
      "postprocess.postprocess_fn")
  if not _is_known(function):
    return None, None
  if function == _MEAN:
    return function, slice(None)
  if function == _SAMPLED:
    return function, None
  return function, ids.read_results(
      representation_dir, "representation")["latents"]


def _is_known(function):
  """Tells whether a gin reference is upstream's function or ours, unchanged."""
  return (function in _KNOWN
          and gin.get_configurable(function[1:]) is _KNOWN[function]
          and (function not in (_SAMPLED, _MEAN)
               or patching.is_unchanged_module(methods.__name__)))


def _read(path, key):
  """Returns codes of the representation with this id, or None."""
  try:
    with np.load(path) as file:
      if file[_KEY].item() == key:
        return {name: file[name] for name in file.files if name != _KEY}
  except (OSError, KeyError, ValueError, zipfile.BadZipFile):
    pass
  return None


def _write(path, key, codes):
  with writing.new_file(path, replace=True) as file:
    np.savez(file, **{_KEY: np.array(key)}, **codes)


class RepeatableCodes:
  """A representation function that can repeat the codes of its first run.

  A metric runs twice (see `deferred`). The second run gets the codes of the
  first one: encoding takes long, and codes of a random representation would
  differ. From the first call with other observations than in the run before,
  codes are computed anew. Placeholders for classifiers can cause that.
  """

  def __init__(self, function: Callable[[Any], np.ndarray]):
    """Wraps a function from observations to codes."""
    self._function, self._known = function, []

  def start(self) -> Callable[[Any], np.ndarray]:
    """Begins a run and returns the function to call in it."""
    calls = itertools.count()
    return lambda observations: self._represent(next(calls), observations)

  def _represent(self, call, observations):
    digest = hashlib.sha256(np.ascontiguousarray(observations)).digest()
    if call == len(self._known) or self._known[call][0] != digest:
      self._known[call:] = [(digest, self._function(observations))]
    return self._known[call][1]
