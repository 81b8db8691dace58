"""SHA-256 of data sets' files, computed once for each state of a file."""
import contextlib
import hashlib
import json
import os
import pathlib
from typing import Any

from sparse_disent.common import writing
from sparse_disent.data import files

_CACHE = "checksums.json"
_MOST_CACHED = 1000
_SMALL = 2**24


def facts(name: str) -> dict[str, Any]:
  """Returns what tells the state of a data set on this machine.

  Args:
    name: A `dataset.name`.

  Returns:
    facts: {"files": {path below the data directory: {"bytes", "sha256"}}};
      empty for data sets without files, and for files that are not on this
      machine.
  """
  found = {}
  for path, label in files.of_data_set(name):
    with contextlib.suppress(OSError):
      found[label] = {"bytes": os.path.getsize(path), "sha256": sha256(path)}
  return {"files": found} if found else {}


def sha256(path: str) -> str:
  """Returns the SHA-256 of a file, from the cache if the file has not changed.

  The cache is `checksums.json` in the user's cache folder. An entry counts as
  long as the file has the same size and time. Files below 16 MB are not in it:
  they are read in 0.05 s.

  Args:
    path: Path of a file.

  Raises:
    OSError: The file cannot be read.
  """
  key = os.path.realpath(path)
  status = os.stat(key)
  if status.st_size < _SMALL:
    return _digest(key)
  place, state = _place(), [status.st_size, status.st_mtime_ns]
  cache = _read(place)
  known = cache.get(key)
  if isinstance(known, list) and len(known) == 3 and known[:2] == state:
    return str(known[2])
  found = _digest(key)
  cache[key] = [*state, found]
  newest = dict(list(cache.items())[-_MOST_CACHED:])
  with contextlib.suppress(OSError), writing.new_file(
      str(place), replace=True) as file:
    file.write(json.dumps(newest).encode())
  return found


def _digest(path):
  digest = hashlib.sha256()
  with open(path, "rb") as file:
    while block := file.read(2**20):
      digest.update(block)
  return digest.hexdigest()


def _place():
  root = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
  return pathlib.Path(root, "sparse_disent", _CACHE)


def _read(place):
  try:
    found = json.loads(place.read_bytes())
  except (OSError, ValueError, RecursionError):
    return {}
  return found if isinstance(found, dict) else {}
