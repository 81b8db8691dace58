import pytest

from sparse_disent.common import publishing


def names(folder):
  return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")
                if path.is_file())


def test_all_files_appear_and_nothing_else(tmp_path):
  publishing.replace_files({
      str(tmp_path / "new/a.png"): b"a", str(tmp_path / "index"): b"i"})
  assert names(tmp_path) == ["index", "new/a.png"]
  assert (tmp_path / "new/a.png").read_bytes() == b"a"


def test_former_files_are_replaced(tmp_path):
  paths = {str(tmp_path / "a"): b"1", str(tmp_path / "index"): b"2"}
  publishing.replace_files(paths)
  publishing.replace_files(dict.fromkeys(paths, b"3"))
  assert (tmp_path / "a").read_bytes() == b"3"
  assert (tmp_path / "index").read_bytes() == b"3"


def test_a_failure_to_write_leaves_former_files(tmp_path):
  (tmp_path / "a").write_bytes(b"former")
  (tmp_path / "index").write_bytes(b"former")
  (tmp_path / "file").touch()
  with pytest.raises(OSError, match="file"):
    publishing.replace_files({
        str(tmp_path / "a"): b"new", str(tmp_path / "file/b"): b"new",
        str(tmp_path / "index"): b"new"})
  assert names(tmp_path) == ["a", "file", "index"]
  assert (tmp_path / "a").read_bytes() == b"former"
  assert (tmp_path / "index").read_bytes() == b"former"


def test_the_index_is_never_there_with_half_of_the_files(tmp_path, monkeypatch):
  (tmp_path / "index").write_bytes(b"former")
  replace, seen = publishing.os.replace, []

  def fail_at_second(source, target):
    seen.append((tmp_path / "index").exists())
    if len(seen) == 2:
      raise OSError("disk is gone")
    replace(source, target)

  monkeypatch.setattr(publishing.os, "replace", fail_at_second)
  with pytest.raises(OSError, match="disk is gone"):
    publishing.replace_files({
        str(tmp_path / name): b"new" for name in ("a", "b", "index")})
  assert seen == [False, False]
  assert names(tmp_path) == ["a"]
