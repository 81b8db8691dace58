"""Re-rendered dSprites against the original's images and upstream's reader."""
import hashlib
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from sparse_disent.data import dsprites
from sparse_disent.data import files
from sparse_disent.data import packed

# Pixels that are on in the original: its published mean times its size.
ORIGINAL_ON = 128_328_862
# Of all images, 8 pixels a byte. Computed by another renderer, which draws row
# by row with a loop and compares each pixel centre with each crossing.
SHA256 = "3a228f4037ef3d42a42588e0e01f1078aa2df13cfa17584e88c95ed9fb5672da"
AS_UPSTREAM_READS = {
    "sha256": SHA256, "shape": [737280, 64, 64], "dtype": "uint8",
    "factor_sizes": [1, 3, 6, 40, 32, 32], "sampled_is_indexed": True}

READ_WITH_UPSTREAM = """
import hashlib, json, numpy as np
from disentanglement_lib.data.ground_truth import dsprites
data = dsprites.DSprites([1, 2, 3, 4, 5])
sha256, num_on = hashlib.sha256(), 0
for start in range(0, len(data.images), 8192):
  images = data.images[start:start + 8192]
  sha256.update(np.packbits(images).tobytes())
  num_on += int(images.sum(dtype=np.int64))
factors = np.array([[2, 5, 39, 31, 0]])
sampled = data.sample_observations_from_factors(
    factors, np.random.RandomState(0))
index = np.ravel_multi_index(factors[0], [3, 6, 40, 32, 32])
print(json.dumps({
    "numpy": np.__version__, "sha256": sha256.hexdigest(), "num_on": num_on,
    "shape": data.images.shape, "dtype": str(data.images.dtype),
    "factor_sizes": data.factor_sizes.tolist(),
    "sampled_is_indexed": bool((sampled[0, :, :, 0]
                                == data.images[index]).all())}))
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
  """A data directory with the whole file, written once."""
  path = tmp_path_factory.mktemp("data")
  dsprites.write(str(path))
  return path


def test_original_images_are_reproduced(shared):
  with np.load(shared / "data" / "dsprites_real270.npz") as real:
    images, classes = real["imgs"], real["latents_classes"]
  assert len(images) == 270
  for image, (_, shape, scale, orientation, x, y) in zip(
      images, classes, strict=True):
    block = dsprites.render_block(shape, scale, orientation)
    rendered = np.unpackbits(block[32 * x + y]).reshape([64, 64])
    np.testing.assert_array_equal(rendered, image)


def winding_number(corners, points):
  """Sums the signed angles under which a point sees the sides of a polygon."""
  rays = corners[None] - points[:, None]
  following = np.roll(rays, -1, axis=1)
  cross = rays[..., 0] * following[..., 1] - rays[..., 1] * following[..., 0]
  angles = np.arctan2(cross, (rays * following).sum(-1))
  return angles.sum(1) / (2 * np.pi)


def test_pixel_is_on_if_its_centre_is_inside():
  # A turned ellipse with half axes 6.384 and 3.609 (scale 0.5) typed anew, at
  # the centre of posX 7 and posY 20.
  t = np.arange(100) * 2 * np.pi / 100
  angle = 2 * np.pi * 11 / 39
  right, down = 6.384 * np.cos(t), 9.6 / 1.33 / 2 * np.sin(t)
  corners = np.stack([
      16 + 32 * 7 / 31 + right * np.cos(angle) + down * np.sin(angle),
      16 + 32 * 20 / 31 - right * np.sin(angle) + down * np.cos(angle)], 1)
  corners = np.round(corners * 256) / 256
  rows, columns = np.mgrid[:64, :64] + .5
  inside = np.abs(winding_number(
      corners, np.stack([columns.ravel(), rows.ravel()], 1))) > .5
  rendered = np.unpackbits(dsprites.render_block(1, 0, 11)[32 * 7 + 20])
  np.testing.assert_array_equal(rendered, inside)
  assert 60 < rendered.sum() < 80  # The ellipse's area is 72.4 pixels.


@pytest.mark.parametrize("shape, scale, orientation, x, y", [
    (0, 0, 0, 3, 3), (0, 5, 17, 0, 31), (1, 3, 29, 31, 16), (2, 5, 8, 12, 0),
    (2, 1, 33, 30, 31)])
def test_raster_agrees_with_winding_numbers(shape, scale, orientation, x, y):
  across, down = dsprites.corners(shape, scale, orientation)
  rows, columns = np.mgrid[:64, :64] + .5
  turns = winding_number(np.stack([across[x], down[y]], 1),
                         np.stack([columns.ravel(), rows.ravel()], 1))
  block = dsprites.render_block(shape, scale, orientation)
  assert block.shape == (1024, 512) and block.dtype == np.uint8
  rendered = np.unpackbits(block[32 * x + y])
  off_the_edge = np.abs(np.abs(turns) - .5) > .4
  assert off_the_edge.sum() > 4000
  np.testing.assert_array_equal(
      rendered[off_the_edge], np.abs(turns[off_the_edge]) > .5)


def test_file_has_what_the_original_has(directory):
  with np.load(directory / files.DSPRITES, allow_pickle=True) as data:
    assert set(data.files) == {
        "imgs", "metadata", "latents_classes", "latents_values"}
    metadata, classes, values = (
        data["metadata"], data["latents_classes"], data["latents_values"])
  assert metadata.shape == () and metadata.dtype == object
  facts = metadata[()]
  assert facts["re_rendered"] is True
  assert facts["description"].startswith(
      "Re-rendered dSprites, not the original file")
  assert facts["latents_names"] == (
      "color", "shape", "scale", "orientation", "posX", "posY")
  # The original's own notebook computes with these as arrays.
  np.testing.assert_array_equal(
      facts["latents_sizes"][::-1].cumprod()[::-1],
      [737280, 737280, 245760, 40960, 1024, 32])
  assert classes.shape == (737280, 6) and classes.dtype == np.int64
  np.testing.assert_array_equal(
      classes[123456],
      [0, *np.unravel_index(123456, [3, 6, 40, 32, 32])])
  assert values.shape == (737280, 6) and values.dtype == np.float64
  np.testing.assert_allclose(values[-1], [1, 3, 1, 2 * np.pi, 1, 1])
  np.testing.assert_allclose(values[0], [1, 1, .5, 0, 0, 0])
  np.testing.assert_allclose(values[1024 + 32 + 1], [
      1, 1, .5, 2 * np.pi / 39, 1 / 31, 1 / 31])


def test_packed_images_lie_beside_it(directory, monkeypatch):
  """All users of a shared folder that they cannot write in find them."""
  monkeypatch.setattr(packed, "_pack_to", lambda *_: pytest.fail())
  images = packed.load(str(directory / files.DSPRITES))
  sha256 = hashlib.sha256()
  for start in range(0, len(images), 8192):
    sha256.update(np.packbits(images[start:start + 8192]).tobytes())
  assert sha256.hexdigest() == SHA256


def test_metadata_names_no_module_that_numpy_1_lacks(directory):
  with zipfile.ZipFile(directory / files.DSPRITES) as archive:
    pickled = archive.read("metadata.npy")
  assert b"numpy.core.multiarray\n_reconstruct" in pickled
  assert b"numpy._core" not in pickled


def read_with_upstream(python, directory):
  """Returns the NumPy version of `python` and what upstream finds there."""
  environment = {
      key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
  environment[files.VARIABLE] = str(directory)
  result = subprocess.run(
      [python, "-c", READ_WITH_UPSTREAM], capture_output=True, text=True,
      env=environment, cwd=directory)
  assert result.returncode == 0, result.stderr
  facts = json.loads(result.stdout.splitlines()[-1])
  return facts.pop("numpy"), facts


def test_upstream_reads_the_file(directory):
  _, facts = read_with_upstream(sys.executable, directory)
  assert abs(facts.pop("num_on") - ORIGINAL_ON) == 2
  assert facts == AS_UPSTREAM_READS


def test_upstream_with_tensorflow_1_reads_the_file(directory, tf1_python):
  numpy_version, facts = read_with_upstream(tf1_python, directory)
  assert numpy_version.startswith("1.")
  assert abs(facts.pop("num_on") - ORIGINAL_ON) == 2
  assert facts == AS_UPSTREAM_READS


def test_existing_file_is_refused_before_rendering(tmp_path, monkeypatch):
  path = tmp_path / files.DSPRITES
  path.parent.mkdir()
  path.write_bytes(b"precious")
  monkeypatch.setattr(dsprites, "render_block", lambda *_: pytest.fail())
  with pytest.raises(FileExistsError, match="exists and is never overwritten"):
    dsprites.write(str(tmp_path))
  assert path.read_bytes() == b"precious"
  assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("disk full")])
def test_nothing_stays_after_an_error(tmp_path, monkeypatch, error):
  seen = []

  def fail(*unused_block):
    seen.extend((tmp_path / "dsprites").iterdir())
    raise error

  monkeypatch.setattr(dsprites, "render_block", fail)
  with pytest.raises((KeyboardInterrupt, OSError)):
    dsprites.write(str(tmp_path))
  # The temporary file and the lock were there.
  assert sorted(path.suffix for path in seen) == [".lock", ".tmp"]
  assert not list(tmp_path.iterdir())


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
  (tmp_path / "afile").touch()
  with pytest.raises(NotADirectoryError, match="^the folder of the data set is "
                     "'.*', but '.*afile' is a file. Give another directory.$"):
    dsprites.write(str(tmp_path / "afile"))


def test_remote_directory_is_refused():
  with pytest.raises(ValueError, match="Cannot write to 'gs://bucket': give a "
                     "directory of this machine"):
    dsprites.write("gs://bucket")


@pytest.mark.parametrize("metadata, origin", [
    ({"re_rendered": True, "author": "sparse_disent"}, "re-rendered"),
    # The original's own entries.
    ({"author": "lmatthey@google.com", "title": "dSprites dataset"},
     "original"),
    ({"latents_sizes": [1, 3, 6, 40, 32, 32]}, "of unknown origin")])
def test_origin(tmp_path, metadata, origin):
  path = tmp_path / "dsprites.npz"
  np.savez(path, metadata=np.array(metadata, dtype=object))
  assert dsprites.origin(str(path)) == origin
