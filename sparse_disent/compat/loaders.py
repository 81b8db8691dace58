"""What upstream's data sets ask of Pillow and NumPy, and no longer get.

Pillow 10 has no `ANTIALIAS`, and takes a size of two numbers where upstream
gives three; NumPy 2.4 makes no number of an array `[1]`.
"""
import types

from PIL import Image


def patch_pillow(module):
  """Gives Cars3D, SmallNORB and the scream picture the Pillow they know."""
  module.PIL = types.SimpleNamespace(Image=types.SimpleNamespace(
      ANTIALIAS=Image.Resampling.LANCZOS,
      fromarray=lambda array: _with_any_size(Image.fromarray(array)),
      open=lambda file: _with_any_size(Image.open(file))))


def _with_any_size(image):
  thumbnail = image.thumbnail
  image.thumbnail = lambda size, *args: thumbnail(size[:2], *args)
  return image


def patch_norb(module):
  """Lets SmallNORB read its matrices and pictures."""
  patch_pillow(module)
  # Only in this module: its use of `int` is that on the header of a file.
  module.int = lambda array: array.item()
