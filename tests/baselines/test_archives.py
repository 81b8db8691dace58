"""Archives made to harm: what happens with each, and that nothing is left."""
import os
import stat
import struct
import zipfile

import numpy as np
import pytest
from support import small_baselines

from sparse_disent.baselines import archives

GOOD = "151/metrics/mean/mig/results/aggregate/evaluation.json"


def archive(path, *members, method=zipfile.ZIP_DEFLATED):
  with zipfile.ZipFile(path, "w", method) as file:
    for name, content in members:
      file.writestr(name, content)
  return path


def link(name, target):
  """A member that unpacks to a symbolic link."""
  info = zipfile.ZipInfo(name)
  info.create_system = 3
  info.external_attr = (stat.S_IFLNK | 0o777) << 16
  return info, target


@pytest.mark.parametrize("name, problem", [
    ("../../.bashrc", "leads out of the folder"),
    ("151/../../x.json", "leads out of the folder"),
    ("/etc/cron.d/x", "is an absolute path"),
    ("C:/Windows/x.json", "is an absolute path"),
    ("c:x.json", "is an absolute path"),
    ("\\\\server\\share", "is an absolute path"),
    ("151\\..\\x.json", "has characters"),
    ("151//x.json", "is no plain path"),
    ("151/./x.json", "is no plain path"),
    ("151/\x1b[2J.json", "has characters")])
def test_one_hostile_name_refuses_the_whole_archive(tmp_path, name, problem):
  path = archive(tmp_path / "151.zip", (GOOD, "{}"), (name, "x"))
  with pytest.raises(ValueError, match=f"151.zip' is hostile.*{problem}.*"
                     "Nothing was read.*source you trust"):
    archives.Archive(path)
  assert os.listdir(tmp_path) == ["151.zip"]


def test_a_name_with_a_nul_is_refused(tmp_path):
  path = archive(tmp_path / "a.zip", ("151/good.json#../x", "x"))
  path.write_bytes(path.read_bytes().replace(b"#../x", b"\0../x"))
  with pytest.raises(ValueError, match="hostile"):
    archives.Archive(path)


def test_links_and_devices_are_refused(tmp_path):
  path = archive(tmp_path / "a.zip", link(GOOD, "/etc/passwd"))
  with pytest.raises(ValueError, match="hostile.*is a symbolic link"):
    archives.Archive(path)
  device = zipfile.ZipInfo("x")
  device.external_attr = stat.S_IFCHR << 16
  with pytest.raises(ValueError, match="hostile.*is no file"):
    archives.Archive(archive(tmp_path / "b.zip", (device, "")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", [GOOD, GOOD.upper()])
def test_names_that_are_there_twice_are_refused(tmp_path, second):
  path = archive(tmp_path / "a.zip", (GOOD, "{}"), (second, '{"a": 1}'))
  with pytest.raises(ValueError, match="hostile.*is there twice"):
    archives.Archive(path)


def test_a_bomb_is_not_decompressed(tmp_path):
  path = archive(tmp_path / "a.zip", (GOOD, b" " * 50_000_000))
  assert path.stat().st_size < 100_000
  with archives.Archive(path) as tree:
    with pytest.raises(ValueError, match=r"grows 1,0\d\d-fold to 50,000,000 "
                       "bytes: a zip bomb"):
      tree.read(GOOD, 10**9)


def test_what_an_archive_says_of_sizes_is_not_believed(tmp_path):
  """A bomb whose directory and header claim that it is small."""
  path = archive(tmp_path / "a.zip", (GOOD, b" " * 30_000_000))
  claimed = path.read_bytes().replace(
      struct.pack("<L", 30_000_000), struct.pack("<L", 90_000))
  path.write_bytes(claimed)
  with archives.Archive(path) as tree:
    with pytest.raises(ValueError, match="damaged or truncated"):
      tree.read(GOOD, 100_000)


def test_what_is_read_is_bounded_one_by_one_and_together(
    tmp_path, monkeypatch):
  members = [(f"{i}.json", os.urandom(1000)) for i in range(3)]
  path = archive(tmp_path / "a.zip", *members)
  with archives.Archive(path) as tree:
    with pytest.raises(ValueError, match="0.json' has more than 999 bytes"):
      tree.read("0.json", 999)
  monkeypatch.setattr(archives, "MOST_BYTES", 2500)
  with archives.Archive(path) as tree:
    assert tree.read("0.json", 1000) == members[0][1]
    tree.read("1.json", 1000)
    with pytest.raises(ValueError, match="2.json' has more than 500 bytes"):
      tree.read("2.json", 1000)


def test_the_number_of_members_is_bounded(tmp_path, monkeypatch):
  monkeypatch.setattr(archives, "MOST_MEMBERS", 2)
  path = archive(tmp_path / "a.zip", *((f"{i}", "") for i in range(3)))
  with pytest.raises(ValueError, match="holds more than 2 files: too many"):
    archives.Archive(path)
  folder = small_baselines.write_folder(
      tmp_path / "f", {f"{i}": "" for i in range(3)})
  with pytest.raises(ValueError, match="more than 2 files"):
    archives.Folder(folder).names()


def test_other_compressions_are_not_read(tmp_path):
  path = archive(tmp_path / "a.zip", (GOOD, "{}"), method=zipfile.ZIP_LZMA)
  with archives.Archive(path) as tree:
    with pytest.raises(ValueError, match="compressed in a way that is not"):
      tree.read(GOOD, 100)


@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.95])
def test_truncated_archives_are_named(tmp_path, kept):
  path = archive(tmp_path / "151.zip", (GOOD, os.urandom(5000)))
  data = path.read_bytes()
  path.write_bytes(data[:int(kept * len(data)) if kept < 1 else kept])
  with pytest.raises(ValueError, match="151.zip' is no whole zip archive, but "
                     "damaged or truncated.*Get it again"):
    archives.Archive(path)


def test_damage_inside_is_found(tmp_path):
  path = archive(tmp_path / "a.zip", (GOOD, b"x" * 100),
                 method=zipfile.ZIP_STORED)
  path.write_bytes(path.read_bytes().replace(b"xxx", b"xyx"))
  with archives.Archive(path) as tree:
    with pytest.raises(ValueError, match=f"'{GOOD}' in '.*a.zip' is no whole"):
      tree.read(GOOD, 1000)


def test_damage_of_any_kind_is_one_clear_error(tmp_path):
  """Bytes changed at random: each archive is read right, or refused."""
  whole = archive(tmp_path / "a.zip", (GOOD, b"0123456789" * 20),
                  ("151/model.json", "{}")).read_bytes()
  random = np.random.RandomState(0)
  refused = 0
  for _ in range(1500):
    data = np.frombuffer(whole, np.uint8).copy()
    places = random.randint(len(data), size=random.randint(1, 4))
    data[places] = random.randint(256, size=len(places))
    (tmp_path / "b.zip").write_bytes(data.tobytes())
    try:
      with archives.Archive(tmp_path / "b.zip") as tree:
        for name in tree.names():
          if name == GOOD:
            assert tree.read(name, 1000) == b"0123456789" * 20
    except ValueError as error:
      assert "b.zip" in str(error) and "Get it again" in str(error)
      refused += 1
  assert refused > 500


def test_whole_archives_and_folders_are_read_alike(tmp_path):
  members = {"a/b.json": "{}", "c.txt": "text"}
  path = small_baselines.write_zip(tmp_path / "a.zip", members)
  folder = small_baselines.write_folder(tmp_path / "f", members)
  for place in (path, folder):
    with archives.opened(place) as tree:
      assert tree.names() == ["a/b.json", "c.txt"]
      assert tree.read("c.txt", 4) == b"text"


def test_folders_are_read_without_following_links(tmp_path):
  small_baselines.write_folder(tmp_path / "secret", {"x.json": "{}"})
  folder = small_baselines.write_folder(tmp_path / "f", {"a.json": "{}"})
  (folder / "linked").symlink_to(tmp_path / "secret")
  (folder / "b.json").symlink_to(tmp_path / "secret/x.json")
  assert archives.Folder(folder).names() == ["a.json"]


def test_a_directory_of_millions_is_not_read(tmp_path, monkeypatch):
  """A member takes half a kilobyte of memory, and 50 bytes of an archive."""
  path = archive(tmp_path / "a.zip", *((f"{i}", "") for i in range(30)))
  monkeypatch.setattr(archives, "MOST_MEMBERS", 20)
  monkeypatch.setattr(archives.zipfile, "ZipFile", None)
  with pytest.raises(ValueError, match="holds more than 20 files"):
    archives.Archive(path)
