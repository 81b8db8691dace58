"""Places that are addresses, which no call of this machine's file system takes.
"""
import os


def is_remote(place: str | os.PathLike) -> bool:
  """Tells whether a place is an address, such as "gs://bucket/runs"."""
  return "://" in os.fspath(place)
