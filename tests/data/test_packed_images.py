"""Packed images against the array that they stand for."""
import copy
import operator
import pickle

import numpy as np
import pytest
import tensorflow as tf

from sparse_disent.data import packed_images
from sparse_disent.data import stored_bits

IMAGES = np.random.RandomState(0).randint(
    2, size=[96, 6, 16]).astype(np.uint8)
MASK = np.arange(96) % 3 == 0


@pytest.fixture(params=["memory", "file"])
def packed(request, tmp_path):
  bits = np.packbits(IMAGES, axis=-1)
  if request.param == "file":
    with open(tmp_path / "bits", "wb") as file:
      stored_bits.write(file, bits.shape, [bits])
    bits = stored_bits.StoredBits(str(tmp_path / "bits"))
  return packed_images.PackedImages(bits)


@pytest.fixture
def unpacked(monkeypatch):
  """Returns the list of how many pixels were unpacked at once."""
  counts, unpackbits = [], np.unpackbits

  def counted(*args, **kwargs):
    pixels = unpackbits(*args, **kwargs)
    counts.append(pixels.size)
    return pixels

  monkeypatch.setattr(np, "unpackbits", counted)
  return counts


@pytest.mark.parametrize("indices", [
    0, -1, np.int64(95), np.array(4), slice(None), slice(3, 40, 7),
    slice(None, None, -1), [5, 5, 0], np.array([[1, 2], [-3, 4]]), MASK,
    MASK.tolist(), ..., None, np.array([], dtype=np.int64), [], (), True,
    (5,), (5, 2), (5, 2, 3), (-1, -2, -3), (-1, -1, -16), (5, ..., 3),
    (..., None), (slice(100), None), (slice(None, 7), None), (None, 3),
    (None, slice(9), None, 1, None, 2, None), (3, None, ...), (..., 0),
    (..., -1), (slice(None), slice(1, 5, 2), slice(2, 13)),
    (slice(4), slice(None, None, -1), slice(None, None, -3)),
    (slice(4), 2, None, slice(8)), ([1, 2], [3, 4]), ([1, 2], [3, 4], [5, 6]),
    ([1, 2], slice(None), [5, 6]), ([[1], [2]], [3, 4], 5),
    ([1, 2], None, [3, 4], slice(1, 9)), ([1, 2], slice(2), slice(1, 9)),
    (slice(3), slice(None), [0, 15, -1]), (slice(3), [0, 5], [[0], [15]]),
    (slice(3), slice(None), []), (MASK, 0),
    (np.arange(96) < 8, 0, np.arange(16) > 7),
    (slice(2), np.arange(6) > 2), IMAGES == 1, (IMAGES == 1)[:, :, 0],
    (..., np.arange(16) > 7), np.zeros([96, 6], bool), (0, True, 1),
    (None, slice(2), slice(None), slice(None), None)], ids=repr)
def test_indexing_equals_numpy(packed, indices):
  read, expected = packed[indices], IMAGES[indices]
  assert type(read) is type(expected) and read.dtype == np.uint8
  np.testing.assert_array_equal(read, expected, strict=True)
  if isinstance(read, np.ndarray):
    read[...] = 7  # A copy of one's own, as fancy indexing gives.
  np.testing.assert_array_equal(packed[:], IMAGES)


@pytest.mark.parametrize("indices", [
    96, (0, 6), (0, 0, 16), (0, 0, -17), (0, 0, 0, 0), (..., ...), 1.5,
    (0, 0, 1.5), "a", (0, "a"), np.ones(95, bool), (0, 0, np.ones(15, bool)),
    np.ones([96, 7], bool), (MASK, 0, np.arange(16) > 7),
    (slice(3), [1, 2], [1, 2, 3])], ids=repr)
def test_wrong_indices_are_numpys_errors(packed, indices):
  with pytest.raises(IndexError) as expected:
    IMAGES[indices]
  with pytest.raises(IndexError) as error:
    packed[indices]
  assert type(error.value) is type(expected.value)


@pytest.mark.parametrize("use", [
    lambda x: x.shape, lambda x: x.dtype, lambda x: x.ndim, lambda x: x.size,
    lambda x: x.nbytes, lambda x: x.itemsize, lambda x: x.strides, len, list,
    np.shape, np.ndim, np.size, np.asarray, np.array, np.float32, np.copy,
    lambda x: np.array(x, dtype=np.float32), lambda x: x.T,
    lambda x: x.reshape([96, -1]), lambda x: x.reshape(-1, 4),
    lambda x: np.reshape(x, [-1]), lambda x: x.astype(np.float32),
    lambda x: x.astype("float64") / 255., lambda x: x.transpose(2, 0, 1),
    lambda x: x.copy()[:], lambda x: x.flatten(), lambda x: x.ravel(),
    lambda x: x.tolist(), lambda x: x.max(), lambda x: x.min(),
    lambda x: x.sum(), lambda x: x.mean(), lambda x: x.std(),
    lambda x: x.max(axis=0), lambda x: x.mean(axis=(1, 2)),
    lambda x: x.mean(dtype=np.float32), lambda x: x.sum(0),
    lambda x: x.sum(keepdims=True), lambda x: x.any(), lambda x: x.all(),
    np.max, np.min, np.mean, np.sum, np.std, np.unique, np.count_nonzero,
    lambda x: np.mean(x[:10]), lambda x: np.mean(x, axis=0),
    lambda x: np.sum(x, axis=-1, dtype=np.int64), lambda x: x * 255,
    lambda x: 255 * x, lambda x: x / 255., lambda x: 1 - x, lambda x: -x,
    lambda x: x + x, lambda x: x == 1, lambda x: x != 1, lambda x: x > 0,
    lambda x: x @ np.ones([16, 2]), lambda x: ~x, lambda x: x & 1,
    lambda x: divmod(x, 2)[1], lambda x: np.add.reduce(x), lambda x: 1 in x,
    lambda x: np.multiply(x, 2, dtype=np.int64), lambda x: 3 in x,
    lambda x: np.expand_dims(x, 3), lambda x: np.concatenate([x, x]),
    lambda x: np.stack([x, x], -1), lambda x: np.repeat(x[..., None], 3, 3),
    lambda x: np.take(x, [3, 4], axis=0), lambda x: x.take([3, 4]),
    lambda x: x.take([[3], [4]], 0), lambda x: np.where(x, 2., 3.),
    lambda x: np.random.RandomState(1).permutation(x),
    lambda x: np.einsum("nhw->hw", x), lambda x: np.pad(x, 1),
    lambda x: tf.constant(x).numpy(), lambda x: np.array_equal(x, IMAGES),
    lambda x: [image.sum() for image in x], lambda x: list(reversed(x)),
    lambda x: copy.copy(x)[:], lambda x: copy.deepcopy(x)[:],
    lambda x: pickle.loads(pickle.dumps(x))[:]])
def test_behaves_like_an_array(packed, use):
  result, expected = use(packed), use(IMAGES)
  if isinstance(expected, (np.ndarray, np.generic)):
    assert type(result) is type(expected)
    assert result.dtype == expected.dtype
  np.testing.assert_array_equal(result, expected)
  np.testing.assert_array_equal(packed[:], IMAGES)


@pytest.mark.parametrize("write", [
    lambda x: operator.setitem(x, 3, 7), lambda x: operator.imul(x, 255),
    lambda x: operator.setitem(x, (slice(2), 1), [[5], [6]]),
    lambda x: operator.setitem(x, np.arange(96) > 5, 2),
    lambda x: np.add(x, 1, out=x), lambda x: x.fill(3), lambda x: x.sort(0),
    lambda x: np.copyto(x[:], 3)])
def test_what_is_written_stays(packed, write):
  expected = IMAGES.copy()
  result = write(packed)
  as_expected = write(expected)
  if as_expected is expected:
    assert result is packed
  if write.__code__.co_names[-1] != "copyto":  # A slice is a copy here.
    np.testing.assert_array_equal(packed[:], expected)
    np.testing.assert_array_equal(packed.max(), expected.max())
    np.testing.assert_array_equal(np.asarray(packed)[3, 4], expected[3, 4])
  np.testing.assert_array_equal(packed._bits, np.packbits(IMAGES, axis=-1))


@pytest.mark.parametrize("use, pixels", [
    (lambda x: (x.shape, x.dtype, x.ndim, x.size, x.nbytes, len(x)), 0),
    (lambda x: x[7], 6 * 16), (lambda x: x[7, 3], 16),
    (lambda x: x[7, 3, 5], 0),
    (lambda x: x[..., 5], 0), (lambda x: x[:, 2], 96 * 16),
    (lambda x: x[:10, None], 10 * 6 * 16), (lambda x: x[[4, 4]], 2 * 6 * 16),
    (lambda x: x[[1, 2], [3, 4], [5, 6]], 0), (lambda x: next(iter(x)), 6 * 16),
    (lambda x: x[MASK, :2, ..., None], 32 * 2 * 16),
    (lambda x: np.mean(x[:10]), 10 * 6 * 16),
    (lambda x: np.take(x, [3, 4], axis=0), 2 * 6 * 16)])
def test_only_what_is_asked_for_is_unpacked(packed, unpacked, use, pixels):
  use(packed)
  assert sum(unpacked) == pixels


@pytest.mark.parametrize("reduce", [np.max, np.min, np.sum, np.mean])
def test_all_pixels_are_reduced_a_block_at_a_time(
    packed, unpacked, monkeypatch, reduce):
  monkeypatch.setattr(packed_images, "_BLOCK", 10)
  assert reduce(packed) == reduce(IMAGES)
  assert max(unpacked) == 10 * 6 * 16 and sum(unpacked) == IMAGES.size


def test_means_are_numpys_to_the_last_bit():
  for seed in range(20):
    images = np.random.RandomState(seed).randint(2, size=[seed + 1, 3, 8])
    packed = packed_images.PackedImages(np.packbits(images, axis=-1))
    assert packed.mean() == images.astype(np.uint8).mean()


def test_copies_are_written_to_alone(packed):
  first = packed.copy()
  first[0] = 5
  second = first.copy()
  second[0] = 6
  assert [images[0].max() for images in (packed, first, second)] == [1, 5, 6]


def test_no_array_without_a_copy(packed):
  with pytest.raises(ValueError, match="without a copy"):
    packed.__array__(copy=False)


def test_names_that_arrays_lack_are_errors(packed):
  with pytest.raises(AttributeError, match="'PackedImages' object has no "
                     "attribute 'cuda'"):
    packed.cuda()
  assert not hasattr(packed, "__array_interface__")
