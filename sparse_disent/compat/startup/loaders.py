"""Names and behavior of Pillow and NumPy that upstream's data sets rely on.

Pillow 10 has no `ANTIALIAS`. It takes a size of two numbers where upstream
gives three. NumPy 2.4 does not convert an array of shape `[1]` to a number.
"""
from typing import Any

from PIL import Image

from sparse_disent.compat import patching


def patch_pillow(module: Any) -> None:
  """Gives Cars3D, SmallNORB and the scream picture the old Pillow's names."""
  patching.stand_in(module, "PIL", Image=patching.StandIn(Image, {
      "ANTIALIAS": Image.Resampling.LANCZOS,
      "fromarray": lambda *args, **kwargs: _with_any_size(
          Image.fromarray(*args, **kwargs)),
      "open": lambda *args, **kwargs: _with_any_size(
          Image.open(*args, **kwargs))}))


def _with_any_size(image):
  thumbnail = image.thumbnail
  image.thumbnail = lambda size, *args, **kwargs: thumbnail(
      size[:2], *args, **kwargs)
  return image


def patch_norb(module: Any) -> None:
  """Lets SmallNORB read its matrices and pictures."""
  patch_pillow(module)

  @patching.replace(module, "_read_binary_matrix")
  def read_binary_matrix(original, *args, **kwargs):
    # The function uses `int` only on the header of a file.
    module.int = lambda array: array.item()
    try:
      return original(*args, **kwargs)
    finally:
      del module.int
