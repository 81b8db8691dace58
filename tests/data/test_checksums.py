import hashlib
import json
import os

import pytest
from support import small_dsprites

from sparse_disent.data import checksums
from sparse_disent.data import files


@pytest.fixture(name="cache", autouse=True)
def a_cache(tmp_path, monkeypatch):
  monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
  monkeypatch.setattr(checksums, "_SMALL", 3)
  return tmp_path / "cache/sparse_disent/checksums.json"


@pytest.fixture(name="digested")
def counted(monkeypatch):
  """Returns the list of the paths that were read."""
  paths, digest = [], checksums._digest
  monkeypatch.setattr(
      checksums, "_digest", lambda path: paths.append(path) or digest(path))
  return paths


def test_a_file_is_read_once_for_each_state(tmp_path, cache, digested):
  path = tmp_path / "a"
  path.write_bytes(b"abcd")
  for _ in range(2):
    assert checksums.sha256(str(path)) == hashlib.sha256(b"abcd").hexdigest()
  assert len(digested) == 1
  assert list(json.loads(cache.read_text())) == [os.path.realpath(path)]
  path.write_bytes(b"abce")
  os.utime(path, ns=(1, 1))
  assert checksums.sha256(str(path)) == hashlib.sha256(b"abce").hexdigest()
  assert len(digested) == 2


def test_small_files_are_not_cached(tmp_path, cache):
  (tmp_path / "a").write_bytes(b"ab")
  assert checksums.sha256(str(tmp_path / "a")) == (
      hashlib.sha256(b"ab").hexdigest())
  assert not cache.exists()


@pytest.mark.parametrize("content", ["", "[]", "{", '{"KEY": 1}', "[" * 9999])
def test_a_damaged_cache_is_as_none(tmp_path, cache, content):
  path = tmp_path / "a"
  path.write_bytes(b"abcd")
  cache.parent.mkdir(parents=True)
  cache.write_text(content.replace("KEY", str(path)))
  assert checksums.sha256(str(path)) == hashlib.sha256(b"abcd").hexdigest()
  assert os.path.realpath(path) in json.loads(cache.read_text())


def test_the_files_of_a_data_set(tmp_path, monkeypatch):
  monkeypatch.setenv(files.VARIABLE, str(tmp_path))
  monkeypatch.setattr(
      "disentanglement_lib.data.ground_truth.dsprites.DSPRITES_PATH",
      str(tmp_path / files.DSPRITES))
  path, _ = small_dsprites.write(tmp_path)
  with open(path, "rb") as file:
    content = file.read()
  assert checksums.facts("color_dsprites") == {"files": {files.DSPRITES: {
      "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}}}
  (tmp_path / "cars").mkdir()
  (tmp_path / "cars/b.mat").write_bytes(b"abcd")
  monkeypatch.setattr(files._Source, "location", files._Source.configured)
  assert list(checksums.facts("cars3d")["files"]) == ["cars/b.mat"]
  for name in ("dummy_data", "smallnorb", "of a user's"):
    assert checksums.facts(name) == {}
