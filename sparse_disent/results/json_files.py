"""Reads JSON that may be damaged or hostile: numbers and text, never code."""
import json
import os
import pathlib
import stat
from typing import Any

# Upstream's results of one metric take some 10 kB.
LARGEST = 64 * 2**20
_MOST_DIGITS = 18  # Integers with more digits become floats.
# Upstream nests three deep.
_DEEPEST = 100


def read(path: str | os.PathLike, *, largest: int = LARGEST) -> dict[str, Any]:
  """Reads a file that holds one JSON object.

  Args:
    path: Path.
    largest: Largest number of bytes that is accepted.

  Returns:
    Dictionary, as for `parse`.

  Raises:
    OSError: There is no such file, or it cannot be read.
    ValueError: It is no file, too large, or no JSON object; the message names
      it.
  """
  # To open a pipe would wait for its other end.
  status = os.stat(path)
  if not stat.S_ISREG(status.st_mode):
    raise ValueError(f"'{path}' is no file. Move it away.")
  _check_size(status.st_size, path, largest)
  return parse(pathlib.Path(path).read_bytes(), path, largest=largest)


def parse(data: bytes, name: str | os.PathLike, *,
          largest: int = LARGEST) -> dict[str, Any]:
  """Parses a JSON object.

  NaN and Infinity, which upstream's Python writes, become floats.

  Args:
    data: Bytes.
    name: Name of the file, for messages.
    largest: Largest number of bytes that is accepted.

  Returns:
    Dictionary.

  Raises:
    ValueError: The data are no JSON object, too large, or nested too deeply.
  """
  _check_size(len(data), name, largest)
  try:
    value = json.loads(data.decode("utf-8"), parse_int=_integer)
    _check_depth(value)
    if b"\\ud" in data.lower():  # Half of a character cannot be written again.
      json.dumps(value, ensure_ascii=False).encode()
  except RecursionError:
    raise ValueError(
        f"'{name}' is nested too deeply for results. {_CURE}") from None
  except ValueError as error:
    what = "a pickle, which is never opened" if data[:1] == b"\x80" else error
    raise ValueError(f"'{name}' is not JSON: {what}. {_CURE}") from error
  if not isinstance(value, dict):
    raise ValueError(f"'{name}' must hold a JSON object, but holds a value of "
                     f"type {type(value).__name__}. {_CURE}")
  return value


_CURE = "Delete it, make it again or get it again."


def _check_size(size, name, largest):
  if size > largest:
    raise ValueError(f"'{name}' has more than {largest:,} bytes: too many for "
                     f"results. {_CURE}")


def _check_depth(value, depth=0):
  if depth > _DEEPEST:
    raise RecursionError
  if isinstance(value, (dict, list)):
    for item in value.values() if isinstance(value, dict) else value:
      if isinstance(item, (dict, list)):
        _check_depth(item, depth + 1)


def _integer(text):
  return int(text) if len(text) <= _MOST_DIGITS else float(text)
