"""Reads pickles of NumPy arrays and plain values, and refuses all others.

A pickle is a program: to open one with Python's own reader runs it.
"""
import pickle
from typing import Any

import numpy as np

from sparse_disent.common import npz_files


def _encode(text, encoding):
  """Python 2's bytes, as protocol 2 stores them."""
  if not isinstance(text, str) or encoding != "latin1":
    raise ValueError("it encodes something else than bytes")
  return text.encode("latin1")


_ARRAYS = {
    "_reconstruct": np.empty(0).__reduce__()[0],
    "scalar": np.float64(0).__reduce__()[0],
}
_ALLOWED = {
    # NumPy 2 has another name for the module.
    **{(module, name): value for name, value in _ARRAYS.items()
       for module in ("numpy.core.multiarray", "numpy._core.multiarray")},
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _encode,
}


class _Unpickler(pickle.Unpickler):
  """Knows the names that arrays need."""

  def find_class(self, module, name):
    """Returns what a pickle may use; refuses all else."""
    if (module, name) not in _ALLOWED:
      raise ValueError(
          f"it asks for {module}.{name}, and only NumPy arrays and plain "
          "values are read; nothing was run")
    return _ALLOWED[module, name]

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
  except (pickle.UnpicklingError, AttributeError, IndexError, ImportError,
          *npz_files.DAMAGE) as error:
    raise ValueError(
        f"The pickle in {name} cannot be read: {error}. Get it again, from a "
        "source you trust.") from error
