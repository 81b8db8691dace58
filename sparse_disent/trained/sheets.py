"""Arranges decoded images in rows."""
import numpy as np

# Transparent pixels between two images of a sheet.
GAP = 2


def arrange(rows: list[np.ndarray]) -> np.ndarray:
  """Arranges rows of images in one picture.

  Args:
    rows: Arrays [num, height, width, channels] with values in [0, 1]; only
      `num` may differ.

  Returns:
    sheet: uint8 [height, width, channels + 1]; the last channel is opacity.
  """
  height, width, channels = rows[0].shape[1:]
  columns = max(map(len, rows))
  sheet = np.zeros([len(rows) * (height + GAP) - GAP,
                    columns * (width + GAP) - GAP, channels + 1], np.uint8)
  for i, row in enumerate(rows):
    for j, image in enumerate(row):
      top, left = i * (height + GAP), j * (width + GAP)
      cell = sheet[top:top + height, left:left + width]
      cell[..., :-1] = np.rint(255.0 * np.clip(image, 0.0, 1.0))
      cell[..., -1] = 255
  return sheet
