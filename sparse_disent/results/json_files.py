"""Reads JSON, also from untrusted sources: numbers and text, never code."""
import json
import os
import pathlib

# Upstream's aggregated results of one metric take some 10 kB.
LARGEST = 8 * 2**20
_CURE = "Delete it, or make it again or get it from a source you trust."
_MOST_DIGITS = 18  # Integers with more digits become floats.


def read(path: str | os.PathLike) -> dict:
  """Reads a file of any size that holds one JSON object.

  Raises:
    ValueError: It holds something else; the message names the file.
  """
  return parse(pathlib.Path(path).read_bytes(), path, largest=None)


def parse(data: bytes, name: str | os.PathLike, *,
          largest: int | None = LARGEST) -> dict:
  """Parses a JSON object.

  NaN and Infinity, which upstream's Python writes, become floats.

  Args:
    data: Bytes.
    name: Name of the file, for messages.
    largest: Largest number of bytes that is accepted; None for any.

  Returns:
    Dictionary.

  Raises:
    ValueError: The data are no JSON object, or too large.
  """
  if largest is not None and len(data) > largest:
    raise ValueError(
        f"'{name}' has more than {largest:,} bytes: too many for results. "
        f"{_CURE}")
  try:
    value = json.loads(data.decode("utf-8"), parse_int=_integer)
  except RecursionError:
    raise ValueError(
        f"'{name}' is nested too deeply for results. {_CURE}") from None
  except ValueError as error:
    what = "a pickle, which is never opened" if data[:1] == b"\x80" else error
    raise ValueError(f"'{name}' is not JSON: {what}. {_CURE}") from error
  if not isinstance(value, dict):
    raise ValueError(f"'{name}' must hold a JSON object, but holds a "
                     f"{type(value).__name__}. {_CURE}")
  return value


def _integer(text):
  return int(text) if len(text) <= _MOST_DIGITS else float(text)
