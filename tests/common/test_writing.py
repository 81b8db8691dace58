"""Files that appear whole or not at all."""
import os
import pickle

import numpy as np
import pytest

from sparse_disent.common import writing


def test_file_appears_at_the_end_and_alone(tmp_path):
  path = tmp_path / "new" / "file"
  with writing.new_file(str(path)) as handle:
    handle.write(b"content")
    assert not path.exists()
  assert path.read_bytes() == b"content"
  assert os.listdir(path.parent) == ["file"]


def test_permissions_are_those_of_any_new_file(tmp_path):
  (tmp_path / "usual").write_bytes(b"")
  with writing.new_file(str(tmp_path / "file")):
    pass
  assert ((tmp_path / "file").stat().st_mode
          == (tmp_path / "usual").stat().st_mode)


def test_existing_file_is_refused(tmp_path):
  path = tmp_path / "file"
  path.write_bytes(b"old")
  with pytest.raises(FileExistsError) as error, writing.new_file(str(path)):
    pytest.fail("the block must not run")
  assert str(error.value) == (
      f"File {str(path)!r} exists and is never overwritten. Use it as it is, "
      "or move it away, or choose another directory.")


def test_existing_file_is_replaced_once_the_new_one_is_complete(tmp_path):
  path = tmp_path / "file"
  path.write_bytes(b"old")
  with pytest.raises(KeyError), writing.new_file(
      str(path), replace=True) as handle:
    handle.write(b"half")
    raise KeyError
  assert path.read_bytes() == b"old"
  with writing.new_file(str(path), replace=True) as handle:
    handle.write(b"new")
    assert path.read_bytes() == b"old"
  assert path.read_bytes() == b"new"
  assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("hard_links", [True, False])
def test_file_of_a_faster_process_wins(tmp_path, monkeypatch, hard_links):
  if not hard_links:
    monkeypatch.setattr(os, "link", raise_not_supported)
  path = tmp_path / "file"
  with (pytest.raises(FileExistsError, match="never overwritten"),
        writing.new_file(str(path)) as handle):
    handle.write(b"slow")
    path.write_bytes(b"fast")
  assert path.read_bytes() == b"fast"
  assert os.listdir(tmp_path) == ["file"]


def test_file_system_without_hard_links(tmp_path, monkeypatch):
  monkeypatch.setattr(os, "link", raise_not_supported)
  with writing.new_file(str(tmp_path / "file")) as handle:
    handle.write(b"content")
  assert (tmp_path / "file").read_bytes() == b"content"
  assert os.listdir(tmp_path) == ["file"]


def raise_not_supported(*unused_paths):
  raise OSError(95, "Operation not supported")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("folder", ["", "new"])
def test_nothing_stays_after_an_error(tmp_path, error, folder):
  with (pytest.raises(error),
        writing.new_file(str(tmp_path / folder / "file")) as handle):
    handle.write(b"half")
    raise error
  assert os.listdir(tmp_path) == []


def test_portable_pickle():
  value = {"sizes": np.arange(3), "names": ("a", "b"), "scalar": np.int64(5)}
  pickled = writing.portable_pickle(np.array(value, dtype=object))
  assert b"numpy.core.multiarray\n" in pickled
  assert b"_core" not in pickled
  restored = pickle.loads(pickled)
  assert restored.shape == () and restored.dtype == object
  restored = restored[()]
  np.testing.assert_array_equal(restored.pop("sizes"), [0, 1, 2])
  assert restored == {"names": ("a", "b"), "scalar": 5}
