"""Files and folders that appear whole or not at all."""
import os

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


def names(folder):
  return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")
                if path.is_file())


def test_all_files_appear_and_nothing_else(tmp_path):
  writing.replace_files({
      str(tmp_path / "new/a.png"): b"a", str(tmp_path / "index"): b"i"})
  assert names(tmp_path) == ["index", "new/a.png"]
  assert (tmp_path / "new/a.png").read_bytes() == b"a"


def test_former_files_are_replaced(tmp_path):
  paths = {str(tmp_path / "a"): b"1", str(tmp_path / "index"): b"2"}
  writing.replace_files(paths)
  writing.replace_files(dict.fromkeys(paths, b"3"))
  assert (tmp_path / "a").read_bytes() == b"3"
  assert (tmp_path / "index").read_bytes() == b"3"


def test_a_failure_to_write_leaves_former_files(tmp_path):
  (tmp_path / "a").write_bytes(b"former")
  (tmp_path / "index").write_bytes(b"former")
  (tmp_path / "file").touch()
  with pytest.raises(OSError, match="file"):
    writing.replace_files({
        str(tmp_path / "a"): b"new", str(tmp_path / "file/b"): b"new",
        str(tmp_path / "index"): b"new"})
  assert names(tmp_path) == ["a", "file", "index"]
  assert (tmp_path / "a").read_bytes() == b"former"
  assert (tmp_path / "index").read_bytes() == b"former"


def test_the_index_is_never_there_with_half_of_the_files(tmp_path, monkeypatch):
  (tmp_path / "index").write_bytes(b"former")
  replace, seen = writing.os.replace, []

  def fail_at_second(source, target):
    seen.append((tmp_path / "index").exists())
    if len(seen) == 2:
      raise OSError("disk is gone")
    replace(source, target)

  monkeypatch.setattr(writing.os, "replace", fail_at_second)
  with pytest.raises(OSError, match="disk is gone"):
    writing.replace_files({
        str(tmp_path / name): b"new" for name in ("a", "b", "index")})
  assert seen == [False, False]
  assert names(tmp_path) == ["a"]


def make(path, **arguments):
  with writing.new_folder(str(path), **arguments) as folder:
    (path.parent / folder).mkdir()
    (path.parent / folder / "new").write_text("")


def test_new_folder(tmp_path):
  make(tmp_path / "a" / "b")
  assert [p.name for p in (tmp_path / "a").iterdir()] == ["b"]
  (tmp_path / "a/b/old").write_text("")
  with writing.new_folder(str(tmp_path / "a/b"), replace=True) as folder:
    (tmp_path / folder).mkdir()
    assert len(list((tmp_path / "a/b").iterdir())) == 2  # Still the old one.
  assert not list((tmp_path / "a/b").iterdir())


def test_new_folder_that_is_not_wanted(tmp_path):
  make(tmp_path / "b", publish=lambda: False)
  assert not list(tmp_path.iterdir())


def test_new_folder_after_an_error(tmp_path):
  make(tmp_path / "b")
  with pytest.raises(KeyboardInterrupt), \
      writing.new_folder(str(tmp_path / "b"), replace=True) as folder:
    (tmp_path / folder).mkdir()
    raise KeyboardInterrupt
  assert [p.name for p in tmp_path.rglob("*")] == ["b", "new"]


def test_new_folder_where_a_link_leads(tmp_path):
  """A link cannot become a folder: hours of work must not be lost by it."""
  (tmp_path / "disk/old").mkdir(parents=True)
  (tmp_path / "link").symlink_to("disk/old")
  make(tmp_path / "link", replace=True)
  assert (tmp_path / "link").is_symlink()
  assert os.listdir(tmp_path / "disk/old") == ["new"]
  assert sorted(os.listdir(tmp_path)) == ["disk", "link"]


@pytest.mark.parametrize("create", ["mkdir", "touch"])
def test_new_folder_does_not_replace_unless_asked_to(tmp_path, create):
  path = tmp_path / "b"
  with (pytest.raises(FileExistsError, match="b' exists and is never overwr"),
        writing.new_folder(str(path)) as folder):
    (tmp_path / folder).mkdir()
    getattr(path, create)()  # Another process was faster.
  assert list(tmp_path.iterdir()) == [path]
  with pytest.raises(FileExistsError):
    make(path)


@pytest.fixture
def no_exchange(monkeypatch):
  """A system that cannot exchange two folders at once, such as NFS."""
  monkeypatch.setattr(writing, "_swap", lambda one, other: False)


def test_folders_are_exchanged_at_once(tmp_path, monkeypatch):
  """So that a reader, or a kill, never finds none."""
  make(tmp_path / "b")
  monkeypatch.setattr(os, "rename", raise_not_supported)
  with writing.new_folder(str(tmp_path / "b"), replace=True) as folder:
    os.mkdir(folder)
  assert os.listdir(tmp_path) == ["b"]
  assert os.listdir(tmp_path / "b") == []


def test_former_folder_comes_back_if_the_new_one_cannot_take_its_place(
    tmp_path, monkeypatch, no_exchange):
  make(tmp_path / "b")
  rename, refused = os.rename, []

  def refuse(source, target):
    if source.endswith(".tmp"):
      assert not (tmp_path / "b").exists()  # The former one is out of the way.
      refused.append(target)
      raise OSError("disk is gone")
    rename(source, target)

  monkeypatch.setattr(os, "rename", refuse)
  with pytest.raises(OSError, match="disk is gone"), \
      writing.new_folder(str(tmp_path / "b"), replace=True) as folder:
    (tmp_path / folder).mkdir()
  assert refused == [str(tmp_path / "b")]
  assert [p.name for p in tmp_path.rglob("*")] == ["b", "new"]


def test_former_folder_stays_if_there_is_no_new_one(tmp_path):
  make(tmp_path / "b")
  with pytest.raises(FileNotFoundError), \
      writing.new_folder(str(tmp_path / "b"), replace=True):
    pass
  assert [p.name for p in tmp_path.rglob("*")] == ["b", "new"]


def die(*unused_args):
  os._exit(9)


@pytest.mark.parametrize("moment", [1, 2, "sync"])
def test_a_kill_while_a_folder_is_replaced(
    tmp_path, monkeypatch, no_exchange, moment):
  """Before each of the two renames, and before the folder is synced."""
  make(tmp_path / "b")
  child = os.fork()
  if not child:
    rename, renames = os.rename, []

    def die_at(*paths):
      renames.append(paths)
      if len(renames) == moment:
        die()
      rename(*paths)

    os.rename = die_at
    if moment == "sync":
      writing._sync_all = die
    try:
      with writing.new_folder(str(tmp_path / "b"), replace=True) as folder:
        os.mkdir(folder)
    finally:
      os._exit(0)
  assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
  assert (moment == 2) != (tmp_path / "b").exists()
  with writing.new_file(str(tmp_path / "b"), replace=True):
    assert (tmp_path / "b/new").is_file()  # It is back.
    (tmp_path / "b/new").unlink()
    (tmp_path / "b").rmdir()
  with writing.new_folder(str(tmp_path / "c")) as folder:
    os.mkdir(folder)
  assert sorted(os.listdir(tmp_path)) == ["b", "c"]
  (tmp_path / "b").unlink()
  make(tmp_path / "b")
  assert sorted(os.listdir(tmp_path)) == ["b", "c"]


def test_a_folder_that_another_process_is_writing(tmp_path):
  child = os.fork()
  if not child:
    try:
      make(tmp_path / "b", publish=lambda: os.kill(os.getpid(), 19) or True)
    finally:
      os._exit(0)
  os.waitpid(child, os.WUNTRACED)
  with pytest.raises(OSError, match=f"b' is being written by .* {child} on "):
    make(tmp_path / "b", replace=True)
  os.kill(child, 18)
  os.waitpid(child, 0)
  make(tmp_path / "b", replace=True)
  assert os.listdir(tmp_path) == ["b"]


def write_file(path):
  with writing.new_file(str(path), replace=True) as handle:
    handle.write(b"new")


def write_folder(path):
  with writing.new_folder(str(path), replace=True) as folder:
    os.makedirs(os.path.join(folder, "inner"))
    for name in ("a", "inner/b"):
      with open(os.path.join(folder, name), "wb") as handle:
        handle.write(b"new")


def write_files(path):
  writing.replace_files({str(path): b"new"})


WRITERS = pytest.mark.parametrize("write, parts", [
    (write_file, ["."]), (write_files, ["."]),
    (write_folder, ["a", "inner/b", "inner", "."])])


@WRITERS
def test_all_is_synced_before_it_gets_its_name(
    tmp_path, monkeypatch, write, parts):
  """And the folder after, in which the name is."""
  done, sync = [], os.fsync
  renames = {}

  def spy_sync(descriptor):
    done.append(("sync", os.readlink(f"/proc/self/fd/{descriptor}")))
    sync(descriptor)

  def spy_rename(rename):
    def renamed(source, target):
      done.append(("name", source))
      renames[source] = target
      rename(source, target)
    return renamed

  monkeypatch.setattr(os, "fsync", spy_sync)
  for name in ("rename", "replace"):
    monkeypatch.setattr(os, name, spy_rename(getattr(os, name)))
  write(tmp_path / "new")
  (temporary, target), = renames.items()
  assert target == str(tmp_path / "new")
  at = done.index(("name", temporary))
  assert sorted(path for _, path in done[:at]) == sorted(
      os.path.normpath(os.path.join(temporary, part)) for part in parts)
  assert done[at + 1:] == [("sync", str(tmp_path))]


def crash(*unused_args):
  raise SystemExit("killed")


@pytest.mark.parametrize("write", [write_file, write_files, write_folder])
def test_a_crash_before_the_rename_leaves_the_former(
    tmp_path, monkeypatch, no_exchange, write):
  write(tmp_path / "x")
  before = sorted(tmp_path.rglob("*"))
  for name in ("rename", "replace"):
    monkeypatch.setattr(os, name, crash)
  with pytest.raises(SystemExit):
    write(tmp_path / "x")
  assert sorted(tmp_path.rglob("*")) == before


@WRITERS
def test_a_file_system_that_cannot_sync_folders(
    tmp_path, monkeypatch, write, parts):
  sync = os.fsync

  def refuse_folders(descriptor):
    if os.path.isdir(f"/proc/self/fd/{descriptor}"):
      raise OSError(22, "Invalid argument")
    sync(descriptor)

  monkeypatch.setattr(os, "fsync", refuse_folders)
  write(tmp_path / "x")
  assert len(list(tmp_path.rglob("*"))) == len(parts)


@WRITERS
def test_a_failure_to_sync_leaves_the_former(
    tmp_path, monkeypatch, write, parts):
  write(tmp_path / "x")

  def fail(unused_descriptor):
    raise OSError(5, "Input/output error")

  monkeypatch.setattr(os, "fsync", fail)
  with pytest.raises(OSError, match="Input/output"):
    write(tmp_path / "x")
  assert len(list(tmp_path.rglob("*"))) == len(parts)


def test_links_in_a_new_folder_may_lead_nowhere(tmp_path):
  with writing.new_folder(str(tmp_path / "b")) as folder:
    os.mkdir(folder)
    os.symlink("nowhere", os.path.join(folder, "link"))
  assert os.listdir(tmp_path / "b") == ["link"]
