"""Packed images against the array that they stand for."""
import pickle

import numpy as np
import pytest

from sparse_disent.data import packed_images

IMAGES = np.random.RandomState(0).randint(
    2, size=[96, 6, 16]).astype(np.uint8)


@pytest.fixture
def packed():
  return packed_images.PackedImages(np.packbits(IMAGES, axis=-1))


@pytest.mark.parametrize("indices", [
    0, -1, np.int64(95), slice(None), slice(3, 40, 7), [5, 5, 0],
    np.array([[1, 2], [-3, 4]]), np.arange(96) % 3 == 0, ..., None,
    np.array([], dtype=np.int64)], ids=repr)
def test_indexing_equals_numpy(packed, indices):
  read = packed[indices]
  assert type(read) is np.ndarray and read.dtype == np.uint8
  np.testing.assert_array_equal(read, IMAGES[indices])
  read[...] = 7  # A copy of one's own, as fancy indexing gives.
  np.testing.assert_array_equal(packed[:], IMAGES)


def test_behaves_like_an_array(packed):
  assert (packed.shape, packed.dtype, packed.ndim, len(packed)) == (
      (96, 6, 16), np.uint8, 3, 96)
  np.testing.assert_array_equal(np.asarray(packed), IMAGES)
  as_floats = np.array(packed, dtype=np.float32)
  assert as_floats.dtype == np.float32
  np.testing.assert_array_equal(as_floats, IMAGES)
  np.testing.assert_array_equal(list(packed), IMAGES)
  np.testing.assert_array_equal(pickle.loads(pickle.dumps(packed))[:], IMAGES)
  with pytest.raises(ValueError, match="without a copy"):
    packed.__array__(copy=False)


def test_wrong_indices_are_refused(packed):
  with pytest.raises(IndexError, match="out of bounds"):
    packed[96]
  with pytest.raises(IndexError, match=r"first axis only, but the index is "
                     r"\(0, 1\). Index the result once more"):
    packed[0, 1]
