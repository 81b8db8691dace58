"""Names of processes, and the end of children with their parent."""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pytest

from sparse_disent.common import processes


def stat(pid):
  """Returns proc(5)'s fields from the third on; none for a dead process."""
  path = pathlib.Path(f"/proc/{pid}/stat")
  try:
    return path.read_text(encoding="utf-8").rpartition(")")[2].split()
  except OSError:
    return ["X"]


def test_the_present_process():
  process = processes.current()
  assert (process.pid, process.started) == (
      os.getpid(), int(stat(os.getpid())[19]))
  assert process.is_here and not process.is_dead
  assert processes.Process.parse(str(process)) == process


@pytest.mark.parametrize("name", ["", "1-2", "1-2-XYZ", "1-2-0123456789"])
def test_other_text_names_no_process(name):
  with pytest.raises(ValueError, match="No name of a process"):
    processes.Process.parse(name)


def test_another_process_with_the_same_number_is_another_process():
  here = processes.current()
  assert processes.Process(here.pid, here.started - 1, here.machine).is_dead


def test_the_dead_and_those_that_nobody_waited_for():
  child = subprocess.Popen(["sleep", "60"])
  machine = processes.current().machine
  process = processes.Process(child.pid, int(stat(child.pid)[19]), machine)
  assert not process.is_dead
  child.kill()
  os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
  assert process.is_dead  # A zombie.
  child.wait()
  assert process.is_dead


def test_of_other_machines_nothing_is_known(monkeypatch):
  process = processes.Process(1, 1, "00000000")
  assert not process.is_here and not process.is_dead
  here = processes.current().machine
  monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
  processes._machine.cache_clear()
  try:
    assert processes.current().machine != here
  finally:
    processes._machine.cache_clear()


def test_a_process_that_may_not_be_looked_at_counts_as_living(monkeypatch):
  """As /proc hides those of other users on some clusters."""
  def refuse(*unused_args):
    raise PermissionError

  monkeypatch.setattr(os, "kill", refuse)
  monkeypatch.setattr(processes, "_stat", lambda pid: [])
  assert not processes.Process(4711, 5, processes.current().machine).is_dead


def test_ancestors():
  pids = [process.pid for process in processes.ancestors()]
  assert pids[0] == os.getppid()
  assert os.getpid() not in pids
  assert not any(process.is_dead for process in processes.ancestors())


_CHILD = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", '''
import ctypes, os, time
from sparse_disent.common import processes
if {portable}:
  ctypes.CDLL = lambda name: None
processes.die_with(os.getppid())
print("ready", flush=True)
time.sleep(60)
'''])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("portable", [False, True])
def test_a_child_dies_with_its_parent(portable):
  parent = subprocess.Popen(
      [sys.executable, "-c", _CHILD.replace("{portable}", str(portable))],
      stdout=subprocess.PIPE, text=True)
  lines = [parent.stdout.readline() for _ in range(2)]
  child = int(next(line for line in lines if line.strip().isdigit()))
  os.kill(parent.pid, signal.SIGKILL)
  parent.wait()
  parent.stdout.close()
  end = time.monotonic() + 10
  # A zombie, where nobody waits for it: a container without an init.
  while stat(child)[0] not in "ZX" and time.monotonic() < end:
    time.sleep(0.05)
  assert stat(child)[0] in "ZX"


def test_a_process_that_follows_another_is_told_to_end():
  leader = subprocess.Popen(["sleep", "60"])
  child = subprocess.Popen([sys.executable, "-c", f"""
import signal, sys, time
from sparse_disent.common import processes
signal.signal(signal.SIGTERM, lambda *unused: sys.exit(7))
processes._WATCH_SECONDS = 0.05
processes.follow(processes.Process(
    {leader.pid}, {int(stat(leader.pid)[19])}, processes.current().machine))
print("ready", flush=True)
time.sleep(60)
"""], stdout=subprocess.PIPE)
  with child:
    assert child.stdout.readline() == b"ready\n"
    time.sleep(0.3)
    assert child.poll() is None
    leader.kill()
    leader.wait()
    assert child.wait(timeout=10) == 7


def test_a_child_whose_parent_is_dead_already():
  code = ("from sparse_disent.common import processes\n"
          "processes.die_with(1 << 30)\nprint('alive')")
  done = subprocess.run([sys.executable, "-c", code], capture_output=True,
                        check=False)
  assert (done.returncode, done.stdout) == (1, b"")
