"""Costs of a module: parameters, bytes, arithmetic, time.

FLOPs are the floating point operations of matrix products and convolutions for
one example. Each use of a weight counts as two, a multiplication and an
addition. Zeros of the padding count, because they are computed with. Biases,
activations and computations on weights alone do not count.
"""
import contextlib
import os
import time

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from sparse_disent.export import graphs
from sparse_disent.export import linear

# Number of timed runs of each signature, and of untimed ones before them.
_ROUNDS = 30
_WARM_UP = 3


def parameters(path: str | os.PathLike) -> int:
  """Number of entries of all variables of a module, gates included."""
  checkpoint = hub.load_module_spec(path).checkpoint
  if checkpoint is None:
    return 0
  shapes = tf.train.load_checkpoint(checkpoint).get_variable_to_shape_map()
  return sum(int(np.prod(shape)) for shape in shapes.values())


def size(path: str | os.PathLike) -> int:
  """Bytes of all files below a directory."""
  return sum(
      os.path.getsize(os.path.join(folder, name))
      for folder, _, names in os.walk(os.fspath(path)) for name in names)


def flops(path: str | os.PathLike, signature: str) -> int:
  """Number of floating point operations of a signature, for one example.

  Args:
    path: Path of the module.
    signature: Name of the signature.

  Returns:
    flops: Number of operations, as counted above.
  """
  with tf.Graph().as_default(), tf.Session() as session:
    module = hub.Module(path)
    inputs = {name: tf.zeros([1, *info.get_shape().as_list()[1:]])
              for name, info in module.get_input_info_dict(signature).items()}
    module(inputs, signature=signature, as_dict=True)
    session.run(tf.global_variables_initializer())
    # Products of weights alone, such as those of a mask, are left out.
    return sum(_flops(op, session) for op in _computed_from(inputs.values())
               if op.type in (linear.DENSE, linear.CONV, linear.TRANSPOSED))


def _computed_from(tensors):
  """Operations that depend on at least one of the tensors, each once."""
  return dict.fromkeys(
      op for tensor in tensors for op in graphs.consumers(tensor.op))


def _flops(op, session):
  """FLOPs: two for each weight and each place where it is applied."""
  *_, source, kernel = op.inputs
  if op.type == linear.TRANSPOSED:
    source, kernel = kernel, source
  source, kernel, result = (
      value.shape for value in session.run([source, kernel, op.outputs[0]]))
  places = source if op.type == linear.TRANSPOSED else result
  return 2 * int(np.prod(kernel)) * int(np.prod(places[:-1]))


def latencies(
    paths: list[str],
    inputs: dict[str, list[dict[str, np.ndarray]]]) -> dict[str, list[float]]:
  """Measures milliseconds for a batch, from NumPy arrays to NumPy arrays.

  The modules take turns in one process, so that other load of the machine slows
  all of them alike.

  Args:
    paths: Paths of the modules.
    inputs: Dictionary from signatures to lists with the inputs of each module,
      dictionaries from names to arrays.

  Returns:
    latencies: Dictionary from signatures to lists of medians, milliseconds.
  """
  with contextlib.ExitStack() as stack:
    modules = [stack.enter_context(hub.eval_function_for_module(path))
               for path in paths]
    result = {}
    for signature, arrays in inputs.items():
      times = []
      for number in range(_WARM_UP + _ROUNDS):
        row = [_milliseconds(module, array, signature)
               for module, array in zip(modules, arrays, strict=True)]
        if number >= _WARM_UP:
          times.append(row)
      result[signature] = np.median(times, axis=0).tolist()
    return result


def _milliseconds(module, inputs, signature):
  start = time.perf_counter()
  module(inputs, signature=signature, as_dict=True)
  return 1e3 * (time.perf_counter() - start)
