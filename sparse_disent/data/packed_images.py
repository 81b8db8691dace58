"""Images of 0 and 1, stored at one bit a pixel."""
from __future__ import annotations

import numpy as np

from sparse_disent.data import stored_bits

_BLOCK = 4096  # Images; 16 MB at a byte a pixel.
# Methods of arrays that change them.
_IN_PLACE = ("byteswap", "fill", "partition", "put", "resize", "setfield",
             "setflags", "sort")


class PackedImages(np.lib.mixins.NDArrayOperatorsMixin):
  """Images of 0 and 1, 8 pixels a byte; used like an array `[num, h, w]`.

  Indexing unpacks only the selected rows of pixels, into a new array. Sum, mean
  and extremes of all pixels unpack a block at a time. All other operations
  unpack all images; the unpacked array is kept only if it is written to.
  """

  dtype = np.dtype(np.uint8)
  ndim = 3
  itemsize = 1
  _array = None  # All images, once something was written.

  def __init__(self, bits: np.ndarray | stored_bits.StoredBits) -> None:
    """Wraps packed images: uint8 `[num, h, w / 8]`, leftmost pixel first."""
    self._bits = bits
    self.shape = (*bits.shape[:2], 8 * bits.shape[2])

  @property
  def size(self) -> int:
    """Number of pixels."""
    return 8 * self._bits.size

  @property
  def nbytes(self) -> int:
    """Number of bytes of the array that these images stand for."""
    return self.size * self.itemsize

  def __len__(self):
    return self.shape[0]

  def copy(self) -> PackedImages:
    """Returns a copy; writing to it does not change the original."""
    other = PackedImages(self._bits)
    if self._array is not None:
      other._array = self._array.copy()
    return other

  def __contains__(self, value):
    return value in self._whole()

  def __getitem__(self, indices):
    """Unpacks the selected pixels, as NumPy's indexing selects them."""
    if self._array is not None:
      return self._array[indices]
    if not isinstance(indices, tuple) and np.ndim(indices) == 1:
      return _unpack(self._bits[indices])  # The case of training.
    split = _split(indices, self.shape)
    return self._whole()[indices] if split is None else self._pixels(*split)

  def _pixels(self, first, last, new_axes):
    """Unpacks pixels.

    Args:
      first: Tuple, the indices of all axes but the last.
      last: Slice or integers, the index of the last axis.
      new_axes: Tuple of None, one for each new axis at the end.
    """
    if isinstance(last, slice):
      rows = _unpack(self._bits[(*first, slice(None))])
      return rows[(..., last, *new_axes)]
    # For single pixels: position of the bit in its byte, in the result's shape.
    shifts = np.arange(7, -1, -1, dtype=np.uint8)
    shifts = np.broadcast_to(
        np.tile(shifts, self.shape[2] // 8), self.shape)
    shifts = shifts[(*first, last, *new_axes)]
    return self._bits[(*first, last // 8, *new_axes)] >> shifts & np.uint8(1)

  def __setitem__(self, indices, values):
    self._writable()[indices] = values

  def __array__(self, dtype=None, copy=None):
    """Unpacks all images."""
    if copy is False:
      raise ValueError("Packed images cannot become an array without a copy.")
    return self._whole().astype(dtype or self.dtype, copy=bool(copy))

  def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
    """Applies an operation of NumPy to all images."""
    if out is not None:
      kwargs["out"] = tuple(
          array._writable() if isinstance(array, PackedImages) else array
          for array in out)
    result = getattr(ufunc, method)(*(
        array._whole() if isinstance(array, PackedImages) else array
        for array in inputs), **kwargs)
    return self if out is not None and result is self._array else result

  def __getattr__(self, name):
    """Returns any other attribute of arrays, from the unpacked images."""
    if name.startswith("_") or not hasattr(np.ndarray, name):
      raise AttributeError(
          f"{type(self).__name__!r} object has no attribute {name!r}")
    whole = self._writable() if name in _IN_PLACE else self._whole()
    return getattr(whole, name)

  def take(self, indices, axis=None, out=None, mode="raise"):
    """Returns the images with these numbers, or what NumPy's `take` does."""
    if axis == 0 and out is None and mode == "raise":
      return self[np.asarray(indices)]
    return self._whole().take(indices, axis, out, mode)

  def sum(self, axis=None, **kwargs):
    """Returns the number of pixels that are 1, or NumPy's `sum`."""
    if not _all_default(axis, kwargs):
      return self._whole().sum(axis, **kwargs)
    return sum((self[start:start + _BLOCK].sum() for start in
                range(0, len(self), _BLOCK)), np.uint64(0))

  def mean(self, axis=None, **kwargs):
    """Returns the share of pixels that are 1, or NumPy's `mean`."""
    if not _all_default(axis, kwargs):
      return self._whole().mean(axis, **kwargs)
    return np.float64(self.sum()) / self.size

  def max(self, axis=None, **kwargs):
    """Returns the largest pixel, or NumPy's `max`."""
    return self._extreme("max", axis, kwargs)

  def min(self, axis=None, **kwargs):
    """Returns the smallest pixel, or NumPy's `min`."""
    return self._extreme("min", axis, kwargs)

  def _extreme(self, name, axis, kwargs):
    if not _all_default(axis, kwargs):
      return getattr(self._whole(), name)(axis, **kwargs)
    return getattr(np, name)([
        getattr(self[start:start + _BLOCK], name)()
        for start in range(0, len(self), _BLOCK)])

  def _whole(self):
    """Returns all images as an array."""
    return _unpack(self._bits[:]) if self._array is None else self._array

  def _writable(self):
    """Returns all images as an array, which replaces the packed ones."""
    self._array = self._whole()
    return self._array


def _all_default(axis, kwargs):
  return axis is None and all(value is None for value in kwargs.values())


def _unpack(bits):
  """Returns the pixels uint8 `[..., w]` of bits `[..., w / 8]`."""
  # NumPy unpacks one long row more than twice as fast as many short ones.
  return np.unpackbits(bits.reshape(-1)).reshape(
      (*bits.shape[:-1], 8 * bits.shape[-1]))


def _split(indices, shape):
  """Splits an index at the last axis.

  Args:
    indices: Any index of a NumPy array.
    shape: Tuple, the shape of the array.

  Returns:
    (first, last, new_axes) as for `PackedImages._pixels`; None for rare kinds
    of indices.
  """
  parts = list(indices if isinstance(indices, tuple) else (indices,))
  if any(np.asarray(part).dtype == bool for part in parts):
    if any(np.asarray(part).dtype == bool and not np.ndim(part)
           for part in parts):
      return None
    np.broadcast_to(np.uint8(0), shape)[indices]  # Raises for a wrong mask.
    parts = [array for part in parts for array in _as_integers(part)]
  ellipses = [i for i, part in enumerate(parts) if part is ...]
  taken = len(parts) - sum(part is None or part is ... for part in parts)
  if taken > len(shape) or len(ellipses) > 1:
    return None
  where = ellipses[0] if ellipses else len(parts)
  parts[where:where + 1] = [slice(None)] * (len(shape) - taken)
  end = max(i for i, part in enumerate(parts) if part is not None)
  last = parts[end]
  if not isinstance(last, slice):
    last = np.asarray(last, None if np.size(last) else np.intp)
  return tuple(parts[:end]), last, tuple(parts[end + 1:])


def _as_integers(part):
  """Returns a part of an index as a tuple, without masks."""
  is_mask = np.asarray(part).dtype == bool
  return np.nonzero(part) if is_mask else (part,)
