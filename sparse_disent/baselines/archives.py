"""Reads single files from zip archives and folders that are not trusted.

Nothing is extracted here: files are checked by name and size, then read into
memory. An archive with one hostile name is refused as a whole.
"""
import contextlib
import os
import pathlib
import re
import stat
import struct
import zipfile
import zlib

MOST_MEMBERS = 20_000
LARGEST_ARCHIVE = 4 * 2**30
# Limit of the decompressed bytes of all files that are read.
MOST_BYTES = 256 * 2**20
MOST_RATIO = 200
# Smaller files may have any ratio of compression.
_SMALL = 2**20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_DIRECTORY_ENTRY = b"PK\1\2"
_BLOCK = 2**24
_DRIVE = re.compile(r"[A-Za-z]:")


class Folder:
  """A folder, read without following links."""

  def __init__(self, path: str | os.PathLike) -> None:
    self.name = str(path)
    self._root = pathlib.Path(path)

  def __enter__(self):
    return self

  def __exit__(self, *unused):
    pass

  def names(self) -> list[str]:
    """Returns the names of its regular files, with slashes, sorted."""
    found = []
    for place, folders, files in os.walk(self._root):
      # What is unfinished is hidden.
      folders[:] = [name for name in folders if not name.startswith(".")
                    and not os.path.islink(os.path.join(place, name))]
      for name in files:
        path = pathlib.Path(place, name)
        if stat.S_ISREG(path.lstat().st_mode):
          found.append(path.relative_to(self._root).as_posix())
      if len(found) > MOST_MEMBERS:
        raise ValueError(
            f"'{self.name}' holds more than {MOST_MEMBERS:,} files: too many "
            "for one model. Give the folder of the model.")
    return sorted(found)

  def read(self, name: str, largest: int) -> bytes:
    """Returns the bytes of a file, which must not be larger than `largest`."""
    with open(self._root / name, "rb") as file:
      return _bounded(file, largest, f"{self.name}/{name}")


class Archive:
  """A zip archive whose names and sizes have been checked.

  Raises:
    ValueError: The file is truncated, not an archive, or hostile; the message
      says which and where.
  """

  def __init__(self, path: str | os.PathLike) -> None:
    self.name = str(path)
    self._budget = MOST_BYTES
    if os.path.getsize(path) > LARGEST_ARCHIVE:
      raise ValueError(f"'{self.name}' has more than {LARGEST_ARCHIVE:,} bytes:"
                       " too many for one model.")
    if _has_many_members(path):
      raise ValueError(f"'{self.name}' holds more than {MOST_MEMBERS:,} files: "
                       f"too many for one model. {_CURE}")
    with self._damage():
      self._zip = zipfile.ZipFile(path)
    try:
      self._members = self._check()
    except ValueError:
      self._zip.close()
      raise

  def __enter__(self):
    return self

  def __exit__(self, *unused):
    self._zip.close()

  def names(self) -> list[str]:
    """Returns the names of its files, sorted."""
    return sorted(self._members)

  def read(self, name: str, largest: int) -> bytes:
    """Returns the bytes of a file, which must not be larger than `largest`."""
    info = self._members[name]
    if info.compress_type not in _METHODS or info.flag_bits & _ENCRYPTED:
      raise ValueError(f"'{self.name}' holds '{name}' encrypted, or compressed "
                       f"in a way that is not read here. {_CURE}")
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > _SMALL and ratio > MOST_RATIO:
      raise ValueError(
          f"'{self.name}' holds '{name}', which grows {ratio:,.0f}-fold to "
          f"{info.file_size:,} bytes: a zip bomb. {_CURE}")
    with self._damage(name), self._zip.open(info) as file:
      # Sizes in the archive may be wrong, so the bytes that are read count.
      data = _bounded(file, min(largest, self._budget), f"{self.name}: {name}")
    self._budget -= len(data)
    return data

  def _check(self):
    members, seen = {}, set()
    for info in self._zip.infolist():
      problem = _problem(info)
      key = info.filename.rstrip("/").casefold()
      if not problem and key in seen:
        problem = "is there twice"
      if problem:
        raise ValueError(
            f"'{self.name}' is hostile: its member {info.filename[:200]!r} "
            f"{problem}. Nothing was read from it. {_CURE}")
      seen.add(key)
      if not info.is_dir():
        members[info.filename] = info
    return members

  @contextlib.contextmanager
  def _damage(self, name=None):
    try:
      yield
    except (zipfile.BadZipFile, zlib.error, struct.error, UnicodeDecodeError,
            EOFError, NotImplementedError, RuntimeError, OverflowError,
            OSError) as error:
      where = f"'{name}' in '{self.name}'" if name else f"'{self.name}'"
      raise ValueError(
          f"{where} is no whole zip archive, but damaged or truncated: {error}."
          " Get it again.") from error


_CURE = "Get it again, from a source you trust."


def _has_many_members(path):
  """Tells whether an archive has too many members, by counting signatures.

  Each entry of the directory of an archive begins with a signature. Python
  would read the whole directory at once. Bytes of members equal the signature
  by chance, about once in 4 GB.
  """
  count, end = 0, b""
  with open(path, "rb") as file:
    while block := file.read(_BLOCK):
      # A signature may begin at the end of the block before.
      count += (end + block).count(_DIRECTORY_ENTRY)
      end = block[1 - len(_DIRECTORY_ENTRY):]
      if count > MOST_MEMBERS:
        return True
  return False


def _bounded(file, largest, name):
  data = file.read(largest + 1)
  if len(data) > largest:
    raise ValueError(f"'{name}' has more than {largest:,} bytes: too many for "
                     f"what it should be. {_CURE}")
  return data


def _problem(info):
  """Names what is hostile about a member of an archive; "" for nothing."""
  # `orig_filename` is the stored name; Python cuts `filename` at a NUL.
  name = info.orig_filename
  if name.startswith(("/", "\\")) or _DRIVE.match(name):
    return "is an absolute path"
  if "\\" in name or not name.isprintable() or name != info.filename:
    return "has characters that no path of upstream's has"
  if any(part in ("", ".", "..") for part in name.rstrip("/").split("/")):
    return "leads out of the folder, or is no plain path"
  kind = stat.S_IFMT(info.external_attr >> 16)
  if kind == stat.S_IFLNK:
    return "is a symbolic link"
  if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
    return "is no file"
  return ""


def opened(path: str | os.PathLike) -> Folder | Archive:
  """Opens an archive or a folder, as a context manager."""
  return Folder(path) if os.path.isdir(path) else Archive(path)
