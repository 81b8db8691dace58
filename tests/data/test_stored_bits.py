import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from sparse_disent.data import stored_bits

BITS = np.random.RandomState(0).randint(
    256, size=[1000, 4, 2]).astype(np.uint8)


@pytest.fixture(name="path")
def a_path(tmp_path):
  with open(tmp_path / "bits", "wb") as file:
    # Pieces that do not end where the checksums do.
    stored_bits.write(file, BITS.shape, np.array_split(BITS, 7))
  return str(tmp_path / "bits")


def overwrite(path, image, value=b"\xff" * 8, times=1):
  with open(path, "r+b") as file:
    file.seek(128 + 8 * image)
    file.write(value * times)


def mapped(path):
  """KiB of a file that this process holds, as Linux counts them."""
  with open("/proc/self/smaps") as file:
    lines = iter(file.readlines())
  return sum(int(next(line for line in lines if line.startswith("Rss")).split(
  )[1]) for line in lines if line.rstrip().endswith(path))


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps"), reason="no Linux")
def test_a_process_holds_a_part_of_the_file_at_a_time(tmp_path):
  path = str(tmp_path / "bits")
  block = np.random.RandomState(0).randint(256, size=[4096, 64, 8])
  with open(path, "wb") as file:
    stored_bits.write(file, (4 * 4096, 64, 8), [block.astype(np.uint8)] * 4)
  bits = stored_bits.StoredBits(path)
  for image in range(0, 4 * 4096, 100):
    numbers = np.arange(image, image + 100) % 4096
    np.testing.assert_array_equal(bits[numbers], block[numbers])
    assert mapped(path) < 2000  # The file has 8,192 KiB.
  for image in range(2000):
    bits[image * 7 % 4096]
  assert mapped(path) < 2000
  part = bits[:3000]  # A view stays what it is.
  bits[list(range(2000))]
  np.testing.assert_array_equal(part, block[:3000])


def test_what_is_written_is_read(path):
  bits = stored_bits.StoredBits(path)
  assert (bits.shape, bits.size, len(bits)) == ((1000, 4, 2), 8000, 1000)
  np.testing.assert_array_equal(bits[:], BITS)
  np.testing.assert_array_equal(bits[[999, 3, -1, 3]], BITS[[999, 3, -1, 3]])
  np.testing.assert_array_equal(np.array(bits), BITS)
  np.testing.assert_array_equal(pickle.loads(pickle.dumps(bits))[:], BITS)
  # NumPy's own reader takes no notice of the checksums.
  with open(path, "rb") as file:
    np.testing.assert_array_equal(np.load(file), BITS)


def test_a_changed_image_is_named_by_its_block_and_others_are_read(path):
  overwrite(path, 700)
  bits = stored_bits.StoredBits(path)
  np.testing.assert_array_equal(bits[[0, 511, 768]], BITS[[0, 511, 768]])
  for index in (512, slice(None), [0, 767]):
    with pytest.raises(ValueError, match=f"{path}' are damaged: images 512 to "
                                         "767 do not have their checksum"):
      bits[index]


def test_images_that_are_overwritten_during_training(path):
  bits = stored_bits.StoredBits(path)
  np.testing.assert_array_equal(bits[:], BITS)
  os.utime(path)  # No damage.
  np.testing.assert_array_equal(bits[:], BITS)
  overwrite(path, 0, times=1000)
  os.utime(path, ns=(1, 1))  # Also where clocks are coarse.
  with pytest.raises(ValueError, match="images 0 to 255 do not have"):
    bits[3]


@pytest.mark.parametrize("size", [0, 100, 128, 4000, 8127, 8147])
def test_a_truncated_file_is_an_error_at_once_and_in_use(path, size):
  bits = stored_bits.StoredBits(path)
  bits[:]
  os.truncate(path, size)
  with pytest.raises(ValueError, match=f"{path}' are damaged: .*Delete that"):
    bits[0]
  with pytest.raises(ValueError, match=f"{path}' are damaged: .*Delete that"):
    stored_bits.StoredBits(path)


@pytest.mark.parametrize("position", [8128, 8143, 8144, 8150, 8155, 8159])
def test_damaged_checksums(path, position):
  with open(path, "r+b") as file:
    file.seek(position)
    byte = file.read(1)
    file.seek(position)
    file.write(bytes([byte[0] ^ 1]))
  with pytest.raises(ValueError, match="its checksums are damaged"):
    stored_bits.StoredBits(path)


def test_a_deleted_file_stays_readable(path):
  bits = stored_bits.StoredBits(path)
  os.remove(path)
  np.testing.assert_array_equal(bits[:], BITS)


def test_files_are_closed(path):
  before = len(os.listdir("/proc/self/fd"))
  bits = stored_bits.StoredBits(path)
  assert len(os.listdir("/proc/self/fd")) > before
  del bits
  assert len(os.listdir("/proc/self/fd")) == before


def test_truncation_under_a_running_process_is_no_bus_error(path):
  code = ("import os, sys\n"
          "from sparse_disent.data import stored_bits\n"
          "bits = stored_bits.StoredBits(sys.argv[1])\n"
          "bits[:]\n"
          "os.truncate(sys.argv[1], 200)\n"
          "try: bits[999]\n"
          "except ValueError as error: print(error)\n")
  result = subprocess.run([sys.executable, "-c", code, path], text=True,
                          capture_output=True, check=True)
  assert "are damaged: it has 200 bytes, not 8,160" in result.stdout
