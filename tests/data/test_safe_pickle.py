import io
import os
import pickle

import numpy as np
import pytest
from disentanglement_lib.data.ground_truth import dsprites as upstream
from support import small_dsprites

from sparse_disent.data import dsprites
from sparse_disent.data import files
from sparse_disent.data import packed
from sparse_disent.data import portable
from sparse_disent.data import safe_pickle

# As Python 2 and NumPy 1 pickled a dictionary with an array of int64, a text
# and a number of NumPy; made by hand from the documentation of pickle.
PYTHON_2 = (
    b"(dp0\nS'latents_sizes'\np1\ncnumpy.core.multiarray\n_reconstruct\np2\n"
    b"(cnumpy\nndarray\np3\n(I0\ntS'b'\ntRp4\n(I1\n(I2\ntcnumpy\ndtype\np5\n"
    b"(S'i8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\n"
    b"S'\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
    b"\\x03\\x00\\x00\\x00\\x00\\x00\\x00\\x00'\ntbsS'n'\nF0.5\ns.")


class Program:
  """Makes a folder when it is unpickled."""

  def __init__(self, path):
    self._path = str(path)

  def __reduce__(self):
    return os.mkdir, (self._path,)


def load(content):
  return safe_pickle.load(io.BytesIO(content), "x")


@pytest.mark.parametrize("protocol", range(5))
def test_arrays_and_plain_values(protocol):
  value = {"a": np.arange(6).reshape(2, 3), "b": ("x", 1.5, None, b"\xff"),
           "c": [np.array(["t"]), True], "d": np.float64(2.5)}
  found = load(pickle.dumps(value, protocol))
  np.testing.assert_array_equal(found["a"], value["a"])
  np.testing.assert_array_equal(found["c"][0], value["c"][0])
  assert found["b"] == value["b"] and found["d"] == 2.5


def test_what_python_2_wrote():
  found = load(PYTHON_2)
  assert found["latents_sizes"].tolist() == [1, 3] and found["n"] == 0.5


@pytest.mark.parametrize("content", [
    b"", b"\x80", b"\x80\x63.", b"cos\nsystem\n(S'true'\ntR.",
    b"c__builtin__\neval\n(S'1'\ntR.", b"\x80\x02ccopyreg\n_reconstructor\n.",
    b"\x80\x04\x8c\x02os\x8c\x06system\x93.", b"Pa\n.", b"I9\nQ.", b"(" * 9999,
    b"c_codecs\nencode\n(Va\nVzlib\ntR.", b"cnumpy\nload\n.", b"I" + b"9" * 9999
    + b"\n.", b"]\x940\x8c\x04a."])
def test_all_else_is_refused(content):
  with pytest.raises(ValueError, match="The pickle in x cannot be read"):
    load(content)


def hostile(tmp_path):
  """A file like dSprites', whose metadata is a program."""
  path, images = small_dsprites.write(tmp_path)
  np.savez_compressed(
      path, imgs=images,
      metadata=np.array(Program(tmp_path / "made"), dtype=object))
  return path


@pytest.mark.parametrize("read", [
    dsprites.origin, packed.load, lambda _: upstream.DSprites(),
    lambda _: upstream.ColorDSprites(), lambda path: upstream.np.load(
        path, allow_pickle=True)["metadata"]])
def test_no_way_of_reading_dsprites_runs_its_metadata(
    tmp_path, monkeypatch, read):
  path = hostile(tmp_path)
  monkeypatch.setattr(upstream, "DSPRITES_PATH", path)
  if read is packed.load:
    read(path)  # It reads the images alone.
  else:
    with pytest.raises(ValueError, match="asks for .*mkdir, and only NumPy"):
      read(path)
  assert not (tmp_path / "made").exists()
  with np.load(path, allow_pickle=True) as data:  # A test of this test.
    data["metadata"]
  assert (tmp_path / "made").exists()


def test_metadata_as_rendered_and_as_numpy_writes_them(tmp_path):
  facts = dsprites.metadata()
  for content in (portable.portable_pickle(np.array(facts, dtype=object)),
                  pickle.dumps(np.array(facts, dtype=object))):
    assert load(content)[()].keys() == facts.keys()
  assert files.DSPRITES in small_dsprites.write(tmp_path)[0]
