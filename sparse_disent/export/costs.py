"""What a module costs: parameters, bytes, arithmetic, time.

FLOPs are those of matrix products and convolutions for one example: two, a
multiplication and an addition, for each weight that a number is multiplied
with. Zeros beside the image count, as they are computed with; biases,
activations and what is done to weights alone do not count.
"""
import contextlib
import os
import time

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from sparse_disent.export import graphs
from sparse_disent.export import linear

# How often each signature is timed, after some runs that are not.
_ROUNDS = 30
_WARM_UP = 3


def parameters(path):
  """Numbers in a module's variables, gates included; an integer."""
  checkpoint = hub.load_module_spec(path).checkpoint
  if checkpoint is None:
    return 0
  shapes = tf.train.load_checkpoint(checkpoint).get_variable_to_shape_map()
  return sum(int(np.prod(shape)) for shape in shapes.values())


def size(path):
  """Bytes of all files below a directory."""
  return sum(
      os.path.getsize(os.path.join(folder, name))
      for folder, _, names in os.walk(path) for name in names)


def flops(path, signature):
  """Floating point operations of a signature, for one example.

  Args:
    path: Path of the module.
    signature: Name of the signature.

  Returns:
    flops: Integer.
  """
  with tf.Graph().as_default(), tf.Session() as session:
    module = hub.Module(path)
    inputs = {name: tf.zeros([1, *info.get_shape().as_list()[1:]])
              for name, info in module.get_input_info_dict(signature).items()}
    module(inputs, signature=signature, as_dict=True)
    session.run(tf.global_variables_initializer())
    # Not products of weights alone, such as the transposition of a mask.
    return sum(_flops(op, session) for op in _computed_from(inputs.values())
               if op.type in (linear.DENSE, linear.CONV, linear.TRANSPOSED))


def _computed_from(tensors):
  """Operations that depend on any of some tensors, each once."""
  return dict.fromkeys(
      op for tensor in tensors for op in graphs.consumers(tensor.op))


def _flops(op, session):
  """Two for each weight and each place that it is applied at."""
  *_, source, kernel = op.inputs
  if op.type == linear.TRANSPOSED:
    source, kernel = kernel, source
  source, kernel, result = (
      value.shape for value in session.run([source, kernel, op.outputs[0]]))
  places = source if op.type == linear.TRANSPOSED else result
  return 2 * int(np.prod(kernel)) * int(np.prod(places[:-1]))


def latencies(paths, inputs):
  """Milliseconds for a batch, as a caller sees them: from arrays to arrays.

  The modules take turns in one process, so that what else the machine does
  meets all of them.

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
