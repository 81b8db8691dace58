"""Reads arrays from npz files that may be damaged or hostile.

Nothing is unpickled: a pickle is a program. What the file says about its size
is checked before memory is taken for it.
"""
import os
import stat
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

LARGEST = 2**30
_ENDING = ".npy"
# Errors of zip archives and of NumPy's headers, which are Python literals.
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, KeyError,
          TypeError, ValueError, OverflowError, MemoryError, RecursionError,
          SyntaxError, NotImplementedError, RuntimeError, tokenize.TokenError)


def read(path: str | os.PathLike, names: Sequence[str] | None = None, *,
         largest: int = LARGEST) -> dict[str, np.ndarray]:
  """Reads the arrays of an npz file.

  Args:
    path: Path.
    names: Names of the arrays that it must hold; None for all that it holds.
    largest: Largest number of bytes that all arrays may have together.

  Returns:
    arrays: Dictionary from names to arrays of numbers or text.

  Raises:
    OSError: There is no such file, or it cannot be read.
    ValueError: The file is damaged, too large, or holds pickled objects; the
      message names it.
  """
  # To open a pipe would wait for its other end.
  if not stat.S_ISREG(os.stat(path).st_mode):
    raise ValueError(f"'{path}' cannot be read: it is no file. Move it away.")
  with open(path, "rb") as file:
    return read_from(file, path, names, largest=largest)


def read_from(file: Any, name: str | os.PathLike,
              names: Sequence[str] | None = None, *,
              largest: int = LARGEST) -> dict[str, np.ndarray]:
  """Reads the arrays of an open npz file; arguments as for `read`.

  Args:
    file: Binary file.
    name: Its name, for messages.
    names: As for `read`.
    largest: As for `read`.
  """
  try:
    with zipfile.ZipFile(file) as archive:
      members = {member.removesuffix(_ENDING): member
                 for member in archive.namelist()}
      wanted = {key: members[key] for key in (names or members)}
      return _read(archive, wanted, largest)
  except DAMAGE as error:
    reason = (f"it lacks the array {error}" if isinstance(error, KeyError)
              else str(error).split("\n")[0] or type(error).__name__)
    raise ValueError(f"'{name}' cannot be read: {reason}. Delete it or make it "
                     "again.") from error


def _read(archive, members, largest):
  arrays = {}
  for key, member in members.items():
    with archive.open(member) as file:
      shape, _, dtype = header(file)
      size = _size(shape, dtype)
      if dtype.hasobject:
        raise ValueError(f"{key!r} is a pickle, which is never opened")
      # The archive states the sizes of its members, too.
      if size > archive.getinfo(member).file_size or size > largest:
        raise ValueError(f"{key!r} of {size:,} bytes is larger than the file "
                         f"says, or than {largest:,}")
    with archive.open(member) as file:
      arrays[key] = np.lib.format.read_array(file, allow_pickle=False)
    largest -= size
  return arrays


def _size(shape, dtype):
  size = dtype.itemsize
  for count in shape:
    if count < 0:
      raise ValueError(f"its shape is {shape}")
    size *= count
  return size


def header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype]:
  """Reads the header of an array; its bytes follow in the file.

  Returns:
    shape, whether it is stored by columns, and the type of its items.
  """
  version = np.lib.format.read_magic(file)
  if version == (1, 0):
    return np.lib.format.read_array_header_1_0(file)
  if version == (2, 0):
    return np.lib.format.read_array_header_2_0(file)
  raise ValueError(f"its format has the version {version}")
