"""Files and folders that appear whole or not at all.

Each is written under a hidden temporary name in the same folder, synced to the
disk, and renamed at the end. After an error or Ctrl-C the temporary file or
folder is removed; after a kill the next writer in this folder removes it.
"""
import contextlib
import ctypes
import errno
import os
import shutil
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import BinaryIO

from sparse_disent.common import debris
from sparse_disent.common import locks

# From linux/fcntl.h and linux/fs.h.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


@contextlib.contextmanager
def new_file(path: str, *, replace: bool = False) -> Iterator[BinaryIO]:
  """Opens a file for writing that appears at `path` once it is complete.

  After an error there is no new file. If its folder was new and is empty, it is
  removed as well.

  Args:
    path: Where the file is to appear; missing folders are made.
    replace: Whether it replaces an existing file.

  Yields:
    A binary file to write to.

  Raises:
    FileExistsError: `path` exists and is not to be replaced. This is checked
      before anything is written, and again at the end, as another process may
      have been faster. The existing file is not changed.
  """
  if not replace:
    refuse_existing(path)
  folder = os.path.dirname(os.path.abspath(path))
  new_folder = not os.path.isdir(folder)
  os.makedirs(folder, exist_ok=True)
  try:
    with _beside(path) as temporary:
      with _synced_file(temporary) as handle:
        yield handle
      (os.replace if replace else _link)(temporary, path)
    _sync(folder)
  finally:
    if new_folder:
      # Upstream's download script skips a data set whose folder exists.
      with contextlib.suppress(OSError):
        os.rmdir(folder)


def replace_files(files: Mapping[str, bytes]) -> None:
  """Writes files; the last one exists only if all others are complete.

  The last file is the one that readers open first. An old version of it is
  deleted before any other file changes. The new version appears after all
  others.

  Args:
    files: Mapping from paths to contents; missing folders are made.

  Raises:
    OSError: A file cannot be written; then no file has changed. Or a file
      cannot be renamed; then the last file is missing.
  """
  *others, last = files
  with contextlib.ExitStack() as stack:
    written = {}
    for path, content in files.items():
      os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
      written[path] = stack.enter_context(_beside(path))
      with _synced_file(written[path]) as handle:
        handle.write(content)
    if others:
      with contextlib.suppress(FileNotFoundError):
        os.remove(last)
    for path in files:
      os.replace(written[path], path)
      _sync(os.path.dirname(os.path.abspath(path)))


@contextlib.contextmanager
def new_folder(path: str | os.PathLike, *, replace: bool = False,
               publish: Callable[[], bool] = lambda: True) -> Iterator[str]:
  """Makes a folder that appears at `path` once it is complete.

  Until then this process owns `path`; see `locks.owned`.

  Args:
    path: Where the folder is to appear; links are followed, and missing folders
      above it are made.
    replace: Whether it replaces an existing folder. Both change places at once
      where the system can do that; elsewhere the old folder is moved out of the
      way first, and put back if the new one fails or the process dies.
    publish: Function that is called at the end. If it returns False, the folder
      is deleted instead of appearing.

  Yields:
    Path of a folder that does not exist yet. The body of the `with` makes it.

  Raises:
    FileExistsError: `path` exists and is not to be replaced.
    locks.OutputInUse: Another process is writing it.
  """
  if not replace:
    refuse_existing(path)
  path = os.path.realpath(path)
  with locks.owned(path), _beside(path) as temporary:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    yield temporary
    if publish():
      give_name(temporary, path, replace=replace)


def give_name(folder: str, path: str | os.PathLike, *,
              replace: bool = False) -> None:
  """Renames a complete folder, once it is synced to the disk.

  Args:
    folder: The folder, in the same parent folder as `path`.
    path: Its final name, which is no link.
    replace: Whether it replaces an existing folder, which is deleted then.

  Raises:
    FileExistsError: `path` exists and is not to be replaced.
  """
  path = os.path.abspath(path)
  _sync_all(folder)
  (_exchange if replace else _rename)(folder, path)
  _sync(os.path.dirname(path))
  debris.remove(folder)  # The former one, if both changed places.


def refuse_existing(path: str | os.PathLike) -> None:
  """Raises FileExistsError if there is anything at `path`."""
  if os.path.lexists(path):
    raise FileExistsError(
        f"File {os.path.abspath(path)!r} exists and is never overwritten. Use "
        "it as it is, or move it away, or choose another directory.")


@contextlib.contextmanager
def _beside(path):
  """Yields a free path in the same folder; removes it at the end."""
  debris.sweep(path)
  temporary = debris.name(path)
  try:
    yield temporary
  finally:
    debris.remove(temporary)


def _link(temporary, path):
  """Gives a complete file its name, unless another file has that name."""
  try:
    os.link(temporary, path)  # Unlike a rename, it never replaces a file.
  except FileExistsError:
    refuse_existing(path)
  except (AttributeError, OSError):  # No hard links on this file system.
    _rename(temporary, path)


def _rename(temporary, path):
  refuse_existing(path)
  os.rename(temporary, path)


def _exchange(temporary, path):
  """Replaces a folder; afterwards the former one is `temporary`, or gone."""
  if not os.path.lexists(path):
    os.rename(temporary, path)
  elif not _swap(temporary, path):
    _move_in_two_steps(temporary, path)


def _swap(one, other):
  """Exchanges two paths at once; returns False if the system cannot do that."""
  try:
    rename = ctypes.CDLL(None).renameat2
  except AttributeError:
    return False
  return rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other),
                _RENAME_EXCHANGE) == 0


def _move_in_two_steps(temporary, path):
  former = debris.name(path, debris.FORMER)
  os.rename(path, former)
  try:
    os.rename(temporary, path)
  except BaseException:
    os.rename(former, path)
    raise
  shutil.rmtree(former, ignore_errors=True)


@contextlib.contextmanager
def _synced_file(path):
  with open(path, "xb") as handle:
    yield handle
    handle.flush()
    os.fsync(handle.fileno())


def _sync_all(folder):
  """Syncs all files and folders in a folder, and the folder itself."""
  for place, _, names in os.walk(folder):
    for name in names:
      if not os.path.islink(os.path.join(place, name)):
        _sync(os.path.join(place, name))
    _sync(place)


def _sync(path):
  descriptor = os.open(path, os.O_RDONLY)
  try:
    os.fsync(descriptor)
  except OSError as error:
    if error.errno not in (errno.EINVAL, errno.ENOTSUP):
      raise  # Some file systems cannot sync a folder.
  finally:
    os.close(descriptor)
