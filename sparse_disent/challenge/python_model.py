"""Writes a representation to one file, python_model.dill.

It is a pickle of a function that can be loaded without this package and with
any version of Python. It therefore holds a frozen graph and the source text of
`standalone`, but no references to this package and no bytecode. The standard
library's pickle writes it, and dill, which reads pickles, loads it.
"""
import os
import pathlib
import pickle
from collections.abc import Callable

import numpy as np
import tensorflow as tf
import tensorflow_hub as hub

from sparse_disent.challenge import standalone
from sparse_disent.common import npz_files
from sparse_disent.common import trust
from sparse_disent.common import writing
from sparse_disent.compat.hub import portability
from sparse_disent.compat.hub import safety

# Runs the text of `standalone`, then creates an object of its class.
_LOAD = "exec(source, names) or names['Representation'](**arguments)"
# The newest protocol that Python 3.6, the starter kit's, reads.
_PROTOCOL = 4
# Number of images on which the file is compared with its module, and the
# largest difference that float32 arithmetic may cause.
_NUM_IMAGES = 16
_TOLERANCE = 1e-5


class _AsSource:
  """An object that unpickles as a `standalone.Representation`."""

  def __init__(self, arguments):
    self._arguments = arguments

  def __reduce__(self):
    return eval, (_LOAD, {"source": _source(), "arguments": self._arguments,
                          "names": {"__name__": "python_model"}})


def write(module_dir: str | os.PathLike, path: str | os.PathLike) -> None:
  """Writes a hub module's representation as one file.

  Args:
    module_dir: Folder of the module, with the signature "representation".
    path: Path of the file. It appears only after its codes have been compared
      with those of the module.

  Raises:
    FileExistsError: If `path` exists.
    ValueError: If the codes differ, as they do if they are random.
  """
  arguments, shape = _freeze(os.fspath(module_dir))
  content = pickle.dumps(_AsSource(arguments), protocol=_PROTOCOL)
  _compare(module_dir, pickle.loads(content), shape)
  with writing.new_file(os.fspath(path)) as file:
    file.write(content)


def read(path: str | os.PathLike) -> Callable[[np.ndarray], np.ndarray]:
  """Reads a file that `write` of this version wrote, without running it.

  Such a file holds a graph and the text of `standalone`. If its text is that of
  this package, the graph is enough.

  Args:
    path: Path of the file.

  Returns:
    Function from images [batch_size, channels, height, width] to codes.

  Raises:
    ValueError: The file holds anything else, unless the user trusts it.
  """
  try:
    with open(path, "rb") as file:
      return _Unpickler(file, os.fspath(path)).load()
  except _NotOurs as error:
    if not trust.is_given():
      raise ValueError(
          f"'{path}' cannot be loaded without running the code in it: it is "
          "damaged, or not what `sparse-disent challenge run` of this version "
          "writes. Make it again with `sparse-disent challenge run "
          f"--overwrite`. {trust.CURE}") from error
  return _run(path)


def _run(path):
  """Loads a pickle, which runs it."""
  import dill
  try:
    with open(path, "rb") as file:
      return dill.load(file)
  # A pickle is a program and can raise any error.
  except Exception as error:
    raise ValueError(
        f"'{path}' cannot be loaded ({type(error).__name__}: {error}). Make it "
        "again with `sparse-disent challenge run --overwrite`.") from error


class _NotOurs(Exception):
  """A pickle that asks for more than our own does."""


class _Unpickler(pickle.Unpickler):
  """Reads what `_AsSource` becomes, but evaluates nothing."""

  def __init__(self, file, path):
    super().__init__(file)
    self._path = path

  def load(self):
    """Returns the representation."""
    try:
      found = super().load()
    except (pickle.UnpicklingError, AttributeError, ImportError,
            *npz_files.DAMAGE) as error:
      raise _NotOurs from error
    if not isinstance(found, standalone.Representation):
      raise _NotOurs
    safety.check(self._path, [found.graph_def()])
    return found

  def find_class(self, module, name):
    """Returns our stand-in for `eval`; refuses all else."""
    if (module, name) != ("builtins", "eval"):
      raise _NotOurs
    return _represent


def _represent(expression, names):
  if (expression != _LOAD or names["source"] != _source()
      or names["names"] != {"__name__": "python_model"}):
    raise _NotOurs
  return standalone.Representation(**names["arguments"])


def _source():
  return pathlib.Path(standalone.__file__).read_text(encoding="utf-8")


def _freeze(module_dir):
  """Returns arguments for `standalone.Representation`, and an image's shape."""
  with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    module = hub.Module(module_dir)
    info = module.get_input_info_dict("representation")["images"]
    images = tf.compat.v1.placeholder(tf.float32, info.get_shape(), "images")
    codes = tf.identity(module(dict(images=images), signature="representation",
                               as_dict=True)["default"], "codes")
    session.run(tf.compat.v1.global_variables_initializer())
    frozen = tf.compat.v1.graph_util.convert_variables_to_constants(
        session, session.graph_def, [codes.op.name])
  return dict(graph_def=_portable(frozen), input_name=images.name,
              output_name=codes.name), info.get_shape()[1:]


def _portable(graph_def):
  """Returns the bytes of a graph that TensorFlow 1.15 reads too."""
  with tf.Graph().as_default():
    tf.import_graph_def(graph_def, name="")
    meta_graph = tf.compat.v1.train.export_meta_graph(strip_default_attrs=True)
  portability.make_portable(meta_graph)
  return meta_graph.graph_def.SerializeToString(deterministic=True)


def _compare(module_dir, function, shape):
  images = np.random.RandomState(0).uniform(
      size=[_NUM_IMAGES, *shape]).astype(np.float32)
  with hub.eval_function_for_module(os.fspath(module_dir)) as evaluate:
    expected = evaluate(dict(images=images), signature="representation",
                        as_dict=True)["default"]
  codes = function(np.moveaxis(images, 3, 1))
  if not np.allclose(codes, expected, rtol=_TOLERANCE, atol=_TOLERANCE):
    raise ValueError(
        f"The representation in '{module_dir}' and its copy in Python differ "
        f"by {np.abs(codes - expected).max():.3g}: codes must be a function of "
        "the image, without noise. Use the mean representation.")
