"""Bits of packed images in a file that processes share, checked when used.

The file is an array as NumPy writes it, followed by a checksum of every 256
images and by the checksum of these. It is mapped into memory. A process that
reads beyond the end of a mapped file dies of a bus error, so that the size is
looked up before each use: that costs 0.1 ms where reading image by image would
cost 5.
"""
from __future__ import annotations

import mmap
import os
import struct
import weakref
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from sparse_disent.common import npz_files

_BLOCK = 256  # Images per checksum.
# Images read before their pages are given back. Else a process seems to hold
# the whole file, which the system keeps for all processes anyway. A page is
# mapped with some neighbors, of 64 KiB in all.
_MOST_MAPPED = 1024
_MAGIC = b"packed1\n"
# The mark, the images per checksum, and the checksum of all checksums.
_END = struct.Struct("<8sII")


def write(handle: Any, shape: tuple[int, int, int],
          blocks: Iterable[np.ndarray]) -> None:
  """Writes packed images with their checksums.

  Args:
    handle: Binary file to write to.
    shape: Shape of all bits, (num, h, w / 8).
    blocks: Bits, uint8 `[any number, h, w / 8]`, which together have `shape`.
  """
  np.lib.format.write_array_header_1_0(
      handle, {"descr": "|u1", "fortran_order": False, "shape": shape})
  sums, count = [], 0
  for block in blocks:
    handle.write(block)
    while len(block):
      if count % _BLOCK == 0:
        sums.append(0)
      part = block[:_BLOCK - count % _BLOCK]
      sums[-1] = zlib.crc32(part.tobytes(), sums[-1])
      count += len(part)
      block = block[len(part):]
  content = np.array(sums, "<u4").tobytes()
  handle.write(content)
  handle.write(_END.pack(_MAGIC, _BLOCK, zlib.crc32(content)))


class StoredBits:
  """Bits in a file that `write` wrote, indexed like an array `[num, h, w / 8]`.

  Each block is compared with its checksum when it is first read, and again
  after the file has changed.
  """

  def __init__(self, path: str) -> None:
    """Maps the file into memory.

    Args:
      path: Path of the file.

    Raises:
      ValueError: It is damaged, or of another size than it states.
    """
    self._path = path
    self._file = os.open(path, os.O_RDONLY)
    weakref.finalize(self, os.close, self._file)
    try:
      with open(path, "rb") as file:
        self.shape, _, _ = npz_files.header(file)
        self._start = file.tell()
      num, height, width = self.shape
      self.size = num * height * width
    except npz_files.DAMAGE as error:
      raise self._damaged(error) from error
    self._state = self._look()
    self._sums = self._read_sums()
    self._checked = np.zeros(len(self._sums), bool)
    self._map = mmap.mmap(self._file, 0, access=mmap.ACCESS_READ)
    self._num_read = 0
    self._bits = np.frombuffer(
        self._map, np.uint8, self.size, self._start).reshape(self.shape)

  def __reduce__(self):
    return StoredBits, (self._path,)

  def __len__(self):
    return self.shape[0]

  def __array__(self, dtype=None, copy=None):
    return self[:].astype(dtype or np.uint8)

  def __getitem__(self, index):
    """Returns what an index selects, after a check of these images."""
    state = self._look()
    if state != self._state:
      self._sums, self._state = self._read_sums(), state
      self._checked[:] = False
    if not self._checked.all():
      self._check(self._blocks(index))
    found = self._bits[index]
    self._num_read += 1 + found.size // (self.shape[1] * self.shape[2])
    if self._num_read > _MOST_MAPPED and hasattr(mmap, "MADV_DONTNEED"):
      self._num_read = 0
      self._map.madvise(mmap.MADV_DONTNEED)
    return found

  def _blocks(self, index):
    """Numbers of the blocks of some images; all for rare kinds of indices."""
    if isinstance(index, slice) or (
        not isinstance(index, tuple) and np.asarray(index).dtype.kind in "iu"):
      return np.unique(np.arange(len(self))[index] // _BLOCK)
    return np.arange(len(self._sums))

  def _check(self, blocks):
    """Compares blocks with their checksums, unless that was done."""
    for block in blocks[~self._checked[blocks]].tolist():
      start = block * _BLOCK
      content = self._bits[start:start + _BLOCK]
      if zlib.crc32(content) != self._sums[block]:
        raise self._damaged(
            f"images {start:,} to {start + len(content) - 1:,} do not have "
            "their checksum")
      self._checked[block] = True

  def _look(self):
    status = os.fstat(self._file)
    return status.st_size, status.st_mtime_ns

  def _read_sums(self):
    """Reads the checksums, and checks the size of the file."""
    num = -(-len(self) // _BLOCK)
    end = self._start + self.size
    size, wanted = self._look()[0], end + 4 * num + _END.size
    if size != wanted:
      raise self._damaged(f"it has {size:,} bytes, not {wanted:,}")
    content = os.pread(self._file, 4 * num, end)
    tail = os.pread(self._file, _END.size, end + 4 * num)
    if tail != _END.pack(_MAGIC, _BLOCK, zlib.crc32(content)):
      raise self._damaged("its checksums are damaged")
    return np.frombuffer(content, "<u4")

  def _damaged(self, reason):
    return ValueError(
        f"The packed images in {self._path!r} are damaged: {reason}. Delete "
        "that file: it will be made anew.")
