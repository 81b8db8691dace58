"""Cuts sheets of images into rows, greys rows, and draws masks."""
import io
import os
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image

from sparse_disent.common import checks
from sparse_disent.common import counts
from sparse_disent.results import contents
from sparse_disent.results import damage
from sparse_disent.results import json_files
from sparse_disent.results import runs as runs_lib

_SHEETS = ("reconstructions", "traversals")
# Largest side and number that a description may have, and largest sheet: some
# ten times that of a hundred latents of 64 x 64 pixels.
_LARGEST, _MOST_PIXELS = 10**5, 2**26
# What Pillow raises for files that are no whole picture.
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, IndexError, EOFError,
           MemoryError, OverflowError, struct.error, zlib.error,
           Image.DecompressionBombError)

# Contrast that a greyed picture keeps, and its mean grey.
_KEPT, _GREY = 0.3, 150.0
# Approximate width and smallest height of a mask's picture, pixels.
_MASK_WIDTH, _MASK_HEIGHT = 256, 24


class Sheets:
  """The sheets of images that `sparse-disent evaluate` drew for a run."""

  def __init__(self, folder: pathlib.Path) -> None:
    """Opens the pictures.

    Args:
      folder: Path with pictures.json and the sheets that it describes.

    Raises:
      ValueError: A file is missing or damaged; the message names it.
    """
    self._folder = folder
    path = folder / "pictures.json"
    self.description = json_files.read(path)
    try:
      _check(self.description)
    except (KeyError, TypeError, ValueError) as error:
      what = f"lacks {error}" if isinstance(error, KeyError) else (
          f"is damaged: {error}")
      raise ValueError(
          f"'{path}' {what}. Delete the folder and draw the pictures again."
          ) from error
    self.groups = self.description["groups"]
    self.cell = tuple(self.description["cell"])
    self.gap = self.description["gap"]
    self.data = self.description.get("data")
    self.rows = {name: self.description[name]["rows"] for name in _SHEETS}

  def cut(self, name: str) -> list[Image.Image]:
    """Cuts a sheet into its rows.

    Args:
      name: "reconstructions" or "traversals".

    Returns:
      rows: List of Pillow images, one for each row of the description.

    Raises:
      ValueError: The sheet is missing, damaged or of another size.
    """
    path = self._folder / f"{name}.png"
    height, count = self.cell[0], len(self.rows[name])
    try:
      sheet = _read(path, count * (height + self.gap) - self.gap)
    except _DAMAGE as error:
      raise ValueError(
          f"'{path}' cannot be read: {error}. Delete the folder and draw the "
          "pictures again.") from error
    return [sheet.crop((0, top, sheet.width, top + height)) for top in
            range(0, count * (height + self.gap), height + self.gap)]


def _read(path, height):
  """Reads a sheet; its size is checked before it is decoded."""
  if not path.is_file():
    raise ValueError("there is no such file")
  with Image.open(path, formats=["PNG"]) as file:
    if file.height != height or file.width * height > _MOST_PIXELS:
      raise ValueError(
          f"it has {file.width} x {file.height} pixels, but should be {height} "
          f"high and have no more than {_MOST_PIXELS:,}")
    return file.copy()


def _check(description):
  """Raises an error unless a description is of the form that `draw` makes."""
  cell, gap = description["cell"], description["gap"]
  groups = description["groups"]
  _demand(isinstance(cell, list) and len(cell) == 2 and _are_counts(cell, 1),
          "cell", cell)
  _demand(_are_counts([gap], 0), "gap", gap)
  _demand(groups is None or _are_counts(groups, 1), "groups", groups)
  data = description.get("data")
  _demand(data is None or isinstance(data, str), "data", data)
  for row in description["reconstructions"]["rows"]:
    _demand(isinstance(row, str), "reconstructions", row)
  quantiles = description["traversals"]["quantiles"]
  _demand(contents.is_numbers(quantiles) and len(quantiles) == 2, "quantiles",
          quantiles)
  for row in description["traversals"]["rows"]:
    _demand(
        isinstance(row["name"], str) and isinstance(row["pruned"], bool)
        and contents.is_number(row["kl"]) and _are_counts(row["latents"], 0)
        and contents.is_numbers(row["values"]) and row["latents"]
        and row["values"], "traversals", row)
  for name in _SHEETS:
    rows = description[name]["rows"]
    _demand(isinstance(rows, list) and rows, f"the rows of {name}", rows)


def _are_counts(values, lowest):
  return isinstance(values, list) and all(
      checks.is_integer(value, lowest) and value <= _LARGEST
      for value in values)


def _demand(holds, name, value):
  if not holds:
    raise ValueError(f"{name} is {str(value)[:60]}")


def of_run(run: runs_lib.Run) -> Sheets | None:
  """Returns the `Sheets` of a run.

  Returns:
    None if it has none, or damaged ones, or those of an earlier training.
  """
  folder = run.path / "pictures"
  if os.path.lexists(folder / "pictures.json"):
    with damage.leaving_out(run.left_out):
      opened = Sheets(folder)
      shown = opened.description.get("training")
      if None not in (shown, run.training.get("uuid")) and (
          shown != run.training["uuid"]):
        raise ValueError(
            f"'{folder}' shows another training than that of "
            f"'{run.model_dir}'. sparse-disent evaluate --overwrite draws it "
            "again.")
      return opened
  return None


def stack(rows: list[Image.Image], gap: int) -> Image.Image:
  """Puts rows of a sheet one below the other.

  Args:
    rows: List of Pillow images of one size, at least one.
    gap: Number of transparent pixels between two rows.

  Returns:
    A Pillow image.
  """
  width, height = rows[0].size
  sheet = Image.new(
      rows[0].mode, (width, len(rows) * (height + gap) - gap))
  for i, row in enumerate(rows):
    sheet.paste(row, (0, i * (height + gap)))
  return sheet


def grey(image: Image.Image) -> Image.Image:
  """Turns a picture into pale grey.

  Args:
    image: Pillow image with opacity as its last channel.

  Returns:
    A Pillow image, of mode LA.
  """
  pixels = np.asarray(image.convert("LA"), np.float64).copy()
  pixels[..., 0] = _GREY + _KEPT * (pixels[..., 0] - 127.5)
  return Image.fromarray(np.rint(pixels).astype(np.uint8))


def lay_out(values: np.ndarray) -> tuple[np.ndarray, str]:
  """Turns a mask so that it is not higher than wide.

  Args:
    values: Gates, [num_inputs, num_outputs], or [num_outputs] if a gate closes
      whole output channels.

  Returns:
    values: [num_rows, num_columns].
    axes: The axes in words, such as "64 outputs down, 128 inputs across".
  """
  if values.ndim == 1:
    return values[np.newaxis], counts.text(len(values), "output")
  names = [counts.text(count, end) for count, end in
           zip(values.shape, ("input", "output"), strict=True)]
  if values.shape[0] > values.shape[1]:
    names, values = names[::-1], values.T
  return values, f"{names[0]} down, {names[1]} across"


def mask(values: np.ndarray) -> Image.Image:
  """Draws a mask: dark is open, white is closed.

  Args:
    values: Gates in [0, 1], [num_rows, num_columns].

  Returns:
    A Pillow image. Each entry is a square of pixels; if there are more entries
    than pixels, a pixel is the mean of neighboring entries.
  """
  pixels = np.rint(255.0 * (1.0 - 0.9 * np.clip(values, 0.0, 1.0)))
  image = Image.fromarray(pixels.astype(np.uint8))
  image = image.reduce(-(-image.width // _MASK_WIDTH))
  scale = _MASK_WIDTH // image.width
  return image.resize(
      (image.width * scale,
       image.height * max(scale, _MASK_HEIGHT // image.height)),
      Image.Resampling.NEAREST)


def png(image: Image.Image) -> bytes:
  """Returns a Pillow image as the bytes of a PNG file."""
  stream = io.BytesIO()
  image.save(stream, "PNG", optimize=True)
  return stream.getvalue()
