"""Images of 0 and 1 that take one bit a pixel."""
import numpy as np


class PackedImages:
  """Images of 0 and 1, 8 pixels a byte; read like an array `[num, h, w]`.

  Indexing the first axis, with whatever NumPy takes for one axis, unpacks what
  was asked for into a new array; `numpy.asarray` unpacks everything.
  """

  dtype = np.dtype(np.uint8)
  ndim = 3

  def __init__(self, bits):
    """Wraps packed images: uint8 `[num, h, w / 8]`, leftmost pixel first."""
    self._bits = bits
    self.shape = (*bits.shape[:2], 8 * bits.shape[2])

  def __len__(self):
    """Returns the number of images."""
    return len(self._bits)

  def __getitem__(self, indices):
    """Unpacks images.

    Args:
      indices: Integer, slice, or array of integers or booleans.

    Returns:
      uint8 `[..., h, w]`.

    Raises:
      IndexError: For an index out of bounds, or one of several axes.
    """
    if isinstance(indices, tuple):
      raise IndexError(
          "Packed images are indexed along their first axis only, but the "
          f"index is {indices!r}. Index the result once more: images[i][j].")
    bits = self._bits[indices]
    # Flat, NumPy unpacks more than twice as fast as row by row.
    return np.unpackbits(bits.reshape(-1)).reshape(
        (*bits.shape[:-1], self.shape[-1]))

  def __array__(self, dtype=None, copy=None):
    """Unpacks all images."""
    if copy is False:
      raise ValueError("Packed images cannot become an array without a copy.")
    return self[:].astype(dtype or self.dtype, copy=False)
