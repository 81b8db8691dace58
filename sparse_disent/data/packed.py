"""Loads dSprites at one bit a pixel, from a file that processes share.

Upstream's `DSprites` unpacks its npz file to 3 GB, and needs twice that while
it loads. All pixels are 0 or 1, so that 377 MB are enough. The packed file is
written beside the npz file when that is first read. It has a checksum of each
block of images, see `stored_bits`.
"""
import contextlib
import glob
import hashlib
import os
import sys
import zipfile
import zlib

import numpy as np

from sparse_disent.common import addresses
from sparse_disent.common import npz_files
from sparse_disent.common import writing
from sparse_disent.common.progress import progress
from sparse_disent.compat import patching
from sparse_disent.data import packed_images
from sparse_disent.data import safe_pickle
from sparse_disent.data import stored_bits

_BLOCK = 4096  # Images; 16 MB at a byte a pixel.


def load(path: str) -> packed_images.PackedImages | np.ndarray:
  """Returns the images of a dSprites file.

  They are read from the packed file of the npz when they are used. If there is
  none, it is written: beside the npz, or into the user's cache if that folder
  cannot be written. If neither can be written, the packed images stay in
  memory.

  Args:
    path: Path of an npz file with uint8 `imgs` `[num, h, w]`.

  Returns:
    `PackedImages`, or the array itself if its pixels are not all 0 or 1.

  Raises:
    ValueError: The packed file or the npz is damaged; the message says which.
  """
  places = _places(path)
  for place in places:
    if os.path.exists(place):
      return _stored(place)
  try:
    return _pack_anywhere(path, places)
  except (zipfile.BadZipFile, zlib.error) as error:
    raise ValueError(
        f"{path!r} is no whole npz file: {error}. Get it again.") from error
  except _NotBinary:
    with _open(path) as file, np.load(file) as data:
      return data["imgs"]


class _NotBinary(Exception):
  """Images that do not fit into one bit a pixel."""


def _places(path):
  """Returns the possible paths of the packed file, in order of preference.

  The names contain the npz's size and time, so that a new npz gets a new file.
  """
  cache = os.path.join(
      os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
      "sparse_disent")
  name = os.path.basename(path).removesuffix(".npz")
  origin = hashlib.sha256(os.path.realpath(path).encode()).hexdigest()[:12]
  stems = [os.path.join(cache, f"{name}.{origin}")]
  if not addresses.is_remote(path):
    stems.insert(0, path.removesuffix(".npz"))
  return ["{}.{}.{}.packed".format(stem, *_size_and_time(path))
          for stem in stems]


def _size_and_time(path):
  if addresses.is_remote(path):
    from tensorflow.io import gfile
    status = gfile.stat(path)
    return status.length, status.mtime_nsec
  status = os.stat(path)
  return status.st_size, status.st_mtime_ns


def _open(path):
  if addresses.is_remote(path):
    from tensorflow.io import gfile
    return gfile.GFile(path, "rb")
  return open(path, "rb")


def _stored(place):
  return packed_images.PackedImages(stored_bits.StoredBits(place))


def _pack_anywhere(path, places):
  for place in places:
    try:
      _pack_to(path, place)
    except OSError as error:
      if not os.path.exists(place):  # Otherwise another process has written it.
        reason = error
        continue
    if place != places[0]:
      print(f"The packed images of {path} are in {place}.", file=sys.stderr)
    return _stored(place)
  images = _pack_in_memory(path)
  print(f"The packed images of {path} stay in memory, as no file could be "
        f"written: {reason}", file=sys.stderr)
  return images


def _pack_to(path, place):
  """Writes the packed file, then removes those of earlier versions."""
  with (writing.new_file(place) as handle,
        _packed_blocks(path) as (shape, blocks)):
    stored_bits.write(handle, shape, blocks)
  stem = place.rsplit(".", 3)[0]
  # Packed files once ended with .npy, and had no checksums.
  for other in glob.glob(f"{glob.escape(stem)}.*.packed*"):
    if other != place:
      with contextlib.suppress(OSError):
        os.remove(other)


def _pack_in_memory(path):
  with _packed_blocks(path) as (shape, blocks):
    bits, start = np.empty(shape, np.uint8), 0
    for block in blocks:
      bits[start:start + len(block)] = block
      start += len(block)
  return packed_images.PackedImages(bits)


@contextlib.contextmanager
def _packed_blocks(path):
  """Yields the shape of the packed images and an iterator of their blocks."""
  with (_open(path) as file, zipfile.ZipFile(file) as archive,
        archive.open("imgs.npy") as member):
    num, height, width = _image_shape(member)
    shape = (num, height, width // 8)
    yield shape, _pack_blocks(member, num, (height, width))


def _image_shape(member):
  """Reads an array's header; the pixels follow it in the file."""
  version = np.lib.format.read_magic(member)
  read_header = (np.lib.format.read_array_header_1_0 if version == (1, 0)
                 else np.lib.format.read_array_header_2_0)
  shape, in_columns, dtype = read_header(member)
  if (in_columns or dtype != np.uint8 or len(shape) != 3 or shape[2] % 8):
    raise _NotBinary
  return shape


def _pack_blocks(member, num, image_shape):
  height, width = image_shape
  with progress(num, "packing dSprites", "images") as bar:
    for start in range(0, num, _BLOCK):
      count = min(_BLOCK, num - start)
      pixels = np.frombuffer(member.read(count * height * width), np.uint8)
      if pixels.max() > 1:
        raise _NotBinary
      yield np.packbits(pixels).reshape([count, height, width // 8])
      bar.update(count)


class _Npz(np.lib.npyio.NpzFile):
  """An npz file whose `imgs` are packed, and whose pickles run nothing."""

  def __getitem__(self, key):
    key = key.removesuffix(".npy")
    if key == "imgs":
      return load(self.path)
    return read_objects(self.zip, key, self.path) if (
        f"{key}.npy" in self.zip.namelist()) else super().__getitem__(key)


def read_objects(archive: zipfile.ZipFile, key: str, path: str) -> np.ndarray:
  """Reads an array of an npz file, of objects or not, without running any.

  Args:
    archive: The open npz file.
    key: Name of the array.
    path: Its path, for messages.

  Raises:
    ValueError: The array is damaged, or holds more than arrays and plain
      values.
  """
  try:
    with archive.open(f"{key}.npy") as member:
      shape, _, dtype = npz_files.header(member)
      if dtype.hasobject:
        found = safe_pickle.load(member, f"'{path}', {key!r},")
        return np.asarray(found, object).reshape(shape)
    with archive.open(f"{key}.npy") as member:
      return np.lib.format.read_array(member, allow_pickle=False)
  except npz_files.DAMAGE as error:
    if str(error).startswith("The pickle"):
      raise
    raise ValueError(
        f"{path!r} is no whole npz file: {error}. Get it again.") from error


def _read(file, *args, **kwargs):
  """Replaces NumPy's `load` in upstream's `DSprites`."""
  path = getattr(file, "name", file)
  try:
    # Pickles are read by `_Npz`.
    data = np.load(file, *args, **{**kwargs, "allow_pickle": False})
  except (zipfile.BadZipFile, EOFError, ValueError) as error:
    raise ValueError(
        f"'{path}' is no npz file: {error}. Get it again.") from error
  if isinstance(data, np.lib.npyio.NpzFile) and isinstance(
      path, (str, os.PathLike)):
    data.__class__, data.path = _Npz, os.fspath(path)
  return data


def _array(value, *args, **kwargs):
  """Replaces NumPy's `array` in upstream's `DSprites`; keeps images packed."""
  if isinstance(value, packed_images.PackedImages) and not args and not kwargs:
    return value.copy()
  return np.array(value, *args, **kwargs)


def install() -> None:
  """Makes upstream's `DSprites` and its subclasses load packed images.

  Their constructors stay as they are; they get another `np` than NumPy.
  """
  from disentanglement_lib.data.ground_truth import dsprites
  patching.stand_in(dsprites, "np", load=_read, array=_array)
