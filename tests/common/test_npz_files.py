import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from sparse_disent.common import npz_files


class Program:
  """A pickle that makes a folder when it is opened."""

  def __init__(self, folder):
    self._folder = folder

  def __reduce__(self):
    return os.mkdir, (str(self._folder),)


def write(path, **members):
  """Writes bytes as the members of an npz file."""
  with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
    for name, content in members.items():
      archive.writestr(f"{name}.npy", content)
  return path


def npy(array, **header):
  """The bytes of an array, with a header that may lie."""
  stream = io.BytesIO()
  np.lib.format.write_array_header_1_0(stream, {
      "descr": np.lib.format.dtype_to_descr(array.dtype),
      "fortran_order": False, "shape": array.shape, **header})
  return stream.getvalue() + array.tobytes()


def test_arrays_come_back(tmp_path):
  arrays = {"a": np.arange(6.0).reshape(2, 3), "b/c": np.array(["x"]),
            "d": np.asfortranarray(np.eye(3)), "e": np.zeros([0, 2])}
  np.savez_compressed(tmp_path / "x.npz", **arrays)
  found = npz_files.read(tmp_path / "x.npz")
  assert found.keys() == arrays.keys()
  for name, array in arrays.items():
    np.testing.assert_array_equal(found[name], array)
  assert npz_files.read(tmp_path / "x.npz", ["d"]).keys() == {"d"}


@pytest.mark.parametrize("content, message", [
    (npy(np.zeros(2), shape=(10**12,)), "is larger than the file says"),
    (npy(np.zeros(2), shape=(-1,)), "its shape is"),
    (npy(np.zeros(200)), "or than 1,000"),
    (npy(np.zeros(2))[:-1], "expected 16 bytes got 15"),
    (b"\x93NUMPY\x09\x00" + bytes(20), "format has the version"),
    (b"\x93NUMPY\x01\x00\x08\x00" + b"(" * 8, "EOF in"),
    (b"", "EOF: reading")])
def test_what_is_no_array(tmp_path, content, message):
  path = write(tmp_path / "x.npz", a=content)
  with pytest.raises(ValueError, match=f"'{path}' cannot be read: .*{message}"):
    npz_files.read(path, largest=1000)


def test_pickles_are_never_opened(tmp_path):
  """NumPy's own reader runs this program, if it is told to read pickles."""
  content = npy(np.zeros(0), descr="|O", shape=()) + pickle.dumps(
      Program(tmp_path / "made"))
  path = write(tmp_path / "x.npz", a=content)
  with pytest.raises(ValueError, match="'a' is a pickle, which is never"):
    npz_files.read(path)
  assert not (tmp_path / "made").exists()
  with np.load(path, allow_pickle=True) as data:
    data["a"]
  assert (tmp_path / "made").exists()


def test_what_is_no_archive_or_lacks_an_array(tmp_path):
  (tmp_path / "x.npz").write_bytes(b"PK")
  with pytest.raises(ValueError, match="cannot be read: File is not a zip"):
    npz_files.read(tmp_path / "x.npz")
  np.savez(tmp_path / "y.npz", a=1)
  with pytest.raises(ValueError, match="read: it lacks the array 'b'"):
    npz_files.read(tmp_path / "y.npz", ["b"])
  with pytest.raises(ValueError, match="cannot be read: it is no file"):
    npz_files.read(tmp_path)
