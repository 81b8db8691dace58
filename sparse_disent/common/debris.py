"""Hidden names of unfinished files, and their removal after a process died.

A name states the process that writes the file: `.NAME.PROCESS.RANDOM.tmp`. So
the next process that writes NAME can remove what dead ones left behind, and
leaves alone what belongs to living ones.
"""
import contextlib
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator

from sparse_disent.common import processes

# An unfinished file, and an old folder that is being replaced.
UNFINISHED, FORMER = "tmp", "old"
_ENDING = re.compile(
    r"\.(\d+-\d+-[0-9a-f]{8})\.[0-9a-f]{8}\.(tmp|old)")
# Age, in seconds, from which files of other machines count as left behind.
_OLD = 24 * 3600
# File systems allow 255 bytes; the rest is for what is appended.
_LONGEST = 160


def hidden(path: str | os.PathLike) -> str:
  """Returns the path beside `path` to which the endings are appended."""
  folder, name = os.path.split(os.path.abspath(path))
  encoded = os.fsencode(name)
  if len(encoded) > _LONGEST:
    digest = hashlib.sha256(encoded).hexdigest()[:16]
    name = f"{encoded[:_LONGEST - 32].decode(errors='ignore')}{digest}"
  return os.path.join(folder, f".{name}")


def name(path: str | os.PathLike, ending: str = UNFINISHED) -> str:
  """Returns a free hidden path of this process in the folder of `path`."""
  return (f"{hidden(path)}.{processes.current()}.{secrets.token_hex(4)}"
          f".{ending}")


def is_inside(path: str | os.PathLike) -> bool:
  """Tells whether `path` is, or lies in, something unfinished."""
  return any(part.startswith(".") and _ENDING.search(part)
             for part in os.path.abspath(path).split(os.sep))


def sweep(path: str | os.PathLike) -> None:
  """Removes what dead processes left behind when they wrote `path`.

  If one of them died after it had moved the former folder out of the way and
  before the new one took its place, the former folder is put back.
  """
  left = list(_of_dead_processes(path))
  for place, ending in left:
    if ending == FORMER and not os.path.lexists(path):
      os.rename(place, path)
  for place, _ in left:
    remove(place)


def remove(path: str) -> None:
  """Removes a file or folder, if it is there; nothing if that fails."""
  if os.path.isdir(path) and not os.path.islink(path):
    shutil.rmtree(path, ignore_errors=True)
  else:
    with contextlib.suppress(OSError):
      os.remove(path)


def _of_dead_processes(path) -> Iterator[tuple[str, str]]:
  start = hidden(path)
  folder, begin = os.path.split(start)
  try:
    names = os.listdir(folder)
  except OSError:
    return
  for one in sorted(names):
    match = one.startswith(begin) and _ENDING.fullmatch(one[len(begin):])
    if match:
      place = os.path.join(folder, one)
      process = processes.Process.parse(match[1])
      if process.is_dead or not process.is_here and _age(place) > _OLD:
        yield place, match[2]


def _age(place):
  """Returns the seconds since anything in a file or folder was changed."""
  newest = 0.0
  for folder, _, files in os.walk(place):
    for one in (folder, *(os.path.join(folder, file) for file in files)):
      newest = max(newest, _changed(one))
  return time.time() - (newest or _changed(place))


def _changed(path):
  try:
    return os.lstat(path).st_mtime
  except OSError:
    return 0.0
