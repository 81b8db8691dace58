"""Ownership of an output: one process writes it, a second one is refused.

The lock is a hidden file beside the output. It appears by a hard link, which
also on network file systems only one process can make, and is removed at the
end. A lock that a dead process left behind is taken over, by one process only.
"""
import contextlib
import dataclasses
import errno
import json
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator

from sparse_disent.common import debris
from sparse_disent.common import processes

# Seconds between two signs of life of a lock, and the time without one after
# which the lock of a process on another machine no longer counts.
HEARTBEAT = 30.0
LIMIT = 600.0
_held: dict[str, "_Lock"] = {}
_heart: threading.Thread | None = None


class OutputInUse(BlockingIOError):
  """Another process owns an output."""


@contextlib.contextmanager
def owned(path: str | os.PathLike) -> Iterator[None]:
  """Makes this process the owner of an output, until the context ends.

  A process that owns an output may enter it again, and so may the processes
  that it has started. Missing folders above the output are made.

  Args:
    path: File or folder, which need not exist; links are followed.

  Raises:
    OutputInUse: Another living process owns it. Processes of other machines
      count as living if their lock has shown a sign of life within `LIMIT`.
  """
  place = os.path.realpath(path)
  held = _held.get(place)
  if held is not None and held.pid == os.getpid():
    yield
    return
  with _folder(os.path.dirname(place)):
    lock = _Lock(place)
    holder = lock.claim(lock.path)
    if holder is not None:
      if holder.process not in processes.ancestors():
        raise OutputInUse(_message(path, lock.path, holder))
      yield
      return
    _held[place] = lock
    try:
      _start_heart()
      settle(place)
      yield
    finally:
      if lock.pid == os.getpid():  # Not in a forked child.
        del _held[place]
        lock.release()


def settle(path: str | os.PathLike) -> None:
  """Removes what dead processes left in the folder of an output.

  These are unfinished files, see `debris.sweep`, and locks of this machine's
  processes, also those of other outputs. The output need not be owned.
  """
  place = os.path.realpath(path)
  debris.sweep(place)
  folder = os.path.dirname(place)
  with contextlib.suppress(OSError):  # There may be no folder, or no right.
    for name in filter(debris.is_lock, os.listdir(folder)):
      _Lock(place).remove_dead(os.path.join(folder, name))


def owner(path: str | os.PathLike) -> str | None:
  """Returns the living process that owns an output, as text; None for none."""
  holder = _read(_Lock(os.path.realpath(path)).path, time.time())
  return None if holder is None or holder.is_dead else _told(holder)


@contextlib.contextmanager
def _folder(folder):
  """Makes a folder; removes those that were missing if they stay empty."""
  missing = folder
  while not os.path.isdir(os.path.dirname(missing)):
    missing = os.path.dirname(missing)
  existed = os.path.isdir(folder)
  try:
    os.makedirs(folder, exist_ok=True)
  except FileExistsError as error:  # There is a file in its place.
    raise NotADirectoryError(
        errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder) from error
  try:
    yield
  finally:
    if not existed:
      with contextlib.suppress(OSError):
        while folder.startswith(missing):
          os.rmdir(folder)
          folder = os.path.dirname(folder)


@dataclasses.dataclass(frozen=True)
class _Holder:
  """The owner of an output, as its lock states it."""

  process: processes.Process
  host: str
  program: str
  since: str
  token: str
  age: float = 0.0

  @property
  def is_dead(self):
    return self.process.is_dead or (
        not self.process.is_here and self.age > LIMIT)


class _Lock:
  """A claim of this process to an output."""

  def __init__(self, place):
    self.pid = os.getpid()
    self._place = place
    self.path = f"{debris.hidden(place)}.lock"
    self._token = secrets.token_hex(8)

  def claim(self, path):
    """Makes the file `path`, in place of one of a dead process.

    A lock is taken over by the owner of another lock, the file `path.TOKEN`.
    This one is made for the very lock that it lets replace. So of several
    processes that find a dead process's lock only one replaces it, and none
    replaces the new one.

    Returns:
      holder: None if this process has made the file; otherwise the living
        `_Holder` that has.
    """
    while True:
      with self._written() as (new, now):
        if _link(new, path):
          return None
        holder = _read(path, now)
        if holder is None:
          continue
        if not holder.is_dead:
          return holder
        if self._replace(path, holder, lambda: os.replace(new, path)):
          return None

  def remove_dead(self, path):
    """Removes the lock `path` if its process is known to be dead."""
    holder = _read(path)
    if holder is not None and holder.process.is_dead:
      self._replace(path, holder, lambda: debris.remove(path))

  def _replace(self, path, holder, replace):
    """Replaces the lock of a dead holder; returns whether this process did."""
    right = f"{path}.{holder.token}"
    if self.claim(right) is not None:
      time.sleep(0.01)  # Another process is replacing it.
      return False
    try:
      found = _read(path)
      if found is None or found.token != holder.token:
        return False
      replace()
      return True
    finally:
      debris.remove(right)

  def release(self):
    """Removes the lock, and what processes that died while claiming left."""
    if self._is_mine():
      folder, name = os.path.split(self.path)
      for one in os.listdir(folder):
        token = one.removeprefix(f"{name}.")
        # Each is a right to replace a lock that is no longer there.
        if token != one and len(token) == 16 and token != self._token:
          debris.remove(os.path.join(folder, one))
      debris.remove(self.path)

  def beat(self):
    """Shows a sign of life."""
    if self._is_mine():
      os.utime(self.path)

  def _is_mine(self):
    holder = _read(self.path)
    return holder is not None and holder.token == self._token

  @contextlib.contextmanager
  def _written(self):
    """Yields a file for a lock, and the present time of the file system."""
    new = debris.name(self._place)
    try:
      with open(new, "x", encoding="utf-8") as file:
        json.dump({
            "process": str(processes.current()), "host": socket.gethostname(),
            "program": os.path.basename(sys.argv[0]),
            "since": time.strftime("%Y-%m-%d %H:%M:%S %z"),
            "token": self._token}, file)
      yield new, os.stat(new).st_mtime
    finally:
      debris.remove(new)


def _link(new, path):
  """Gives a lock its name; returns whether the name was free."""
  try:
    os.link(new, path)
  except FileExistsError:
    return False
  except OSError:  # No hard links on this file system.
    try:
      descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    except FileExistsError:
      return False
    with open(new, "rb") as source, open(descriptor, "wb") as file:
      file.write(source.read())
  return True


def _read(path, now=0.0):
  """Returns the `_Holder` of a lock, or None if it is not there.

  Without the present time `now` its age is not known.
  """
  try:
    with open(path, encoding="utf-8") as file:
      text = file.read()
      changed = os.fstat(file.fileno())
  except FileNotFoundError:
    return None
  age = now - changed.st_mtime
  try:
    values = json.loads(text)
    process = processes.Process.parse(values.pop("process"))
    return _Holder(process, **values, age=age)
  except (TypeError, ValueError, KeyError):
    # It is being written, or damaged: without a sign of life it is dead.
    unknown = processes.Process(0, 0, "unknown")
    return _Holder(unknown, "unknown", "unknown", "an unknown time",
                   f"{changed.st_ino:016x}"[-16:], age)


def _message(path, lock, holder):
  end = "" if holder.process.is_here else (
      f" If that process is dead, run this again {LIMIT / 60:.0f} minutes "
      f"after its end, or delete '{lock}'.")
  return (
      f"'{os.fspath(path)}' is being written by {_told(holder)}. Wait for it, "
      f"stop it, or choose another output.{end}")


def _told(holder):
  return (f"{holder.program}, process {holder.process.pid} on host "
          f"{holder.host}, since {holder.since}")


def _start_heart():
  global _heart
  if _heart is None or not _heart.is_alive():
    _heart = threading.Thread(
        target=_beat, name="locks of outputs", daemon=True)
    _heart.start()


def _beat():
  """Shows that the owner of the locks lives."""
  while True:
    time.sleep(HEARTBEAT)
    for lock in list(_held.values()):
      with contextlib.suppress(OSError):
        lock.beat()
