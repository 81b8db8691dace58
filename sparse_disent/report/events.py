"""Reads TensorBoard's event files without TensorFlow."""
import dataclasses
import pathlib
import re
import struct

import numpy as np
from google.protobuf import message
from tensorboard.compat.proto import event_pb2
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

from sparse_disent.results import damage

# Number of bytes of the event that follows, and the checksum of that number. It
# is checked, as garbage could claim any number of bytes.
_HEADER = struct.Struct("<QI")
_LENGTH_BYTES, _CRC_BYTES = 8, 4
# TensorFlow appends a number to a summary if an operation has its name.
_COUNTED = re.compile(r"(loss|reconstruction_loss|kl_loss|elbo)_\d+")


@dataclasses.dataclass(frozen=True)
class Histogram:
  """A histogram summary: `counts[i]` values are at most `limits[i]`."""

  limits: np.ndarray
  counts: np.ndarray


# Dictionaries from tags to dictionaries from steps to values.
Curves = dict[str, dict[int, float]]
Histograms = dict[str, dict[int, Histogram]]


def read(directory: pathlib.Path, left_out: list[str] | None = None
         ) -> tuple[Curves, Histograms]:
  """Reads the summaries of training, without those of evaluation below it.

  Args:
    directory: Path with event files. If two files hold the same step, the later
      file counts.
    left_out: List to which a message is added for each damaged file, of which
      the events before the damage count; None to raise an error.

  Returns:
    scalars: Dictionary from tags to dictionaries from steps to floats.
    histograms: Dictionary from tags to dictionaries from steps to `Histogram`.

  Raises:
    ValueError: A file is damaged and `left_out` is None; the message names it.
  """
  scalars, histograms = {}, {}
  for path in sorted(directory.glob("events.out.tfevents.*")):
    with damage.leaving_out(left_out):
      for event in _events(path):
        for value in event.summary.value:
          _add(scalars, histograms, event.step, value)
  return scalars, histograms


def _add(scalars, histograms, step, value):
  """Adds one value of a summary to the dictionaries."""
  tag = _COUNTED.sub(r"\1", value.tag) if _COUNTED.fullmatch(
      value.tag) else value.tag
  kind = value.WhichOneof("value")
  if kind == "simple_value":
    scalars.setdefault(tag, {})[step] = value.simple_value
  elif kind == "histo" and (
      len(value.histo.bucket_limit) == len(value.histo.bucket)):
    histograms.setdefault(tag, {})[step] = Histogram(
        np.array(value.histo.bucket_limit), np.array(value.histo.bucket))


def _events(path):
  """Yields the events of a file; an incomplete last event is left out."""
  # To open a pipe would wait for its other end.
  if not path.is_file():
    raise _damaged(path, "it is no file")
  with open(path, "rb") as file:
    while len(header := file.read(_HEADER.size)) == _HEADER.size:
      length, checksum = _HEADER.unpack(header)
      if masked_crc32c(header[:_LENGTH_BYTES]) != checksum:
        raise _damaged(path, f"there is no event at byte "
                             f"{file.tell() - _HEADER.size:,}")
      record = file.read(length)
      if len(record) < length or len(file.read(_CRC_BYTES)) < _CRC_BYTES:
        return
      try:
        yield event_pb2.Event.FromString(record)
      except message.DecodeError as error:
        raise _damaged(path, error) from error


def _damaged(path, reason):
  return ValueError(f"'{path}' is damaged: {reason}. Its curves end there; "
                    "delete it to have none.")
