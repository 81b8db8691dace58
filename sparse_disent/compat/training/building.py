"""Building the graph of a `model_fn`: seed, inputs, quick operations."""
import contextlib
import inspect
import random
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import tensorflow.compat.v1 as tf
from tf_keras.src import backend as keras_backend

from sparse_disent.compat.speed import products
from sparse_disent.compat.speed import transposed

# Key of a collection of training graphs. It holds one tensor: the global step,
# read before the model gets the batch, so before any optimizer advances it.
STEP_OF_BATCH = "step_of_batch"


@contextlib.contextmanager
def quick_operations() -> Iterator[None]:
  """Makes a model that is built in this context train faster.

  It holds for the current graph; see `compat.speed.products` and
  `compat.speed.transposed`.

  Yields:
    None.
  """
  with products.quick_gradients(), transposed.quick_images():
    yield


class _IntegerRandom(random.Random):
  """A generator whose `randint` takes floats, as before Python 3.12.

  tf-keras 2.16 gives it a float.
  """

  def randint(self, a, b):
    return super().randint(int(a), int(b))


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
  """Seeds the current graph, and the initial weights of tf-keras layers.

  In TensorFlow 1 the graph's seed was enough. tf-keras draws the seed of an
  initializer from a generator of the process instead. The public function that
  seeds this generator also seeds `random` and `numpy.random` of the process.
  """
  tf.set_random_seed(seed)
  generators = keras_backend._SEED_GENERATOR
  before = getattr(generators, "generator", None)
  generators.generator = _IntegerRandom(seed)
  try:
    yield
  finally:
    generators.generator = before


def asked_for(model_fn: Callable, **arguments: Any) -> dict[str, Any]:
  """Returns the arguments that a `model_fn` takes."""
  parameters = inspect.signature(model_fn).parameters
  names = set(parameters)
  if any(each.kind == each.VAR_KEYWORD for each in parameters.values()):
    names |= {"labels", "mode", "params"}  # `config` has to be named.
  return {name: value for name, value in arguments.items() if name in names}


def host_call(spec: Any) -> list:
  """Returns the tensors of the host call, which each training step computes."""
  if spec.host_call is None:
    return []
  function, tensors = spec.host_call
  return tf.nest.flatten(function(**tensors) if isinstance(tensors, dict)
                         else function(*tensors))


def features_and_labels(inputs: Any) -> tuple[Any, Any]:
  """Returns features and labels, which an `input_fn` may return as a set."""
  if isinstance(inputs, tf.data.Dataset):
    inputs = tf.data.make_one_shot_iterator(inputs).get_next()
  if isinstance(inputs, tuple):
    features, labels = inputs
    return features, labels
  return inputs, None


def after_reading_the_step(features: Any) -> Any:
  """Makes features wait until the global step has been read.

  With two optimizers, as in FactorVAE, one of them may advance the step before
  all parts of the model have read it.
  """
  step = tf.train.get_global_step().read_value()
  tf.add_to_collection(STEP_OF_BATCH, step)
  with tf.control_dependencies([step]):
    return tf.nest.map_structure(tf.identity, features)


