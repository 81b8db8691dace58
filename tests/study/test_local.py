import os
import pathlib
import signal
import time

import joblib
import pebble
import pytest
from support import study_work

from sparse_disent.common import locks
from sparse_disent.study import local
from sparse_disent.study import tasks


def outcomes(pending, work, processes=2):
  return {task.number: outcome for task, outcome in filter(
      None, local.run(pending, processes=processes, work=work))}


@pytest.mark.slow
def test_all_tasks_are_performed(tmp_path):
  pending = study_work.make(tmp_path, 3)
  found = outcomes(pending, study_work.works)
  assert {number: record.state for number, record in found.items()} == (
      dict.fromkeys(range(3), tasks.State.DONE))
  assert [study_work.times(task) for task in pending] == [1, 1, 1]


@pytest.mark.slow
def test_a_process_that_dies_costs_its_task_alone(tmp_path):
  pending = study_work.make(tmp_path, 3)
  found = outcomes(pending, study_work.dies)
  assert found[0].state is found[2].state is tasks.State.DONE
  assert found[1].state is tasks.State.FAILED
  assert "was killed; the machine may lack memory" in found[1].error
  assert tasks.read(pending[1]) == found[1]


def test_a_process_that_dies_at_its_end_costs_nothing(tmp_path):
  """After it has written its record, and before the pool has heard of it."""
  task, *_ = study_work.make(tmp_path)
  record = tasks.write(task, tasks.Record(), state=tasks.State.DONE)
  future = pebble.ProcessFuture()
  future.set_exception(pebble.ProcessExpired("Abnormal termination", code=-9))
  assert local._outcome(task, future) == record
  assert tasks.read(task) == record


def test_a_death_that_the_pool_has_missed_costs_its_task_alone(
    tmp_path, monkeypatch):
  """Pebble 5.2 misses that of a process that it does not know to have a task.
  """
  monkeypatch.setattr(local, "_LOOK", 0.)
  pending = study_work.make(tmp_path, 3)
  futures = {pebble.ProcessFuture(): task for task in pending}
  dead, living, _ = pending
  for future in futures:
    future.set_running_or_notify_cancel()
  for task in (dead, living):  # The third one has not begun.
    os.makedirs(task.directory)
    tasks.write(task, tasks.Record(), state=tasks.State.RUNNING)
  owned = locks.owned

  def refuse(path):
    if str(path) == living.directory:
      raise locks.OutputInUse("process 7")
    return owned(path)

  monkeypatch.setattr(locks, "owned", refuse)
  task, record = next(filter(None, local._as_completed(futures)))
  assert task == dead
  assert tasks.read(dead) == record
  assert record.state is tasks.State.FAILED
  assert "its process was killed" in record.error
  assert [future.cancelled() for future in futures] == [True, False, False]


@pytest.mark.slow
def test_cores_are_divided(tmp_path):
  pending = study_work.make(tmp_path, 1)
  # One task has all of them, also if more could run at once.
  outcomes(pending, study_work.reports_threads, processes=2)
  threads = pathlib.Path(pending[0].directory, "threads.txt").read_text()
  assert threads == str(joblib.cpu_count())
  assert "TF_NUM_INTRAOP_THREADS" not in os.environ


@pytest.mark.slow
def test_ctrl_c_of_a_terminal_is_left_to_the_parent(tmp_path):
  """It goes to all processes; one that starts would print a traceback."""
  pending = study_work.make(tmp_path, 1)
  outcomes(pending, study_work.reports_blocked_signals, processes=1)
  assert pathlib.Path(
      pending[0].directory, "blocked.txt").read_text() == "SIGHUP SIGINT"
  assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())


DRIVER = """
import sys
from support import study_work
from sparse_disent.study import local
pending = study_work.make(sys.argv[1], 2)
list(local.run(pending, processes=2, work=study_work.waits))
"""


@pytest.fixture
def driver(tmp_path):
  """A process that performs two tasks, which wait to be stopped."""
  process = study_work.start(DRIVER, tmp_path)
  pending = study_work.make(tmp_path, 2)
  try:
    wait_until(lambda: all(study_work.times(task) for task in pending))
    yield process, pending
  finally:
    process.kill()
    process.wait()


def wait_until(condition, seconds=60):
  end = time.monotonic() + seconds
  while not condition():
    assert time.monotonic() < end
    time.sleep(.05)


def is_alive(task):
  """Tells whether the process that works on a task is alive."""
  pid = pathlib.Path(task.directory, "work.txt").read_text().split()[0]
  try:
    return pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
  except FileNotFoundError:
    return False


@pytest.mark.slow
@pytest.mark.skipif(not pathlib.Path("/proc").is_dir(), reason="needs /proc")
def test_interrupted_tasks_stop_in_order(driver):
  process, pending = driver
  process.send_signal(signal.SIGINT)
  process.wait(60)
  for task in pending:
    assert pathlib.Path(task.directory, "stopped.txt").exists()
    assert tasks.read(task).state is tasks.State.INTERRUPTED
    assert not is_alive(task)


@pytest.mark.slow
@pytest.mark.skipif(not pathlib.Path("/proc").is_dir(), reason="needs /proc")
def test_no_process_outlives_a_killed_driver(driver):
  process, pending = driver
  process.kill()
  wait_until(lambda: not any(map(is_alive, pending)))
