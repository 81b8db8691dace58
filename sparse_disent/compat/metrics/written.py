"""Results as JSON has them: lists, numbers, texts, and dictionaries of these.

Upstream's encoder refuses arrays, NumPy's truth values and sets, and raises
after a metric has run for minutes.
"""
import datetime
import decimal
import numbers
import os
import uuid
import warnings

import numpy as np

# What JSON has no form for, but a text that says all.
_TEXTS = (os.PathLike, datetime.date, datetime.time, datetime.timedelta,
          uuid.UUID)


def as_json(value, encode=None, name=""):
  """Returns a value as what JSON has.

  Args:
    value: What is to be written; dictionaries, lists, tuples and sets may hold
      anything.
    encode: Function that returns what to write for a value that JSON has no
      form for, or raises: the `default` of an encoder. It goes first.
    name: What a warning calls the value: the key that it has in the results.

  Returns:
    The value, its arrays, tensors and sets as lists, its NumPy scalars and
    NumPy keys as Python's. What has no form at all becomes a text; a warning
    names it.
  """
  if value is None or isinstance(value, (str, bool)):
    return value
  if hasattr(value, "_asdict"):  # As simplejson has it: a named tuple.
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
  """Returns a key as JSON has it; without this a NumPy integer is refused."""
  if isinstance(key, np.generic):
    key = key.item()
  return key if isinstance(key, (str, int, float)) or key is None else str(key)


def _converted(value, encode, name):
  """Returns a value that JSON has no form for as one that it has."""
  # Whatever an encoder of a user's raises, it cannot write this.
  for form in (encode, _form):
    try:
      converted = form(value)
    except Exception:
      continue
    if type(converted) is not type(value):
      return as_json(converted, encode, name)
  warnings.warn(
      f"Results hold a {type(value).__name__} as '{name}', which JSON has no "
      "form for: it is written as text. Return numbers, texts, arrays, lists "
      "or dictionaries.", stacklevel=2)
  return repr(value)


def _form(value):
  """Returns a list, number or text; raises for what is none."""
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
