"""The training input: upstream's stream of images, made a batch at a time.

Upstream draws one image after the other in Python and hands each to tf.data.
Most of its data sets use random numbers for the factors only. Their factors and
images are drawn here a batch at a time: the same images, bit for bit, many
times faster.
"""
import functools
import numbers
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

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
from sparse_disent.compat.training import parts

_BLOCK = 2**22  # Numbers that Python hands to tf.data at once: 16 MB.
_PREFETCHED = 4  # Batches.
# Upstream's classes that use random numbers for the factors only.
_UPSTREAM = (cars3d.Cars3D, dsprites.DSprites, mpi3d.MPI3D, norb.SmallNORB,
             shapes3d.Shapes3D)
# Methods that use random numbers.
_DRAWING = ("sample", "sample_factors", "sample_observations",
            "sample_observations_from_factors")
# Dict from a class to its sampler and the methods it had when registered.
_registered = {}


def sample_one_by_one(
    ground_truth_data: Any, num: int, random_state: np.random.RandomState
) -> np.ndarray:
  """Samples the observations that `num` draws of one observation each return.

  They are drawn in bulk if `draws_factors_alone` allows it. The result equals
  that of `num` calls of `sample_observations(1, random_state)`.

  Args:
    ground_truth_data: GroundTruthData of any kind.
    num: Integer, number of observations.
    random_state: NumPy random state; is left as those calls would leave it.

  Returns:
    Array `[num, ...]`.
  """
  if not draws_factors_alone(ground_truth_data):
    return in_turn(ground_truth_data, num, random_state)
  sampler, _ = _registered.get(
      type(ground_truth_data), (_from_factors, None))
  return sampler(ground_truth_data, num, random_state)


def skip(ground_truth_data: Any, num: int,
         random_state: np.random.RandomState) -> None:
  """Advances a random state as `num` draws of one observation each do.

  Where factors are all that is drawn, no image is made: 19 million draws, which
  300,000 batches of 64 take, need some seconds.

  Args:
    ground_truth_data: GroundTruthData of any kind.
    num: Integer, number of observations.
    random_state: NumPy random state.
  """
  highs = bounds(ground_truth_data)
  size = 2**10 if highs is None else 2**16
  for done in range(0, num, size):
    count = min(size, num - done)
    if highs is not None:
      _integers(count, random_state, highs)
    elif draws_factors_alone(ground_truth_data):
      sample_one_by_one(ground_truth_data, count, random_state)
    else:
      for _ in range(count):
        ground_truth_data.sample_observations(1, random_state)


def register(
    cls: type,
    sampler: Callable[[Any, int, np.random.RandomState], np.ndarray]) -> None:
  """Registers a function that draws observations of a data set in bulk.

  It is used only while the class has the methods that it has now.

  Args:
    cls: Subclass of GroundTruthData; classes derived from it are not
      registered.
    sampler: Function with the arguments and the result of `sample_one_by_one`.
  """
  _registered[cls] = sampler, {
      name: getattr(cls, name) for name in (*_DRAWING, sampler.__name__)
      if hasattr(cls, name)}


def draws_factors_alone(ground_truth_data: Any) -> bool:
  """Tells whether observations can be drawn in bulk.

  They can if the class is one of upstream 1.5 or registered, and if its methods
  that use random numbers are unchanged. A subclass may draw more than its
  parent, and so may a class or an object that a fork or a script has changed.
  One line reports a changed function of upstream's.

  Args:
    ground_truth_data: GroundTruthData of any kind.
  """
  cls = type(ground_truth_data)
  if cls in _registered:
    _, functions = _registered[cls]
    return not functions.keys() & vars(ground_truth_data).keys() and all(
        getattr(cls, name) is function for name, function in functions.items())
  return bounds(ground_truth_data) is not None


def bounds(ground_truth_data: Any) -> list[int] | None:
  """Returns the bounds of the integers that an observation is drawn with.

  Args:
    ground_truth_data: GroundTruthData of any kind.

  Returns:
    List of the exclusive bounds, in the order of drawing. None for data that
    may draw other numbers. Registered classes tell by a method of this name.
  """
  if type(ground_truth_data) in _registered:
    tell = getattr(ground_truth_data, "bounds", None)
    return tell and tell()
  space = getattr(ground_truth_data, "state_space", None)
  if (type(ground_truth_data) not in _UPSTREAM
      or type(space) is not util.SplitDiscreteStateSpace
      or not _is_upstreams(ground_truth_data) or not _is_upstreams(space)):
    return None
  return _sizes(space)


def _sizes(space):
  return [space.factor_sizes[index] for index in (
      *space.latent_factor_indices, *space.observation_factor_indices)]


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
  """Returns the names, in the ledger, of a class's functions that draw."""
  prefix = f"{cls.__module__}:{cls.__name__}."
  return [entry.name for entry in ledger.ENTRIES
          if entry.kind == ledger.READ and entry.name.startswith(prefix)]


def in_turn(ground_truth_data: Any, num: int,
            random_state: np.random.RandomState) -> np.ndarray:
  """Does the same as `sample_one_by_one`, for data of any kind."""
  return np.stack([ground_truth_data.sample_observations(1, random_state)[0]
                   for _ in range(num)])


def _from_factors(ground_truth_data, num, random_state):
  """Samples in bulk from data that use random numbers for the factors only."""
  return in_columns(ground_truth_data, num, random_state,
                    _sizes(ground_truth_data.state_space))


def in_columns(
    ground_truth_data: Any, num: int, random_state: np.random.RandomState,
    highs: Sequence[int]) -> np.ndarray:
  """Does the same as `sample_one_by_one`, for data that draw integers only.

  `randint` of an array of bounds draws the same numbers as `randint` of its
  elements one after the other, so that the observations are the same.

  Args:
    ground_truth_data: GroundTruthData that draws its observations with one
      `randint(high, size=num)` after the other, and nothing else.
    num: Integer, number of observations.
    random_state: NumPy random state; is left as single draws would leave it.
    highs: The values of `high`, in the order of drawing.

  Returns:
    Array `[num, ...]`.
  """
  integers = _integers(num, random_state, highs)
  return ground_truth_data.sample_observations(num, _GivenIntegers(integers.T))


def _integers(num, random_state, highs):
  return random_state.randint(0, np.broadcast_to(highs, (num, len(highs))))


class _GivenIntegers:
  """A random state whose `randint` returns given columns of integers."""

  def __init__(self, columns):
    self._columns = iter(columns)

  def randint(self, unused_high, size):
    """Returns the next column, integer `[size]`."""
    column = next(self._columns)
    assert column.shape == (size,)
    return column


def _batches(ground_truth_data, random_seed, batch_size, shape, start):
  """Returns an endless data set of float32 batches.

  Each transfer from Python to tf.data is slow, so several batches go at once. A
  thread of tf.data prepares the next ones meanwhile.

  Args:
    ground_truth_data: GroundTruthData.
    random_seed: Integer; each iterator starts from it.
    batch_size: Integer.
    shape: TensorShape of a batch; its first entry may be None.
    start: Integer, number of batches to leave out.
  """
  batches = max(1, _BLOCK // (batch_size * shape[1:].num_elements()))

  def generate():
    random_state = np.random.RandomState(random_seed)
    skip(ground_truth_data, start * batch_size, random_state)
    while True:
      images = sample_one_by_one(
          ground_truth_data, batches * batch_size, random_state)
      yield images.reshape([batches, batch_size, *images.shape[1:]])

  blocks = tf.data.Dataset.from_generator(
      generate, tf.float32, [batches, *shape])
  return blocks.unbatch().prefetch(_PREFETCHED)


def install() -> None:
  """Makes the `batch` method of upstream's training data set draw in bulk.

  In everything else the data set stays upstream's, of single images.
  """

  @patching.replace(util, "tf_data_set_from_ground_truth_data")
  def tf_data_set_from_ground_truth_data(
      original, ground_truth_data, random_seed):
    images = original(ground_truth_data, random_seed)
    batch_images = images.batch
    shape = images.element_spec.shape

    def batch(batch_size, drop_remainder=False, *args, **kwargs):
      start = parts.first_batch()
      if (args or kwargs or not isinstance(batch_size, numbers.Integral) or
          batch_size < 1 or not shape.is_fully_defined()):
        return batch_images(
            batch_size, drop_remainder, *args, **kwargs).skip(start)
      return _batches(
          ground_truth_data, random_seed, batch_size,
          tf.TensorShape([batch_size if drop_remainder else None, *shape]),
          start)

    images.batch = batch
    return images
