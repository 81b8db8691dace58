"""Names of processes that other processes, also of other machines, can read.

The number of a process is used again after its end, and each machine counts for
itself. So a name also states the moment of the start and the machine.
"""
import ctypes
import dataclasses
import functools
import hashlib
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator

_PR_SET_PDEATHSIG = 1  # From linux/prctl.h.
_WATCH_SECONDS = 1.0
_UNKNOWN = 0  # Start of a process that cannot be looked at.
_NAME = re.compile(r"(\d+)-(\d+)-([0-9a-f]{8})")


@dataclasses.dataclass(frozen=True)
class Process:
  """A process, told apart from all others.

  Attributes:
    pid: Its number.
    started: Start, in clock ticks since the machine was booted.
    machine: Digest of the machine's boot and of the container, in which numbers
      are unique.
  """

  pid: int
  started: int
  machine: str

  def __str__(self) -> str:
    """Returns a name for files: "4711-123456-0a1b2c3d"."""
    return f"{self.pid}-{self.started}-{self.machine}"

  @classmethod
  def parse(cls, name: str) -> "Process":
    """Reads what `str` returned; raises ValueError for anything else."""
    match = _NAME.fullmatch(name)
    if match is None:
      raise ValueError(f"No name of a process: {name!r}.")
    return cls(int(match[1]), int(match[2]), match[3])

  @property
  def is_here(self) -> bool:
    """Tells whether it is a process of this machine."""
    return self.machine == _machine()

  @property
  def is_dead(self) -> bool:
    """Tells whether it is known to have ended.

    False for processes of other machines, of which nothing is known.
    """
    return self.is_here and _started(self.pid) not in (self.started, _UNKNOWN)


def current() -> Process:
  """Returns this process."""
  pid = os.getpid()
  return Process(pid, _started(pid) or _UNKNOWN, _machine())


def ancestors() -> Iterator[Process]:
  """Yields the parent of this process, its parent, and so on."""
  pid = os.getppid()
  while pid > 0:
    fields = _stat(pid)
    yield Process(pid, _started(pid) or _UNKNOWN, _machine())
    pid = int(fields[1]) if fields else 0


def die_with(parent: int) -> None:
  """Makes this process end when its parent does; call it once, at the start.

  A process that is killed cannot end its workers. Linux kills them then, at
  once. Elsewhere a thread looks for the parent each second.

  Args:
    parent: `os.getpid()` of the parent.
  """
  try:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
  except (AttributeError, OSError):
    threading.Thread(target=_watch, args=[parent], daemon=True).start()
  if os.getppid() != parent:  # It died before.
    os._exit(1)


def follow(process: Process) -> None:
  """Sends this process SIGTERM once another one has died.

  For a process that ends in good order, and whose parent may be a shell.
  """
  def watch():
    while not process.is_dead:
      time.sleep(_WATCH_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)

  threading.Thread(target=watch, daemon=True).start()


def _watch(parent):
  while os.getppid() == parent:
    time.sleep(_WATCH_SECONDS)
  os._exit(1)


@functools.cache
def _machine():
  parts = [socket.gethostname()]
  for read in (_boot, lambda: os.readlink("/proc/self/ns/pid")):
    try:
      parts.append(read())
    except OSError:  # No Linux: the name of the machine has to do.
      pass
  return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def _boot():
  with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
    return file.read().strip()


def _started(pid):
  """Returns the start of a living process; None for a dead one."""
  fields = _stat(pid)
  if fields:
    # A zombie is dead once its last thread is: a killed one may still write.
    is_dead = fields[0] in "ZX" and int(fields[17]) <= 1
    return None if is_dead else int(fields[19])
  try:
    os.kill(pid, 0)
  except ProcessLookupError:
    return None
  except PermissionError:
    pass
  return _UNKNOWN  # A system without /proc, or one that hides other users'.


def _stat(pid):
  """Returns the fields of proc(5)'s stat from the third on, the state."""
  try:
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
      return file.read().rpartition(")")[2].split()
  except OSError:
    return []
