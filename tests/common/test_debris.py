"""Names of unfinished files, and their removal after a process died."""
import os
import subprocess
import time

import pytest

from sparse_disent.common import debris
from sparse_disent.common import processes

HERE = processes.current()


def left(folder, process, ending="tmp", *, name="out", content="new"):
  """Makes an unfinished folder of a process; returns its path."""
  path = folder / f".{name}.{process}.0a1b2c3d.{ending}"
  (path / "inner").mkdir(parents=True)
  (path / "inner/file").write_text(content)
  return path


@pytest.fixture
def dead():
  child = subprocess.Popen(["true"])
  child.wait()
  return processes.Process(child.pid, 1, HERE.machine)


def test_a_name_is_hidden_beside_the_file_and_free(tmp_path):
  names = {debris.name(tmp_path / "out") for _ in range(3)}
  assert len(names) == 3
  for name in names:
    assert os.path.dirname(name) == str(tmp_path)
    assert os.path.basename(name).startswith(f".out.{os.getpid()}-")


def test_a_name_as_long_as_the_file_system_allows(tmp_path):
  for letter in "aé":
    name = letter * (255 // len(letter.encode()))
    (tmp_path / name).touch()
    with open(debris.name(tmp_path / name), "x"):
      pass


def test_only_what_dead_processes_left_is_removed(tmp_path, dead):
  (tmp_path / "out").mkdir()
  mine, theirs = left(tmp_path, HERE), left(tmp_path, dead)
  other = left(tmp_path, dead, name="another")
  debris.sweep(tmp_path / "out")
  assert mine.exists()
  assert not theirs.exists() and not other.exists()


def test_what_other_machines_left_is_removed_after_a_day(tmp_path):
  path = left(tmp_path, processes.Process(1, 1, "00000000"))
  debris.sweep(tmp_path / "out")
  assert path.exists()
  for place in (path, path / "inner", path / "inner/file"):
    os.utime(place, (time.time() - 25 * 3600,) * 2)
  debris.sweep(tmp_path / "out")
  assert not path.exists()


def test_the_former_folder_is_put_back_if_there_is_none(tmp_path, dead):
  left(tmp_path, dead)
  left(tmp_path, dead, "old", content="former")
  debris.sweep(tmp_path / "out")
  assert os.listdir(tmp_path) == ["out"]
  assert (tmp_path / "out/inner/file").read_text() == "former"


def test_the_former_folder_is_removed_if_the_new_one_is_there(tmp_path, dead):
  (tmp_path / "out").mkdir()
  left(tmp_path, dead, "old")
  debris.sweep(tmp_path / "out")
  assert os.listdir(tmp_path) == ["out"]
  assert not os.listdir(tmp_path / "out")


def test_the_former_folder_of_another_output_is_left_to_its_writer(
    tmp_path, dead):
  left(tmp_path, dead, "old", name="another")
  debris.sweep(tmp_path / "out")
  assert os.listdir(tmp_path) == [f".another.{dead}.0a1b2c3d.old"]
  debris.sweep(tmp_path / "another")
  assert os.listdir(tmp_path) == ["another"]


def test_names_that_look_alike_are_left_alone(tmp_path, dead):
  names = [".out.tmp", ".out.1.0a1b2c3d.tmp", f"out.{dead}.0a1b2c3d.tmp",
           f".out.{dead}.0a1b2c3d.tmp.txt"]
  for name in names:
    (tmp_path / name).touch()
  debris.sweep(tmp_path / "out")
  assert sorted(os.listdir(tmp_path)) == sorted(names)


def test_what_is_inside(tmp_path):
  unfinished = debris.name(tmp_path / "out")
  assert debris.is_inside(unfinished)
  assert debris.is_inside(os.path.join(unfinished, "model"))
  assert not debris.is_inside(tmp_path / "out/model")
  assert not debris.is_inside(tmp_path / ".hidden/out.tmp")
  assert debris.is_inside(debris.name(tmp_path / "of two\nlines"))


def test_names_of_ours():
  unfinished = os.path.basename(debris.name("out"))
  for name in (unfinished, ".out.lock", ".out.lock.0123456789abcdef"):
    assert debris.is_ours(name)
  for name in (".git", "out.lock", ".lock", ".out.tmp", ".out.lock.txt"):
    assert not debris.is_ours(name)


def test_nothing_to_sweep(tmp_path):
  debris.sweep(tmp_path / "missing/out")
