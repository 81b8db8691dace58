"""MNIST as ground truth data, on a small file of the same form."""
import gin
import numpy as np
import pytest
from disentanglement_lib.data.ground_truth import named_data
from support import small_mnist

from sparse_disent.data import files
from sparse_disent.data import mnist


@pytest.fixture(autouse=True)
def small_file(tmp_path, monkeypatch):
  monkeypatch.setenv(files.VARIABLE, str(tmp_path))
  return small_mnist.write(tmp_path)


@pytest.mark.parametrize("size", [32, 64])
def test_observations(size, small_file):
  data = mnist.MNIST(image_size=size)
  assert (data.num_factors, data.factors_num_values) == (1, [10])
  assert data.observation_shape == [size, size, 1]
  factors, observations = data.sample(50, np.random.RandomState(0))
  assert factors.shape == (50, 1)
  assert observations.shape == (50, size, size, 1)
  assert observations.dtype == np.float32
  block = size // 32
  for digit, image in zip(factors[:, 0], observations[..., 0], strict=True):
    small = image[::block, ::block]
    np.testing.assert_array_equal(np.kron(small, np.ones([block] * 2)), image)
    assert small[:2].max() == small[-2:].max() == 0
    assert small[:, :2].max() == small[:, -2:].max() == 0
    pixels = small[2:-2, 2:-2] * 255
    assert round(float(pixels[0, 0])) == digit
    original = digit * (digit + 1) // 2 + round(float(pixels[0, 1]))
    np.testing.assert_allclose(pixels, small_file[original], atol=1e-3)


def test_every_image_of_a_digit_comes_up_equally_often():
  images = mnist.MNIST(image_size=32).sample_observations_from_factors(
      np.full([6000, 1], 5), np.random.RandomState(0))
  counts = np.bincount(np.rint(images[:, 2, 3, 0] * 255).astype(int))
  assert counts.shape == (6,)
  error = np.sqrt(6000 * 1 / 6 * 5 / 6)
  assert np.all(np.abs(counts - 1000) < 4.5 * error)


def test_digits_are_uniform():
  factors = mnist.MNIST().sample_factors(10_000, np.random.RandomState(0))
  counts = np.bincount(factors[:, 0])
  assert counts.shape == (10,)
  assert np.all(np.abs(counts - 1000) < 4.5 * np.sqrt(900))


def test_the_random_state_decides():
  data = mnist.MNIST()
  one, again, other = (
      data.sample(20, np.random.RandomState(seed))[1] for seed in (0, 0, 1))
  np.testing.assert_array_equal(one, again)
  assert not np.array_equal(one, other)


def test_upstream_knows_it_by_name_and_gin_its_size():
  gin.parse_config("dataset.name = 'mnist'\nmnist.image_size = 32")
  data = named_data.get_named_ground_truth_data()
  assert isinstance(data, mnist.MNIST)
  assert data.observation_shape == [32, 32, 1]


def test_messages(monkeypatch, tmp_path):
  with pytest.raises(ValueError) as error:
    mnist.MNIST(image_size=28)
  assert str(error.value).splitlines()[0] == (
      "mnist.image_size must be 32 or 64, but is 28. Upstream's convolutional "
      "decoder makes 64 x 64 images.")
  monkeypatch.setenv(files.VARIABLE, str(tmp_path / "nowhere"))
  with pytest.raises(FileNotFoundError, match="Get it with `sparse-disent dat"):
    mnist.MNIST()


@pytest.mark.parametrize("size", [64.0, True, "64"])
def test_sizes_that_are_no_integers(size):
  with pytest.raises(ValueError, match=(
      f"mnist.image_size must be 32 or 64, but is {size!r}. ")):
    mnist.MNIST(image_size=size)
