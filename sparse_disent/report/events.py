"""Reads TensorBoard's event files without TensorFlow."""
import dataclasses
import pathlib
import re
import struct

import numpy as np
from google.protobuf import message
from tensorboard.compat.proto import event_pb2

_HEADER = struct.Struct("<Q")
_CRC_BYTES = 4
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


def read(directory: pathlib.Path) -> tuple[Curves, Histograms]:
  """Reads the summaries of training, without those of evaluation below it.

  Args:
    directory: Path with event files. If two files hold the same step, the later
      file counts.

  Returns:
    scalars: Dictionary from tags to dictionaries from steps to floats.
    histograms: Dictionary from tags to dictionaries from steps to `Histogram`.

  Raises:
    ValueError: A file is damaged; the message names it.
  """
  scalars, histograms = {}, {}
  for path in sorted(directory.glob("events.out.tfevents.*")):
    for event in _events(path):
      for value in event.summary.value:
        tag = _COUNTED.sub(r"\1", value.tag) if _COUNTED.fullmatch(
            value.tag) else value.tag
        kind = value.WhichOneof("value")
        if kind == "simple_value":
          scalars.setdefault(tag, {})[event.step] = value.simple_value
        elif kind == "histo":
          histograms.setdefault(tag, {})[event.step] = Histogram(
              np.array(value.histo.bucket_limit), np.array(value.histo.bucket))
  return scalars, histograms


def _events(path):
  """Yields the events of a file; an incomplete last event is left out."""
  with open(path, "rb") as file:
    while len(header := file.read(_HEADER.size + _CRC_BYTES)) == (
        _HEADER.size + _CRC_BYTES):
      length, = _HEADER.unpack_from(header)
      record = file.read(length + _CRC_BYTES)
      if len(record) < length + _CRC_BYTES:
        return
      try:
        yield event_pb2.Event.FromString(record[:length])
      except message.DecodeError as error:
        raise ValueError(
            f"'{path}' is damaged: {error}. Delete it: the report does without "
            "its curves.") from error
