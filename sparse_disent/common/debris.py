"""Hidden names of unfinished files, and their removal after a process died.

A name states the process that writes the file: `.NAME.PROCESS.RANDOM.tmp`. So
the next process that writes into the folder can remove what dead ones left
behind, and leaves alone what belongs to living ones.
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
_NAME = re.compile(
    r"(\..+)\.(\d+-\d+-[0-9a-f]{8})\.[0-9a-f]{8}\.(tmp|old)", re.DOTALL)
_LOCK = re.compile(r"\..+\.lock(\.[0-9a-f]{16})?", re.DOTALL)
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


def is_ours(name: str) -> bool:
  """Tells whether a file's name is that of something unfinished, or a lock."""
  return is_lock(name) or bool(_NAME.fullmatch(name))


def is_lock(name: str) -> bool:
  """Tells whether a file's name is that of a lock."""
  return bool(_LOCK.fullmatch(name))


def is_inside(path: str | os.PathLike) -> bool:
  """Tells whether `path` is, or lies in, something unfinished."""
  return any(map(_NAME.fullmatch, os.path.abspath(path).split(os.sep)))


def sweep(path: str | os.PathLike) -> None:
  """Removes what dead processes left behind in the folder of `path`.

  A process may have died after it had moved the former folder at `path` out of
  the way and before the new one took its place. Then the former one is put
  back.
  """
  for place, start, ending in list(_of_dead_processes(os.path.dirname(
      os.path.abspath(path)))):
    if ending == FORMER and start == hidden(path) and not os.path.lexists(path):
      with contextlib.suppress(OSError):
        os.rename(place, path)
    elif ending == UNFINISHED or os.path.lexists(_visible(start)):
      remove(place)


def _visible(start):
  folder, name = os.path.split(start)
  return os.path.join(folder, name[1:])


def remove(path: str) -> None:
  """Removes a file or folder, if it is there; nothing if that fails."""
  if os.path.isdir(path) and not os.path.islink(path):
    shutil.rmtree(path, ignore_errors=True)
  else:
    with contextlib.suppress(OSError):
      os.remove(path)


def _of_dead_processes(folder) -> Iterator[tuple[str, str, str]]:
  """Yields path, `hidden` path and ending."""
  try:
    names = os.listdir(folder)
  except OSError:
    return
  for one in sorted(names):
    match = _NAME.fullmatch(one)
    if match:
      start, name, ending = match.groups()
      process, place = processes.Process.parse(name), os.path.join(folder, one)
      if process.is_dead or not process.is_here and _age(place) > _OLD:
        yield place, os.path.join(folder, start), ending


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
