"""Reads JSON from untrusted sources: numbers and text, never code."""
import json
import os

# Upstream's aggregated results of one metric take some 10 kB.
LARGEST = 8 * 2**20
_MOST_DIGITS = 18  # Integers with more digits become floats.


def parse(data: bytes, name: str | os.PathLike, *,
          largest: int = LARGEST) -> dict:
  """Parses a JSON object.

  NaN and Infinity, which upstream's Python writes, become floats.

  Args:
    data: Bytes.
    name: Name of the file, for messages.
    largest: Largest number of bytes that is accepted.

  Returns:
    Dictionary.

  Raises:
    ValueError: The data are no JSON object, or too large.
  """
  if len(data) > largest:
    raise ValueError(
        f"'{name}' has more than {largest:,} bytes: too many for results. "
        "Delete it or get it again.")
  try:
    value = json.loads(data.decode("utf-8"), parse_int=_integer)
  except RecursionError:
    raise ValueError(f"'{name}' is nested too deeply for results. Get it "
                     "again, from a source you trust.") from None
  except ValueError as error:
    what = "a pickle, which is never opened" if data[:1] == b"\x80" else error
    raise ValueError(f"'{name}' is not JSON: {what}. Get it again, from a "
                     "source you trust.") from error
  if not isinstance(value, dict):
    raise ValueError(f"'{name}' must hold a JSON object, but holds a "
                     f"{type(value).__name__}. Get it again.")
  return value


def _integer(text):
  return int(text) if len(text) <= _MOST_DIGITS else float(text)
