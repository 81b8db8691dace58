"""Converts results to types of JSON: lists, numbers, texts and dictionaries.

Upstream's encoder refuses arrays, NumPy's booleans and sets. It does so only
after a metric has run for minutes.
"""
import datetime
import decimal
import numbers
import os
import uuid
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

# Types that JSON lacks, and that lose nothing when they are written as text.
_TEXTS = (os.PathLike, datetime.date, datetime.time, datetime.timedelta,
          uuid.UUID)


def as_json(value: Any, encode: Callable[[Any], Any] | None = None,
            name: str = "") -> Any:
  """Converts a value to types of JSON.

  Args:
    value: Value to be written; dictionaries, lists, tuples and sets may hold
      anything.
    encode: Function that converts a value that JSON lacks the type for, or
      raises an error, like the `default` of a JSON encoder. It is tried before
      the conversions made here.
    name: String, the key of the value in the results, for a warning.

  Returns:
    The value, with arrays, tensors and sets as lists, and with NumPy's scalars
    and keys as Python's. Anything that cannot be converted becomes a text, and
    a warning names it.
  """
  if value is None or isinstance(value, (str, bool)):
    return value
  if hasattr(value, "_asdict"):  # A named tuple, a dictionary as in simplejson.
    value = value._asdict()
  if isinstance(value, dict):
    return {_key(key): as_json(entry, encode, f"{name}.{key}" if name
                               else str(key)) for key, entry in value.items()}
  if isinstance(value, (list, tuple)):
    return [as_json(entry, encode, name) for entry in value]
  if type(value) in (int, float):
    return value
  return _converted(value, encode, name)


def _key(key):
  """Converts a key of a dictionary; JSON encoders refuse NumPy integers."""
  if isinstance(key, np.generic):
    key = key.item()
  return key if isinstance(key, (str, int, float)) or key is None else str(key)


def _converted(value, encode, name):
  """Converts a value that JSON lacks the type for."""
  # A user's encoder may raise any error; it means that it cannot convert.
  for form in (encode, _form):
    try:
      converted = form(value)
    except Exception:
      continue
    if type(converted) is not type(value):
      return as_json(converted, encode, name)
  warnings.warn(
      f"Results hold a value of type {type(value).__name__} as '{name}', which "
      "JSON has no form for: it is written as text. Return numbers, texts, "
      "arrays, lists or dictionaries.", stacklevel=2)
  return repr(value)


def _form(value):
  """Converts a value to a list, number or text; raises if it cannot."""
  if isinstance(value, (set, frozenset)):
    try:
      return sorted(value)
    except TypeError:
      return sorted(value, key=repr)
  if isinstance(value, _TEXTS):
    return str(value)
  if isinstance(value, bytes):
    return value.decode(errors="replace")
  if isinstance(value, (numbers.Real, decimal.Decimal)):
    return int(value) if isinstance(value, numbers.Integral) else float(value)
  if hasattr(value, "detach"):  # A tensor of PyTorch's.
    value = value.detach().cpu()
  array = np.asarray(value)
  if array.dtype == object and array.ndim == 0:
    raise TypeError
  return array.tolist()
