"""Arrays that a trained model refuses, and the message for each."""
import numpy as np
import pytest

from sparse_disent.trained import arrays

SHAPE = (4, 5, 3)
IMAGES = np.random.RandomState(0).uniform(size=[2, *SHAPE])


def test_good_arrays_become_float32():
  images = arrays.images(IMAGES, SHAPE)
  assert images.dtype == np.float32
  np.testing.assert_allclose(images, IMAGES, rtol=1e-6)
  codes = arrays.codes([[1, 2], [3, 4]], 2)
  assert codes.dtype == np.float32 and codes.tolist() == [[1, 2], [3, 4]]


def test_no_images_are_images_too():
  assert arrays.images(np.zeros([0, *SHAPE]), SHAPE).shape == (0, *SHAPE)


def test_observations_that_are_no_images_have_any_range():
  assert arrays.images([[7.0, -3.0]], (2,)).tolist() == [[7, -3]]


@pytest.mark.parametrize(("images", "message"), [
    (IMAGES[0], r"\[number, 4, 5, 3\], but one image of shape \(4, 5, 3\) was "
     r"given\. Write images\[np\.newaxis\]\."),
    (IMAGES[..., :1], r"training, but the shape is \(2, 4, 5, 1\)\. Resize"),
    (255 * IMAGES, r"in \[0, 1\], but they go from .* to 2\d\d.*Divide .* 255"),
    (IMAGES - 1, r"in \[0, 1\], but they go from -"),
    (np.where(IMAGES > 0.5, np.nan, IMAGES), "images must be finite"),
    (np.ma.masked_less(IMAGES, 0.01), r"images must have no masked values, but "
     r"\d+ are masked\. Leave out their rows\."),
    (IMAGES.astype(str), "images must be an array of numbers, but its type is"),
])
def test_bad_images(images, message):
  with pytest.raises(ValueError, match=message):
    arrays.images(images, SHAPE)


@pytest.mark.parametrize(("codes", "message"), [
    (np.ones(3), r"\[number, 3\], but the shape is \(3,\)\. Give a row of 3"),
    (np.ones([4, 2]), r"\[number, 3\], but the shape is \(4, 2\)"),
    ([[1.0, np.inf, 0.0]], "codes must be finite"),
])
def test_bad_codes(codes, message):
  with pytest.raises(ValueError, match=message):
    arrays.codes(codes, 3)
