"""One owner of an output, also among many processes and after kills."""
import datetime
import fcntl
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import time

import pytest

from sparse_disent.common import locks

# Forked processes have everything imported. They hold no other threads' locks.
FORK = multiprocessing.get_context("fork")


def dead_process():
  """Returns the number of a process that has ended."""
  process = subprocess.Popen(["true"])
  process.wait()
  return process.pid


@pytest.fixture
def other(tmp_path):
  """Another process, which is no parent of this one, that owns `out`."""
  code = (f"from sparse_disent.common import locks\n"
          f"with locks.owned({str(tmp_path / 'out')!r}):\n"
          "  print('owned', flush=True)\n  input()")
  process = subprocess.Popen(
      [sys.executable, "-c", code], stdin=subprocess.PIPE,
      stdout=subprocess.PIPE)
  with process:
    assert process.stdout.readline() == b"owned\n"
    yield process
    process.kill()


def test_the_lock_is_beside_the_output_and_is_removed(tmp_path):
  with locks.owned(tmp_path / "new/folder/out"):
    assert os.listdir(tmp_path / "new/folder") == [".out.lock"]
  assert os.listdir(tmp_path) == []


def test_it_is_removed_after_an_error(tmp_path):
  with pytest.raises(KeyError), locks.owned(tmp_path / "out"):
    raise KeyError
  assert os.listdir(tmp_path) == []


def test_a_file_where_a_folder_has_to_be(tmp_path):
  (tmp_path / "file").touch()
  with pytest.raises(NotADirectoryError, match="file"), \
      locks.owned(tmp_path / "file/out"):
    pytest.fail("cannot be owned")


def test_a_second_process_is_told_who_the_first_one_is(tmp_path, other):
  with pytest.raises(OSError) as error, locks.owned(tmp_path / "out"):
    pytest.fail("has an owner")
  since = json.loads((tmp_path / ".out.lock").read_text())["since"]
  began = datetime.datetime.strptime(since, "%Y-%m-%d %H:%M:%S %z")
  now = datetime.datetime.now(datetime.timezone.utc)
  assert 0 <= (now - began).total_seconds() < 60
  assert str(error.value) == (
      f"'{tmp_path / 'out'}' is being written by -c, process {other.pid} on "
      f"host {socket.gethostname()}, since {since}. Wait for it, stop it, or "
      "choose another output.")
  other.communicate(b"\n")
  with locks.owned(tmp_path / "out"):
    pass
  assert os.listdir(tmp_path) == []


def test_a_link_to_an_output_is_the_same_output(tmp_path, other):
  (tmp_path / "link").symlink_to("out")
  with pytest.raises(locks.OutputInUse), locks.owned(tmp_path / "link"):
    pytest.fail("has an owner")


def test_a_killed_process_owns_nothing(tmp_path, other):
  other.kill()
  os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
  assert os.listdir(tmp_path) == [".out.lock"]
  with locks.owned(tmp_path / "out"):
    pass
  assert os.listdir(tmp_path) == []


def test_a_command_that_refuses_an_output_removes_a_dead_lock(tmp_path, other):
  locks.settle(tmp_path / "out")
  assert os.listdir(tmp_path) == [".out.lock"]  # Its owner lives.
  other.kill()
  other.wait()
  locks.settle(tmp_path / "out")
  assert os.listdir(tmp_path) == []


def test_dead_locks_of_other_outputs_in_the_folder_are_removed(
    tmp_path, other):
  (tmp_path / ".tool.lock").write_text("of another program")
  os.utime(tmp_path / ".tool.lock", (0, 0))
  other.kill()
  other.wait()
  with locks.owned(tmp_path / "second"):
    assert sorted(os.listdir(tmp_path)) == [".second.lock", ".tool.lock"]
  assert os.listdir(tmp_path) == [".tool.lock"]


def test_the_owner_may_enter_again_and_so_may_its_children(tmp_path):
  code = ("from sparse_disent.common import locks\n"
          f"with locks.owned({str(tmp_path / 'out')!r}):\n  print('in')")
  with locks.owned(tmp_path / "out"):
    with locks.owned(tmp_path / "out"):
      pass
    assert subprocess.check_output([sys.executable, "-c", code]) == b"in\n"
    assert os.listdir(tmp_path) == [".out.lock"]
  assert os.listdir(tmp_path) == []


def test_a_forked_child_does_not_give_the_lock_away(tmp_path):
  owned = locks.owned(tmp_path / "out")
  owned.__enter__()
  child = os.fork()
  if not child:
    try:
      with locks.owned(tmp_path / "out"):
        pass
      owned.__exit__(None, None, None)
    finally:
      os._exit(0)
  os.waitpid(child, 0)
  assert os.listdir(tmp_path) == [".out.lock"]
  owned.__exit__(None, None, None)
  assert os.listdir(tmp_path) == []


def write_lock(path, age=0.0, **changed):
  """Writes a lock as a process of another machine does."""
  values = {"process": "4711-123-00000000", "host": "node7",
            "program": "dlib_train", "since": "yesterday",
            "token": "0123456789abcdef", **changed}
  path.write_text(json.dumps(values))
  os.utime(path, (time.time() - age,) * 2)


def test_another_machine_counts_while_it_shows_signs_of_life(tmp_path):
  write_lock(tmp_path / ".out.lock", age=590)
  with pytest.raises(locks.OutputInUse) as error, locks.owned(tmp_path / "out"):
    pytest.fail("has an owner")
  assert str(error.value) == (
      f"'{tmp_path / 'out'}' is being written by dlib_train, process 4711 on "
      "host node7, since yesterday. Wait for it, stop it, or choose another "
      "output. If that process is dead, run this again 10 minutes after its "
      f"end, or delete '{tmp_path / '.out.lock'}'.")
  write_lock(tmp_path / ".out.lock", age=610)
  with locks.owned(tmp_path / "out"):
    pass
  assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"process": 3}'])
def test_a_damaged_lock_counts_like_one_of_another_machine(tmp_path, text):
  lock = tmp_path / ".out.lock"
  lock.write_text(text)
  with pytest.raises(locks.OutputInUse), locks.owned(tmp_path / "out"):
    pytest.fail("has an owner")
  os.utime(lock, (time.time() - 610,) * 2)
  with locks.owned(tmp_path / "out"):
    assert json.loads(lock.read_text())["host"] == socket.gethostname()
  assert os.listdir(tmp_path) == []


def test_signs_of_life(tmp_path, monkeypatch):
  monkeypatch.setattr(locks, "HEARTBEAT", 0.01)
  monkeypatch.setattr(locks, "_heart", None)
  with locks.owned(tmp_path / "out"):
    lock = tmp_path / ".out.lock"
    os.utime(lock, (0, 0))
    end = time.monotonic() + 10
    while lock.stat().st_mtime == 0 and time.monotonic() < end:
      time.sleep(0.01)
    assert time.time() - lock.stat().st_mtime < 60


def contend(path, start, results, hold):
  start.wait()
  try:
    with locks.owned(path):
      results.put(True)
      hold.wait()
  except locks.OutputInUse:
    results.put(False)


@pytest.mark.parametrize("links", [True, False])
def test_of_many_processes_one_takes_over_a_dead_ones_lock(
    tmp_path, monkeypatch, links):
  """Twelve processes, each with a lock left behind."""
  if not links:
    def refuse(*unused_args):
      raise OSError(95, "Operation not supported")
    monkeypatch.setattr(os, "link", refuse)
  for number in range(3):
    path, lock = tmp_path / f"{number}", tmp_path / f".{number}.lock"
    machine = str(locks.processes.current()).rpartition("-")[2]
    write_lock(lock, process=f"{dead_process()}-1-{machine}")
    if number % 2:  # One more died while it took the lock over.
      write_lock(tmp_path / f".{number}.lock.0123456789abcdef",
                 process=f"{dead_process()}-1-{machine}",
                 token="fedcba9876543210")
    start, hold, results = FORK.Event(), FORK.Event(), FORK.Queue()
    children = [FORK.Process(target=contend, args=[path, start, results, hold])
                for _ in range(12)]
    for child in children:
      child.start()
    start.set()
    assert sorted(results.get(timeout=30) for _ in children) == (
        [False] * 11 + [True])
    hold.set()
    for child in children:
      child.join()
    assert os.listdir(tmp_path) == []


def take(path, witness, rounds):
  """Owns an output again and again; the kernel witnesses that it is alone."""
  with open(witness, "wb") as file:
    for _ in range(rounds):
      try:
        with locks.owned(path):
          fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
          fcntl.flock(file, fcntl.LOCK_UN)
      except locks.OutputInUse:
        pass


def test_there_are_never_two_owners_though_processes_are_killed(tmp_path):
  path = tmp_path / "a/out"
  path.parent.mkdir()
  for number in range(6):
    children = [FORK.Process(target=take, args=[path, tmp_path / "seen", 10000])
                for _ in range(3)]
    for child in children:
      child.start()
    time.sleep(0.03 * number)
    for child in children:  # One after another: the others go on meanwhile.
      assert child.is_alive()
      child.kill()
      child.join()
  with locks.owned(path):
    pass
  assert os.listdir(path.parent) == []


def test_the_owner_is_told(other, tmp_path):
  told = locks.owner(tmp_path / "out")
  assert f", process {other.pid} on host " in told
  other.kill()
  other.wait()
  assert locks.owner(tmp_path / "out") is None
  assert locks.owner(tmp_path / "never") is None
