"""Codes of observations: looked up where possible, else encoded on the spot.

A code is looked up if an observation is one of a fixed list of images and the
representation is a function of the image. For upstream's sampled representation
mean and variance are looked up and noise is drawn as it is in the module. An
image that a metric draws is encoded once for all representations that are
columns of the mean, and for all metrics that draw batches of the same size.
"""
import contextlib
import functools
import hashlib
import itertools
import os
import zipfile

import gin
import numpy as np
import tensorflow_hub as hub
from disentanglement_lib.postprocessing import methods

from sparse_disent import postprocessing
from sparse_disent.common import writing
from sparse_disent.compat import patching
from sparse_disent.evaluation import metric_tasks
from sparse_disent.evaluation import table as table_lib
from sparse_disent.results import gin_files
from sparse_disent.results import ids

# Of the noise in sampled codes: not a seed of what metrics draw.
_NOISE_SEED = 20190612
# In the file of codes: the id of the representation they are of.
_KEY = "representation"
_SAMPLED = "@sampled_representation"
# Representations that are columns of the mean: all of them, or those that
# representation_results.json lists.
_MEAN = "@mean_representation"
# What these names have to stand for: nobody's own function has a code looked up
# that it has not computed.
_KNOWN = {
    _SAMPLED: methods.sampled_representation,
    _MEAN: methods.mean_representation,
    "@active_mean_representation": postprocessing.active_mean_representation,
    "@permuted_representation": postprocessing.permuted_representation,
}


@contextlib.contextmanager
def posteriors(images, model_dir):
  """Opens what a model's encoder returns for images.

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
def lookup(images, representation_dir, posteriors, description):
  """Opens the codes of all images, if images have codes.

  What has been encoded is kept in the representation's folder for the next
  time.

  Args:
    images: An `indexed.Indexed`.
    representation_dir: Folder of a representation.
    posteriors: What `posteriors` yielded for the model it is taken from.
    description: String for the progress display.

  Yields:
    table: A `Table` of "code", or of "mean" and "logvar" for a sampled
      representation. None if the representation of an image is random in
      another way.
  """
  path = os.path.join(representation_dir, "artifacts", "codes.npz")
  key = ids.result_id(representation_dir, "postprocess")
  with _encoder(images, representation_dir, "representation",
                {"code": "default"}) as encode:
    cheapest = functools.cache(
        lambda: _cheapest(encode, representation_dir, posteriors))
    table = table_lib.Table(
        lambda numbers: cheapest()(numbers), images.size, description)
    stored = _read(path, key)
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


def source(definition, data, represent, images=None, table=None):
  """Returns the source of observations and codes for a metric.

  A metric that looks at codes alone gets numbers and looks codes up, if there
  is a table of them. Any other gets the images, which are encoded as they come:
  it may look at them, change or choose them.

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
  return metric_tasks.Source(
      lambda: (images.data, representation_function(images, table)))


@contextlib.contextmanager
def _encoder(images, directory, signature, names):
  """Opens a hub module, once it is used.

  Args:
    images: An `indexed.Indexed`.
    directory: Folder with a hub module.
    signature: One of the module's.
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

  None if codes are random in another way than upstream's sampled ones.
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
  """The function that made a representation, and its columns of the mean.

  Returns:
    function: String; None for a function that is not known.
    columns: What to index the mean with; None if that does not make it.
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
