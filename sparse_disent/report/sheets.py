"""Cuts sheets of images into rows, greys rows, and draws masks."""
import io
import pathlib

import numpy as np
from PIL import Image

from sparse_disent.results import json_files
from sparse_disent.results import runs as runs_lib

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
      self.groups = self.description["groups"]
      self.cell = tuple(self.description["cell"])
      self.gap = self.description["gap"]
      self.data = self.description.get("data")
      self.rows = {name: self.description[name]["rows"]
                   for name in ("reconstructions", "traversals")}
    except (KeyError, TypeError) as error:
      raise ValueError(
          f"'{path}' lacks {error}. Delete the folder and draw the pictures "
          "again.") from error

  def cut(self, name: str) -> list[Image.Image]:
    """Cuts a sheet into its rows.

    Args:
      name: "reconstructions" or "traversals".

    Returns:
      rows: List of Pillow images, one for each row of the description.
    """
    path = self._folder / f"{name}.png"
    try:
      with Image.open(path) as file:
        sheet = file.copy()
    except OSError as error:
      raise ValueError(
          f"'{path}' cannot be read: {error}. Delete the folder and draw the "
          "pictures again.") from error
    height = self.cell[0]
    return [sheet.crop((0, top, sheet.width, top + height)) for top in
            range(0, len(self.rows[name]) * (height + self.gap),
                  height + self.gap)]


def of_run(run: runs_lib.Run) -> Sheets | None:
  """Returns the `Sheets` of a run, or None if it has none."""
  folder = run.path / "pictures"
  return Sheets(folder) if (folder / "pictures.json").is_file() else None


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
