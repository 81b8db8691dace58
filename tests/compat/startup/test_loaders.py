"""Upstream's own loaders on small files of the real formats."""
import numpy as np
import PIL
import pytest
import scipy.io
from disentanglement_lib.data.ground_truth import cars3d
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import norb
from PIL import Image


def shrunk(image):
  """Makes 64 x 64 pixels with the filter once called ANTIALIAS."""
  return np.array(image.resize((64, 64), Image.Resampling.LANCZOS))


def test_cars3d_reads_a_mesh(tmp_path, monkeypatch):
  # As in the original: height, width, channels, azimuths, elevations.
  mesh = np.random.RandomState(0).randint(
      256, size=[128, 128, 3, 24, 4]).astype(np.uint8)
  scipy.io.savemat(tmp_path / "car_001_mesh.mat", {"im": mesh})
  monkeypatch.setattr(cars3d, "CARS3D_PATH", str(tmp_path))
  images = cars3d._load_mesh("car_001_mesh.mat")
  assert images.shape == (96, 64, 64, 3)
  for azimuth, elevation in ((0, 0), (6, 1), (23, 3)):
    expected = shrunk(Image.fromarray(mesh[..., azimuth, elevation])) / 255
    np.testing.assert_array_equal(images[4 * azimuth + elevation], expected)


@pytest.mark.parametrize("module", [cars3d, dsprites, norb])
def test_all_else_of_pillow_is_there(module):
  """A fork may draw, crop and blend with whatever Pillow has."""
  assert module.PIL.__version__ == PIL.__version__
  assert module.PIL.Image.BILINEAR == Image.BILINEAR
  assert module.PIL.Image.new("L", (2, 3)).size == (2, 3)
  image = module.PIL.Image.fromarray(np.zeros([8, 8], np.uint8), mode=None)
  image.thumbnail((4, 4), resample=Image.BILINEAR)
  assert image.size == (4, 4)


def write_matrix(path, array):
  """Writes SmallNORB's format: magic number, dimensions (3 or more), data."""
  magic = {np.dtype(np.uint8): 507333717, np.dtype(np.int32): 507333716}
  dims = list(array.shape) + [1] * (3 - array.ndim)
  header = np.array([magic[array.dtype], array.ndim, *dims], np.int32)
  path.write_bytes(header.tobytes() + array.tobytes())


def test_smallnorb_reads_its_chunks(tmp_path):
  images = np.random.RandomState(0).randint(
      256, size=[7, 2, 96, 96]).astype(np.uint8)
  categories = np.arange(7, dtype=np.int32)
  info = np.arange(28, dtype=np.int32).reshape([7, 4]) * 2
  write_matrix(tmp_path / "smallnorb-a-dat.mat", images)
  write_matrix(tmp_path / "smallnorb-a-cat.mat", categories)
  write_matrix(tmp_path / "smallnorb-a-info.mat", info)
  read, features = norb._load_small_norb_chunks(
      str(tmp_path / "smallnorb-{}-{}.mat"), ["a"])
  # Upstream reads signed bytes, which Pillow takes for unsigned integers.
  np.testing.assert_array_equal(read, [
      shrunk(Image.fromarray(image).convert("I")) / 255
      for image in images[:, 0]])
  np.testing.assert_array_equal(features[:, 0], categories)
  np.testing.assert_array_equal(features[:, 1:], info // [1, 1, 2, 1])


@pytest.mark.parametrize("size, thumbnail", [
    ((700, 548), (350, 274)), ((500, 548), (250, 274)), ((300, 200), None)])
def test_scream_picture_is_shrunk_to_fit(size, thumbnail):
  image = dsprites.PIL.Image.fromarray(
      np.zeros([size[1], size[0], 3], np.uint8))
  image.thumbnail((350, 274, 3))
  assert image.size == (thumbnail or size)
