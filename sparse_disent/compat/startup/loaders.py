"""Names and behavior of Pillow and NumPy that upstream's data sets rely on.

Pillow 10 has no `ANTIALIAS`, and takes a size of two numbers where upstream
gives three; NumPy 2.4 makes no number of an array `[1]`.
"""
from PIL import Image

from sparse_disent.compat import patching


def patch_pillow(module):
  """Gives Cars3D, SmallNORB and the scream picture the Pillow they know."""
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


def patch_norb(module):
  """Lets SmallNORB read its matrices and pictures."""
  patch_pillow(module)

  @patching.replace(module, "_read_binary_matrix")
  def read_binary_matrix(original, *args, **kwargs):
    # Its use of `int` is that on the header of a file.
    module.int = lambda array: array.item()
    try:
      return original(*args, **kwargs)
    finally:
      del module.int
