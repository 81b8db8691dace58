"""The training input: upstream's stream of images, made a batch at a time.

Upstream draws one image after the other in Python and hands each to tf.data.
Most of its data sets draw nothing but factors, so that a batch of factors and
their images can be had at once: the same images, bit for bit, many times
faster.
"""
import functools
import numbers

import numpy as np
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import cars3d
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import mpi3d
from disentanglement_lib.data.ground_truth import norb
from disentanglement_lib.data.ground_truth import shapes3d
from disentanglement_lib.data.ground_truth import util

from sparse_disent.compat import ledger
from sparse_disent.compat import patching

_BLOCK = 2**22  # Numbers that Python hands to tf.data at once: 16 MB.
_PREFETCHED = 4  # Batches.
# Classes of upstream's that draw nothing but factors.
_UPSTREAM = (cars3d.Cars3D, dsprites.DSprites, mpi3d.MPI3D, norb.SmallNORB,
             shapes3d.Shapes3D)
# Methods that draw.
_DRAWING = ("sample", "sample_factors", "sample_observations",
            "sample_observations_from_factors")
# From classes to samplers, and to what their methods were.
_registered = {}


def sample_one_by_one(ground_truth_data, num, random_state):
  """Samples what `num` calls of `sample_observations(1, random_state)` sample.

  Args:
    ground_truth_data: GroundTruthData of any kind.
    num: Integer, how many observations.
    random_state: NumPy random state; ends as those calls would leave it.

  Returns:
    Array `[num, ...]`.
  """
  if not draws_factors_alone(ground_truth_data):
    return _in_turn(ground_truth_data, num, random_state)
  sampler, _ = _registered.get(
      type(ground_truth_data), (_from_factors, None))
  return sampler(ground_truth_data, num, random_state)


def register(cls, sampler):
  """Has observations of a data set drawn in bulk, while its class is unchanged.

  Args:
    cls: Subclass of GroundTruthData; classes derived from it do not count.
    sampler: Function of an object, a number and a random state that returns
      what `sample_one_by_one` does.
  """
  _registered[cls] = sampler, {
      name: getattr(cls, name) for name in (*_DRAWING, sampler.__name__)
      if hasattr(cls, name)}


def draws_factors_alone(ground_truth_data):
  """Tells whether observations are drawn as upstream 1.5 draws them.

  Of a class that is registered: as when it was.

  A subclass may draw more than its parent, and so may a class or an object that
  a fork or a script has changed; of the latter one line tells.

  Args:
    ground_truth_data: GroundTruthData of any kind.
  """
  cls = type(ground_truth_data)
  if cls in _registered:
    _, functions = _registered[cls]
    return not functions.keys() & vars(ground_truth_data).keys() and all(
        getattr(cls, name) is function for name, function in functions.items())
  if cls not in _UPSTREAM:
    return False
  space = getattr(ground_truth_data, "state_space", None)
  if type(space) is not util.SplitDiscreteStateSpace:
    return False
  return _is_upstreams(ground_truth_data) and _is_upstreams(space)


def _is_upstreams(drawn):
  """Tells whether an object draws with upstream's own functions."""
  for base in type(drawn).__mro__[:-1]:
    for name in _drawing(base):
      function = getattr(drawn, name.rpartition(".")[2], None)
      if not patching.is_upstreams(function, name):
        patching.left_alone(name, ledger.READ)
        return False
  return True


@functools.cache
def _drawing(cls):
  """Returns the names in the ledger of the functions with which it draws."""
  prefix = f"{cls.__module__}:{cls.__name__}."
  return [entry.name for entry in ledger.ENTRIES
          if entry.kind == ledger.READ and entry.name.startswith(prefix)]


def _in_turn(ground_truth_data, num, random_state):
  return np.stack([ground_truth_data.sample_observations(1, random_state)[0]
                   for _ in range(num)])


def _from_factors(ground_truth_data, num, random_state):
  """Samples from data that draw a `SplitDiscreteStateSpace` and no more.

  NumPy draws an array of bounds like its elements one after the other.
  """
  space = ground_truth_data.state_space
  order = [*space.latent_factor_indices, *space.observation_factor_indices]
  sizes = np.asarray(space.factor_sizes)[order]
  factors = random_state.randint(0, np.broadcast_to(sizes, (num, len(order))))
  return ground_truth_data.sample_observations(num, _Drawn(factors.T))


class _Drawn:
  """Hands out what a random state drew before, column by column."""

  def __init__(self, columns):
    self._columns = iter(columns)

  def randint(self, unused_high, size):
    """Returns the next column, integer `[size]`."""
    column = next(self._columns)
    assert column.shape == (size,)
    return column




def _batches(ground_truth_data, random_seed, batch_size, shape):
  """Returns a data set of float32 batches without an end.

  What Python hands to tf.data costs much a piece, so several batches go at
  once, and a thread of tf.data has the next ones made meanwhile.

  Args:
    ground_truth_data: GroundTruthData.
    random_seed: Integer; each iterator starts from it.
    batch_size: Integer.
    shape: TensorShape of a batch; its first entry may be None.
  """
  batches = max(1, _BLOCK // (batch_size * shape[1:].num_elements()))

  def generate():
    random_state = np.random.RandomState(random_seed)
    while True:
      images = sample_one_by_one(
          ground_truth_data, batches * batch_size, random_state)
      yield images.reshape([batches, batch_size, *images.shape[1:]])

  blocks = tf.data.Dataset.from_generator(
      generate, tf.float32, [batches, *shape])
  return blocks.unbatch().prefetch(_PREFETCHED)


def install():
  """Makes the data set that upstream trains on answer `batch` in bulk.

  In all else it is upstream's data set of single images.
  """

  @patching.replace(util, "tf_data_set_from_ground_truth_data")
  def tf_data_set_from_ground_truth_data(
      original, ground_truth_data, random_seed):
    images = original(ground_truth_data, random_seed)
    batch_images = images.batch
    shape = images.element_spec.shape

    def batch(batch_size, drop_remainder=False, *args, **kwargs):
      if (args or kwargs or not isinstance(batch_size, numbers.Integral) or
          batch_size < 1 or not shape.is_fully_defined()):
        return batch_images(batch_size, drop_remainder, *args, **kwargs)
      return _batches(
          ground_truth_data, random_seed, batch_size,
          tf.TensorShape([batch_size if drop_remainder else None, *shape]))

    images.batch = batch
    return images
