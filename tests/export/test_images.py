"""The images that modules are compared on."""
import gin
import numpy as np
import pytest
from disentanglement_lib.data.ground_truth import dummy_data

from sparse_disent.data import names
from sparse_disent.export import images


def results(tmp_path, *lines):
  (tmp_path / "gin").mkdir()
  (tmp_path / "gin" / "train.gin").write_text("\n".join(lines))
  return str(tmp_path)


def test_random_images():
  first, second = (images.random_images([4, 3, 2]) for _ in range(2))
  np.testing.assert_array_equal(first, second)
  assert first.shape == (64, 4, 3, 2)
  assert first.dtype == np.float32
  assert set(np.unique(first[::2])) == {0.0, 1.0}
  assert np.all((first[1::2] > 0.0) & (first[1::2] < 1.0))


def test_real_images(tmp_path):
  gin.bind_parameter("vae.beta", 3.0)
  actual, name = images.real_images(
      results(tmp_path, "import no_such_package", "no_such_thing.x = @y()",
              "dataset.name = 'dummy_data'"), [64, 64, 1])
  assert name == "dummy_data"
  assert actual.shape == (64, 64, 64, 1)
  expected = dummy_data.DummyData().sample_observations(
      64, np.random.RandomState(0))
  np.testing.assert_array_equal(actual, expected.astype(np.float32))
  assert gin.config_str() == ""


def test_no_results(tmp_path):
  for folder in (None, str(tmp_path)):
    assert images.real_images(folder, [64, 64, 1]) == (
        None, "there is no results/gin/train.gin that names a data set")


@pytest.mark.parametrize("line, message", [
    ("dataset.name = 'mnist'", "mnist"),
    ("dataset.name = 'other'", "Invalid data set name"),
    ("", "results/gin/train.gin names no data set")])
def test_no_data(tmp_path, monkeypatch, line, message):
  monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path))
  actual, description = images.real_images(
      results(tmp_path, line), [64, 64, 1])
  assert actual is None
  assert message in description


def broken():
  raise KeyError("images")


def unreadable():
  raise ImportError("No module named 'h5py'")


@pytest.mark.parametrize("factory, error", [
    (broken, "KeyError('images')"),
    (unreadable, 'ImportError("No module named \'h5py\'")')])
def test_a_data_set_of_a_user_that_fails(
    tmp_path, monkeypatch, factory, error):
  """A model can be compacted without its data."""
  monkeypatch.setattr(names, "_registered", {"own": factory})
  assert images.real_images(
      results(tmp_path, "dataset.name = 'own'"), [64, 64, 1]) == (
          None, f"own cannot be sampled: {error}")


def test_images_of_another_shape(tmp_path):
  assert images.real_images(
      results(tmp_path, "dataset.name = 'dummy_data'"), [32, 32, 1]) == (
          None, "dummy_data has images of shape (64, 64, 1) now")
