"""Renders dSprites anew, for users who cannot download the original.

The geometry was recovered from published samples of the original. In pixels
of the 64 x 64 image, with rows counted from the top:
  centre      x = 16 + 32 posX, y = 16 + 32 posY
  square      side 19.2
  ellipse     polygon of 100 points, semi-axes 9.6 * 1.33 and 9.6 / 1.33
  heart       polygon of 150 points, x = 9.6 sin(t)^3, y = -9.6 ((13 cos(t)
              - 5 cos(2t) - 2 cos(3t) - cos(4t)) / 14.5 + 0.15)
  scale       multiplies these; orientation turns them counter-clockwise
  raster      corners are rounded to 1/256 pixel; a pixel is on if its centre
              is inside
Call results on it "re-rendered dSprites", never "dSprites".
"""
import itertools
import os
import zipfile

import numpy as np

from sparse_disent.common import locks
from sparse_disent.common import output_place
from sparse_disent.common import writing
from sparse_disent.common.progress import progress
from sparse_disent.data import files
from sparse_disent.data import packed
from sparse_disent.data import portable

NAMES = ("color", "shape", "scale", "orientation", "posX", "posY")
SIZES = (1, 3, 6, 40, 32, 32)
VALUES = {
    "color": np.array([1.]),
    "shape": np.array([1., 2., 3.]),
    "scale": np.linspace(.5, 1, 6),
    "orientation": np.linspace(0, 2 * np.pi, 40),
    "posX": np.linspace(0, 1, 32),
    "posY": np.linspace(0, 1, 32),
}
DESCRIPTION = (
    "Re-rendered dSprites, not the original file: drawn by sparse_disent from "
    "the geometry recovered from published samples of dSprites (Matthey et "
    "al., 2017). All 270 original images with known factors are reproduced "
    "exactly; over all images 128,328,864 pixels are on, 2 more than in the "
    "original.")
_SIDE = 64
_CENTRES = np.arange(_SIDE) + .5
# Entry k has its k leftmost bits set.
_LEFTMOST = np.array(
    [2**64 - 2**(64 - k) for k in range(_SIDE + 1)], dtype=np.uint64)


def outline(shape: int) -> np.ndarray:
  """Returns the corners of a shape at scale 1 and orientation 0.

  Args:
    shape: Integer, 0 for the square, 1 for the ellipse, 2 for the heart.

  Returns:
    Array `[num_corners, 2]` of x and y from the centre, y down, in pixels.
  """
  if shape == 0:
    return 9.6 * np.array([[-1., -1.], [1., -1.], [1., 1.], [-1., 1.]])
  if shape == 1:
    t = 2 * np.pi * np.arange(100) / 100
    return np.stack([9.6 * 1.33 * np.cos(t), 9.6 / 1.33 * np.sin(t)], 1)
  t = 2 * np.pi * np.arange(150) / 150
  lobes = 13*np.cos(t) - 5*np.cos(2*t) - 2*np.cos(3*t) - np.cos(4*t)
  return np.stack([9.6 * np.sin(t)**3, -9.6 * (lobes / 14.5 + .15)], 1)


def corners(shape: int, scale: int,
            orientation: int) -> tuple[np.ndarray, np.ndarray]:
  """Returns the corners of the 32 x 32 translated sprites.

  Args:
    shape: Integer in [0, 3).
    scale: Integer in [0, 6).
    orientation: Integer in [0, 40).

  Returns:
    Two arrays: x `[32, num_corners]`, one row for each posX, and y
    `[32, num_corners]`, one row for each posY, in pixels from the top left.
  """
  x, y = (outline(shape) * VALUES["scale"][scale]).T
  angle = VALUES["orientation"][orientation]
  cos, sin = np.cos(angle), np.sin(angle)
  x, y = cos * x + sin * y, -sin * x + cos * y
  return (np.rint((16 + 32 * VALUES["posX"][:, None] + x) * 256) / 256,
          np.rint((16 + 32 * VALUES["posY"][:, None] + y) * 256) / 256)


def render_block(shape: int, scale: int, orientation: int) -> np.ndarray:
  """Renders all positions of one sprite, posY fastest, 8 pixels a byte.

  A row of pixels crosses the outline an even number of times. If all pixels
  left of each crossing are inverted, exactly those inside are on in the end.

  Args:
    shape: Integer in [0, 3).
    scale: Integer in [0, 6).
    orientation: Integer in [0, 40).

  Returns:
    uint8 array `[1024, 512]`; `np.unpackbits` turns a row into 64 x 64 pixels.
  """
  x, y = corners(shape, scale, orientation)
  next_x, next_y = np.roll(x, -1, axis=1), np.roll(y, -1, axis=1)
  heights = _CENTRES[:, None]
  pos, row, edge = np.nonzero(
      (y[:, None] >= heights) != (next_y[:, None] >= heights))
  # [32 values of posX, crossings]
  run = (next_x - x)[:, edge] * (_CENTRES[row] - y[pos, edge])  # Exact.
  crossing = run / (next_y - y)[pos, edge] + x[:, edge]
  num_left = np.clip(np.ceil(crossing - .5), 0, _SIDE).astype(np.int64)
  line = pos * _SIDE + row
  first = np.flatnonzero(np.diff(line, prepend=-1))
  # Big-endian: the leftmost pixel is the first bit of the first byte.
  lines = np.zeros([32, 32 * _SIDE], dtype=">u8")
  lines[:, line[first]] = np.bitwise_xor.reduceat(
      _LEFTMOST[num_left], first, axis=1)
  return lines.reshape([1024, _SIDE]).view(np.uint8)


def metadata() -> dict:
  """Returns the metadata of the file, a dictionary as in the original."""
  return {
      "title": "Re-rendered dSprites dataset",
      "description": DESCRIPTION,
      "author": "sparse_disent",
      "version": 1,
      "re_rendered": True,
      "latents_names": NAMES,
      "latents_sizes": np.array(SIZES, dtype=np.int64),
      "latents_possible_values": VALUES,
  }


def write(directory: str) -> str:
  """Renders all 737,280 images into the file that upstream reads.

  Args:
    directory: The data directory; the file goes to its `dsprites/`.

  Returns:
    String, the path of the file.

  Raises:
    FileExistsError: The file exists; it is not changed.
    locks.OutputInUse: Another process is rendering it.
    OSError: The folder cannot be made.
    ValueError: `directory` is an address such as `gs://bucket`.
  """
  files.refuse_remote(directory, "dsprites")
  path = os.path.join(directory, files.DSPRITES)
  writing.refuse_existing(path)
  output_place.check("the folder of the data set", os.path.dirname(path))
  with locks.owned(path), writing.new_file(path) as handle:
    with zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as archive:
      _write_metadata(archive)
      _write_latents(archive)
      _write_images(archive)
  # Packed now, so that all users of a shared folder find the packed file.
  packed.load(path)
  return path


def _write_metadata(archive):
  with _member(archive, "metadata", np.dtype(object), ()) as member:
    array = np.array(metadata(), dtype=object)
    member.write(portable.portable_pickle(array))


def _write_latents(archive):
  classes = np.indices(SIZES, dtype=np.int64).reshape([len(SIZES), -1])
  values = [VALUES[name][index]
            for name, index in zip(NAMES, classes, strict=True)]
  for key, array in (("latents_classes", classes.T),
                     ("latents_values", np.stack(values, 1))):
    with _member(archive, key, array.dtype, array.shape) as member:
      member.write(array.tobytes())


def _write_images(archive):
  blocks = list(itertools.product(*map(range, SIZES[1:4])))
  shape = (1024 * len(blocks), _SIDE, _SIDE)
  with (progress(len(blocks), "rendering dSprites", "blocks") as bar,
        _member(archive, "imgs", np.dtype(np.uint8), shape) as member):
    for block in blocks:
      member.write(np.unpackbits(render_block(*block)).data)
      bar.update()


def _member(archive, key, dtype, shape):
  """Opens an array in an npz file to write its bytes piece by piece."""
  member = archive.open(f"{key}.npy", "w", force_zip64=True)
  np.lib.format.write_array_header_1_0(member, {
      "descr": np.lib.format.dtype_to_descr(dtype),
      "fortran_order": False, "shape": shape})
  return member


def origin(path: str) -> str:
  """Tells an original dSprites file from one that `write` made.

  Args:
    path: String, a dSprites npz file.

  Returns:
    "re-rendered", "original", or "of unknown origin".

  Raises:
    ValueError: The file is damaged, or its metadata are more than plain values.
  """
  try:
    with zipfile.ZipFile(path) as archive:
      facts = packed.read_objects(archive, "metadata", path)[()]
  except zipfile.BadZipFile as error:
    raise ValueError(f"{path!r} is no npz file: {error}. Get it again."
                     ) from error
  if not isinstance(facts, dict):
    raise ValueError(f"{path!r} has no metadata. Get it again.")
  if facts.get("re_rendered"):
    return "re-rendered"
  original = facts.get("author") == "lmatthey@google.com"
  return "original" if original else "of unknown origin"
