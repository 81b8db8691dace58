"""Reads pickles of NumPy arrays and plain values, and refuses all others.

A pickle is a program: to open one with Python's own reader runs it.
"""
import math
import pickle
import re
from typing import Any
from typing import ClassVar

import numpy as np

from sparse_disent.common import npz_files

# Types of numbers, texts, bytes and objects, as NumPy pickles their names.
_TYPE = re.compile(r"[biufcSUO]\d{0,6}")


class _Function:
  """A function that a pickle may call, and cannot change."""

  __slots__ = ("_function",)

  def __init__(self, function):
    self._function = function

  def __call__(self, *arguments):
    return self._function(*arguments)

  def __setstate__(self, state):
    raise ValueError("it changes a function")


class _Type:
  """A type of items; it takes the place of NumPy's, which trusts its state."""

  def __init__(self, name, *unused):
    if not isinstance(name, str) or not _TYPE.fullmatch(name):
      raise ValueError(f"it has items of the type {name!r:.50}")
    self.dtype = np.dtype(name)

  def __setstate__(self, state):
    _, order, part, names, fields, *_ = state
    if order not in ("<", ">", "=", "|") or (part, names, fields) != (
        None, None, None):
      raise ValueError("its items are structured")
    self.dtype = self.dtype.newbyteorder(order)

  def array(self, content):
    """Returns items, bytes or a list of objects, as an array."""
    if self.dtype.hasobject:
      if not isinstance(content, list):
        raise ValueError("it has objects that are no list")
      array = np.empty(len(content), object)
      array[:] = content
      return array
    if isinstance(content, str):  # Of Python 2.
      content = content.encode("latin1")
    return np.frombuffer(content, self.dtype).copy()


class _Array(np.ndarray):
  """An array whose state is checked."""

  def __setstate__(self, state):
    _, shape, kind, by_columns, content = state
    array = kind.array(content)
    if math.prod(shape) != array.size or min(shape, default=1) < 0:
      raise ValueError("an array has another shape than its content")
    array = array.reshape(shape, order="F" if by_columns else "C")
    super().__setstate__((1, array.shape, array.dtype, bool(by_columns),
                          array.ravel("F" if by_columns else "C").tolist()
                          if array.dtype.hasobject
                          else array.tobytes("F" if by_columns else "C")))


def _scalar(kind, content):
  value, = kind.array(content)
  return value


def _encode(text, encoding):
  """Python 2's bytes, as protocol 2 stores them."""
  if not isinstance(text, str) or encoding != "latin1":
    raise ValueError("it encodes something else than bytes")
  return text.encode("latin1")


_ARRAYS = {"_reconstruct": _Function(lambda *_: np.empty(0).view(_Array)),
           "scalar": _Function(_scalar)}
_ALLOWED = {
    # NumPy 2 has another name for the module.
    **{(module, name): value for name, value in _ARRAYS.items()
       for module in ("numpy.core.multiarray", "numpy._core.multiarray")},
    ("numpy", "ndarray"): None,  # An argument of `_reconstruct`.
    ("numpy", "dtype"): _Function(_Type),
    ("_codecs", "encode"): _Function(_encode),
}


# The one in C takes memory for any number that a pickle gives an object.
class _Unpickler(pickle._Unpickler):
  """Knows the names that arrays need."""

  def find_class(self, module, name):
    """Returns what a pickle may use; refuses all else."""
    if (module, name) not in _ALLOWED:
      raise ValueError(
          f"it asks for {module}.{name}, and only NumPy arrays and plain "
          "values are read; nothing was run")
    return _ALLOWED[module, name]

  # Takes memory for any length that a pickle gives; arrays need none.
  def _refuse_bytearray(self):
    raise ValueError("it holds a bytearray, which no array needs")

  dispatch: ClassVar[dict[int, Any]] = {
      **pickle._Unpickler.dispatch,
      pickle.BYTEARRAY8[0]: _refuse_bytearray}

  def persistent_load(self, pid):
    """Refuses references to objects outside of the pickle."""
    raise ValueError("it refers to objects outside of it")


def load(file: Any, name: str) -> Any:
  """Reads a pickle, also one of Python 2.

  Args:
    file: Binary file.
    name: Its name, for messages.

  Returns:
    The value: NumPy arrays, numbers, texts, and lists, tuples and
    dictionaries of these.

  Raises:
    ValueError: The pickle is damaged, or asks for anything else.
  """
  try:
    return _Unpickler(file, encoding="latin1").load()
  except (pickle.UnpicklingError, AssertionError, AttributeError, IndexError,
          ImportError, *npz_files.DAMAGE) as error:
    raise ValueError(
        f"The pickle in {name} cannot be read: {error}. Get it again, from a "
        "source you trust.") from error
