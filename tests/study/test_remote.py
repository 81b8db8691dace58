"""Results at URLs: fsspec's file system in memory, and a local one."""
import os
import pathlib
import subprocess
import sys

import pytest
from support import study_work

from sparse_disent.study import definition
from sparse_disent.study import performing
from sparse_disent.study import remote
from sparse_disent.study import tasks


@pytest.fixture(params=["memory", "file"])
def files(request, tmp_path):
  """A URL, and fsspec's file system that it is in."""
  fsspec = pytest.importorskip("fsspec", reason="needs fsspec")
  system = fsspec.filesystem(request.param)
  place = f"/runs/{tmp_path.name}" if request.param == "memory" else str(
      tmp_path / "far")
  yield f"{request.param}://{place}", system, place
  if request.param == "memory":
    system.rm("/runs", recursive=True)


def make(tmp_path, url, models=2, **changes):
  study = study_work.study(models)
  return tasks.make(study, str(tmp_path), range(models), **{
      "url": url, "bindings": ["model.training_steps = 10"], **changes})


def saves(task, watch):
  study_work.works(task, watch)
  os.makedirs(os.path.join(task.model_dir, "a", "b"), exist_ok=True)
  pathlib.Path(task.model_dir, "a", "b", "c.txt").write_text("weights")


def test_unknown_kinds_of_urls_are_named():
  pytest.importorskip("fsspec", reason="needs fsspec")
  with pytest.raises(ValueError, match="--output=abc://x: .*abc"):
    remote.check("abc://x")


def test_missing_fsspec_is_named(monkeypatch):
  monkeypatch.setitem(sys.modules, "fsspec.core", None)
  with pytest.raises(ImportError, match=r"'sparse_disent\[remote\]'"):
    remote.check("memory://x")


def test_a_task_is_copied_when_it_is_done(tmp_path, files):
  url, system, place = files
  task, other = make(tmp_path / "near", url)
  performing.perform(task, saves)
  assert system.cat_file(f"{place}/0/model/a/b/c.txt") == b"weights"
  assert system.cat_file(f"{place}/0/task.json") == pathlib.Path(
      task.directory, "task.json").read_bytes()
  performing.perform(other, study_work.fails)
  assert not system.exists(f"{place}/1")


def test_a_copy_is_done_once_it_is_whole(tmp_path, files, monkeypatch):
  url, system, place = files
  task, _ = make(tmp_path / "near", url)
  performing.perform(task, saves)
  longer, _ = make(tmp_path / "near", url,
                   bindings=["model.training_steps = 20"])

  def full(*arguments, **options):
    raise OSError("no space left at the other end")

  monkeypatch.setattr(type(system), "put", full)
  record = performing.perform(longer, saves)
  assert record.error == "no space left at the other end"
  assert not system.exists(f"{place}/0/task.json")
  monkeypatch.undo()
  assert performing.perform(longer, saves).state is tasks.State.DONE
  assert system.exists(f"{place}/0/task.json")


def test_what_is_done_in_one_place_is_done_in_both(tmp_path, files):
  url, system, place = files
  here = make(tmp_path / "near", "")
  performing.perform(here[0], saves)
  elsewhere = make(tmp_path / "other", url)
  performing.perform(elsewhere[1], saves)
  planned = make(tmp_path / "near", url)
  for _ in range(2):
    remote.exchange(planned)
  for task in planned:
    assert performing.perform(task, saves).state is tasks.State.DONE
    assert study_work.times(task) == 1
    assert pathlib.Path(task.model_dir, "a/b/c.txt").read_text() == "weights"
    assert system.exists(f"{place}/{task.number}/model/a/b/c.txt")


_HOLDS = """
import sys
from sparse_disent.common import locks
with locks.owned(sys.argv[1]):
  print("held", flush=True)
  sys.stdin.read()
"""


def test_a_model_that_another_process_performs_is_left_to_it(tmp_path, files):
  url, *_ = files
  for task in make(tmp_path / "other", url):
    performing.perform(task, saves)
  planned = make(tmp_path / "near", url)
  with subprocess.Popen([sys.executable, "-c", _HOLDS, planned[0].directory],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
    assert other.stdout.readline() == b"held\n"
    remote.exchange(planned)
    assert not os.path.exists(planned[0].directory)
    other.stdin.close()
  assert os.path.exists(planned[1].model_dir)


def test_what_is_done_here_meanwhile_is_not_replaced(
    tmp_path, files, monkeypatch):
  url, *_ = files
  performing.perform(make(tmp_path / "other", url)[0], saves)
  task, _ = make(tmp_path / "near", url)
  looked = tasks.read

  def looks(asked):
    found = looked(asked)
    monkeypatch.setattr(tasks, "read", looked)
    performing.perform(make(tmp_path / "near", "")[0], saves)
    pathlib.Path(task.model_dir, "mine.txt").write_text("mine")
    return found

  monkeypatch.setattr(tasks, "read", looks)
  remote.exchange([task])
  assert pathlib.Path(task.model_dir, "mine.txt").read_text() == "mine"


def test_another_model_at_the_url_is_refused(tmp_path, files):
  url, *_ = files
  performing.perform(make(tmp_path / "near", url)[0], saves)
  other = make(tmp_path / "other", url, bindings=["vae.beta = 9"])
  with pytest.raises(ValueError, match="holds another model: .*vae.beta was 0"):
    remote.exchange(other)


def test_what_is_no_longer_there_goes_there_too(tmp_path, files):
  url, system, place = files
  task, _ = make(tmp_path / "near", url)
  performing.perform(task, saves)
  pathlib.Path(task.model_dir, "a/b/c.txt").unlink()
  longer, _ = make(tmp_path / "near", url,
                   bindings=["model.training_steps = 20"])
  performing.perform(longer, study_work.works)
  assert not system.exists(f"{place}/0/model/a/b/c.txt")
  assert system.exists(f"{place}/0/work.txt")


def test_a_longer_training_at_the_url_stays(tmp_path, files):
  """The command of before, on a machine that has not trained further."""
  url, system, place = files
  performing.perform(make(tmp_path / "b", "")[0], saves)
  longer = make(tmp_path / "a", url, bindings=["model.training_steps = 20"])
  performing.perform(longer[0], saves)
  before = system.cat_file(f"{place}/0/task.json")
  with pytest.raises(ValueError, match="20 steps, and 10 are asked for"):
    remote.exchange(make(tmp_path / "b", url))
  assert system.cat_file(f"{place}/0/task.json") == before


def test_files_go_to_the_same_place(tmp_path, files):
  url, system, place = files
  (tmp_path / "a").mkdir()
  (tmp_path / "a" / "b.csv").write_text("1")
  remote.put_files([str(tmp_path / "a" / "b.csv")], str(tmp_path), url)
  assert system.cat_file(f"{place}/a/b.csv") == b"1"


def test_a_source_has_its_place_there_as_well(tmp_path):
  models = [{"vae.beta": 1.}, {"ticket_gate.path": definition.ModelOf(0)}]
  task, = tasks.make(study_work.study(models), str(tmp_path), [1],
                     url="memory://x/")
  assert (task.url, task.sources[0][1].url) == ("memory://x/1", "memory://x/0")
