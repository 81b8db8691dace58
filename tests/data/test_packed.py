"""Packed files against the array that upstream would hold."""
import io
import os
import pathlib
import pickle

import numpy as np
import pytest
from disentanglement_lib.data.ground_truth import dsprites
from support import small_dsprites

from sparse_disent.common import writing
from sparse_disent.data import packed
from sparse_disent.data import packed_images


@pytest.fixture(autouse=True)
def small_blocks_and_own_cache(monkeypatch, tmp_path):
  """96 images are 5 blocks, and no test touches the user's cache."""
  monkeypatch.setattr(packed, "_BLOCK", 20)
  monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def refuse(monkeypatch):
  """Returns a function that makes writing below a folder fail."""
  new_file = writing.new_file

  def refuse(folder):
    refused.append(str(folder))

  def refusing(path):
    if any(path.startswith(folder) for folder in refused):
      raise PermissionError(f"Permission denied: {path}")
    return new_file(path)

  refused = []
  monkeypatch.setattr(writing, "new_file", refusing)
  return refuse


def packed_files(folder):
  return sorted(folder.rglob("*.packed"))


def no_packing(*unused):
  raise AssertionError("packed again")


def test_file_is_an_eighth_and_shared(tmp_path, monkeypatch):
  path, images = small_dsprites.write(tmp_path)
  first = packed.load(path)
  place, = packed_files(tmp_path)
  assert place.parent == tmp_path / "dsprites"
  # NumPy's own reader and a generic header of 128 bytes.
  np.testing.assert_array_equal(
      np.load(place), np.packbits(images, axis=-1))
  # One checksum of 4 bytes, and the end of 16.
  assert place.stat().st_size == 128 + 96 * 512 + 4 + 16
  monkeypatch.setattr(packed, "_packed_blocks", no_packing)
  second = packed.load(path)
  assert len(pickle.dumps(second)) < 1000  # It holds no images.
  np.testing.assert_array_equal(first[:], second[:])


def test_new_npz_replaces_the_packed_file(tmp_path):
  path, _ = small_dsprites.write(tmp_path)
  bystander = tmp_path / "dsprites" / "mine.1.2.packed"
  bystander.write_bytes(b"precious")
  former = path.removesuffix(".npz") + ".1.2.packed.npy"
  pathlib.Path(former).touch()  # As it was called before it had checksums.
  old = packed.load(path)
  before = old[:]
  _, images = small_dsprites.write(tmp_path, seed=1)
  np.testing.assert_array_equal(packed.load(path)[:], images)
  assert len(packed_files(tmp_path)) == 2  # The new one and the bystander.
  assert bystander.read_bytes() == b"precious"
  assert not os.path.exists(former)
  np.testing.assert_array_equal(old[:], before)  # Who opened it keeps it.


def test_same_size_and_new_time_is_new(tmp_path):
  path, _ = small_dsprites.write(tmp_path)
  packed.load(path)
  first, = packed_files(tmp_path)
  os.utime(path, ns=(0, 1))
  packed.load(path)
  second, = packed_files(tmp_path)
  assert first != second


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_nothing_stays_of_an_interrupted_packing(tmp_path, monkeypatch, error):
  path, images = small_dsprites.write(tmp_path)
  packbits, left = np.packbits, [3]

  def fail_at_the_third(*args):
    left[0] -= 1
    if not left[0]:
      raise error
    return packbits(*args)

  with monkeypatch.context() as patch:
    patch.setattr(np, "packbits", fail_at_the_third)
    with pytest.raises(error):
      packed.load(path)
  assert [entry.name for entry in tmp_path.rglob("*") if entry.is_file()] == [
      os.path.basename(path)]
  np.testing.assert_array_equal(packed.load(path)[:], images)


def test_cache_serves_a_folder_that_cannot_be_written(
    tmp_path, refuse, capsys, monkeypatch):
  path, images = small_dsprites.write(tmp_path)
  refuse(tmp_path / "dsprites")
  np.testing.assert_array_equal(packed.load(path)[:], images)
  place, = packed_files(tmp_path)
  assert place.parent == tmp_path / "cache" / "sparse_disent"
  assert capsys.readouterr().err.splitlines()[-1] == (
      f"The packed images of {path} are in {place}.")
  monkeypatch.setattr(packed, "_packed_blocks", no_packing)
  np.testing.assert_array_equal(packed.load(path)[:], images)
  assert not capsys.readouterr().err


def test_cache_tells_data_folders_apart(tmp_path, refuse):
  folders = [tmp_path / "a", tmp_path / "b"]
  for folder in folders:
    folder.mkdir()
    refuse(folder)
  pairs = [small_dsprites.write(folder, seed)
           for seed, folder in enumerate(folders)]
  for path, images in pairs * 2:
    np.testing.assert_array_equal(packed.load(path)[:], images)
  assert len(packed_files(tmp_path)) == 2


def test_memory_serves_where_nothing_can_be_written(tmp_path, refuse, capsys):
  path, images = small_dsprites.write(tmp_path)
  refuse(tmp_path)
  np.testing.assert_array_equal(packed.load(path)[:], images)
  assert not packed_files(tmp_path)
  assert capsys.readouterr().err.splitlines()[-1].startswith(
      f"The packed images of {path} stay in memory, as no file could be "
      f"written: Permission denied: {tmp_path / 'cache'}")


def test_another_process_may_be_faster(tmp_path, monkeypatch, capsys):
  path, images = small_dsprites.write(tmp_path)
  pack_to = packed._pack_to

  def pack_to_after_another(*args):
    pack_to(*args)
    pack_to(*args)

  monkeypatch.setattr(packed, "_pack_to", pack_to_after_another)
  np.testing.assert_array_equal(packed.load(path)[:], images)
  assert len(packed_files(tmp_path)) == 1
  assert "cache" not in capsys.readouterr().err


def test_damaged_npz_is_an_error(tmp_path):
  path, _ = small_dsprites.write(tmp_path)
  with open(path, "r+b") as file:
    file.seek(5000)
    file.write(b"\0" * 100)
  with pytest.raises(ValueError, match=f"{path}' is no whole npz file: .*"
                     "(?i:crc|decompress).*Get it again"):
    packed.load(path)
  assert not packed_files(tmp_path)


@pytest.mark.parametrize("size", [0, 1000])
def test_a_damaged_packed_file_is_named(tmp_path, size):
  """As a copy of the data directory that was interrupted leaves it."""
  path, images = small_dsprites.write(tmp_path)
  packed.load(path)
  place, = packed_files(tmp_path)
  os.truncate(place, size)
  with pytest.raises(ValueError, match=f"{place}' are damaged: .*Delete that"):
    packed.load(path)
  place.unlink()
  np.testing.assert_array_equal(packed.load(path), images)


@pytest.mark.parametrize("images", [
    np.full([30, 64, 64], 2, np.uint8), np.ones([30, 64, 63], np.uint8),
    np.ones([30, 64, 64], np.float32), np.ones([30, 8], np.uint8)],
    ids=["gray", "odd", "float", "flat"])
def test_other_images_stay_an_array(tmp_path, images):
  path = str(tmp_path / "other.npz")
  np.savez(path, imgs=images)
  read = packed.load(path)
  assert type(read) is np.ndarray and read.dtype == images.dtype
  np.testing.assert_array_equal(read, images)
  assert os.listdir(tmp_path) == ["other.npz"]


def test_remote_file_is_packed_into_the_cache(tmp_path):
  path, images = small_dsprites.write(tmp_path)
  # An address that TensorFlow's file systems understand and Python's does not.
  np.testing.assert_array_equal(packed.load(f"file://{path}")[:], images)
  place, = packed_files(tmp_path)
  assert place.parent == tmp_path / "cache" / "sparse_disent"


@pytest.mark.parametrize("kind, arguments", [
    ("DSprites", []), ("DSprites", [[1, 2, 3, 4, 5]]),
    ("DSprites", [[2, 3, 4, 5]]), ("ColorDSprites", [[1, 2, 3, 4, 5]]),
    ("NoisyDSprites", [[1, 2, 3, 4, 5]]), ("AbstractDSprites", [])])
def test_upstreams_classes_give_the_same(
    tmp_path, monkeypatch, kind, arguments):
  monkeypatch.setattr(
      dsprites, "DSPRITES_PATH", small_dsprites.write(tmp_path)[0])
  ours = getattr(dsprites, kind)(*arguments)
  assert isinstance(ours.images, packed_images.PackedImages)
  with monkeypatch.context() as patch:
    patch.setattr(dsprites, "np", np)
    theirs = getattr(dsprites, kind)(*arguments)
  assert type(theirs.images) is np.ndarray
  assert vars(ours).keys() == vars(theirs).keys()
  assert ours.num_factors == theirs.num_factors
  assert ours.factors_num_values == theirs.factors_num_values
  samples = []
  for data in (ours, theirs):
    random_state = np.random.RandomState(3)
    samples.append([*data.sample(200, random_state), random_state.rand()])
  for a, b in zip(*samples, strict=True):
    assert np.asarray(a).dtype == np.asarray(b).dtype
    np.testing.assert_array_equal(a, b)


class Scaled(dsprites.DSprites):
  """A constructor of a fork's that computes with the images."""

  def __init__(self):
    super().__init__([1, 2, 3, 4, 5])
    self.images = self.images * 255
    self.flat = self.images.reshape([len(self.images), -1])


def test_constructors_may_compute_with_the_images(tmp_path, monkeypatch):
  path, images = small_dsprites.write(tmp_path)
  monkeypatch.setattr(dsprites, "DSPRITES_PATH", path)
  np.testing.assert_array_equal(
      Scaled().flat, images.reshape([96, 64 * 64]) * 255)


def test_the_module_reads_all_else_as_numpy_does(tmp_path):
  path, images = small_dsprites.write(tmp_path)
  with dsprites.np.load(path, allow_pickle=True) as data:
    assert isinstance(data, np.lib.npyio.NpzFile)
    assert sorted(data) == ["imgs", "metadata"]
    assert isinstance(data.get("imgs"), packed_images.PackedImages)
    assert isinstance(data.f.imgs, packed_images.PackedImages)
    as_floats = dsprites.np.array(data["imgs"], dtype=np.float32)
    np.testing.assert_array_equal(as_floats, images)
    assert as_floats.dtype == np.float32
    first, second = (dsprites.np.array(data["imgs"]) for _ in range(2))
  first[0] = 7
  np.testing.assert_array_equal(second, images)
  np.save(tmp_path / "labels.npy", [1, 2])
  np.testing.assert_array_equal(
      dsprites.np.load(str(tmp_path / "labels.npy")), [1, 2])
  with open(path, "rb") as file, dsprites.np.load(
      io.BytesIO(file.read()), allow_pickle=True) as data:
    assert type(data["imgs"]) is np.ndarray
