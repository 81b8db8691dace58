import dataclasses
import io
import os

import pytest
from support import study_work

from sparse_disent.common import locks
from sparse_disent.study import performing
from sparse_disent.study import sweep
from sparse_disent.study import tasks


def runner(work):
  """A runner that performs tasks in this process."""

  def run(pending):
    for task in pending:
      yield None
      try:
        yield task, performing.perform(task, work)
      except (OSError, ValueError) as error:
        yield task, error

  return run


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
  monkeypatch.setattr("sys.stderr", io.StringIO())


def test_done_tasks_are_skipped(tmp_path):
  planned = study_work.make(tmp_path, 3)
  performing.perform(planned[1], study_work.works)
  result = sweep.run(planned, runner(study_work.works))
  assert (result.done, result.failures, result.unfinished) == (3, {}, {})
  assert [study_work.times(task) for task in planned] == [1, 1, 1]


def test_the_lock_of_a_process_that_died_after_its_task_is_removed(tmp_path):
  task, = study_work.make(tmp_path, 1)
  performing.perform(task, study_work.works)
  child = os.fork()
  if not child:
    with locks.owned(task.directory):
      os._exit(0)
  os.waitpid(child, 0)
  assert sorted(os.listdir(tmp_path)) == [".0.lock", "0"]
  sweep.run([task], runner(study_work.works))
  assert os.listdir(tmp_path) == ["0"]


def test_failures_are_listed_and_tried_again_on_request(tmp_path):
  planned = study_work.make(tmp_path, 3)
  for _ in range(2):  # The second time it is not tried.
    result = sweep.run(planned, runner(study_work.fails))
    assert result.done == 2
    assert result.failures == {planned[1]: "beta must be positive"}
  assert tasks.read(planned[1]).attempts == 1
  text = result.text("out")
  assert "model 1 (vae.beta=1.0, model.random_seed=1): beta must be" in text
  assert "2 models are done, in out." in text
  assert "add --retry" in text
  assert "1 model is done, in out." in dataclasses.replace(
      result, done=1).text("out")
  result = sweep.run(planned, runner(study_work.works), retry=True)
  assert (result.done, result.failures) == (3, {})


def test_tasks_of_other_processes_are_no_failures(
    tmp_path, monkeypatch, capsys):
  planned = study_work.make(tmp_path, 2)
  owned = locks.owned

  def refuse(path):
    if str(path) == planned[0].directory:
      raise locks.OutputInUse("process 7 on host b")
    return owned(path)

  monkeypatch.setattr(locks, "owned", refuse)
  result = sweep.run(planned, runner(study_work.works))
  assert (result.done, result.failures) == (1, {})
  assert result.unfinished == {planned[0]: "process 7 on host b"}
  shown = capsys.readouterr().err
  assert "model 0 is not done: process 7 on host b" in shown
  assert "failed" not in shown


def test_an_interrupted_task_needs_no_retry(tmp_path, capsys):
  planned = study_work.make(tmp_path, 2)
  stopped = tasks.write(
      planned[0], tasks.Record(), state=tasks.State.INTERRUPTED)
  result = sweep.run(planned, lambda pending: [(planned[0], stopped)])
  assert list(result.unfinished) == [planned[0]] and not result.failures
  text = result.text("out") + capsys.readouterr().err
  assert "it was interrupted; the same command goes on" in text
  assert "failed" not in text and "--retry" not in text


def test_nothing_begins_where_one_folder_holds_another_model(tmp_path):
  planned = study_work.make(tmp_path, 2)
  performing.perform(planned[1], study_work.works)
  other = study_work.make(tmp_path, 2, bindings=["vae.beta = 9"])
  with pytest.raises(ValueError, match="holds another model"):
    sweep.run(other, runner(study_work.works))
  assert study_work.times(other[0]) == 0


def test_tasks_that_end_do_not_each_cost_a_look_at_all_others(
    tmp_path, monkeypatch):
  planned = study_work.make(tmp_path, 5)
  looks = []
  monkeypatch.setattr(
      sweep, "_running", lambda waiting: looks.append(len(waiting)) or ())

  def run(pending):
    yield None
    for task in pending:
      yield task, performing.perform(task, study_work.works)

  assert sweep.run(planned, run).done == 5
  assert looks == [5]


def test_a_long_sweep_looks_at_few_tasks_for_its_display(tmp_path, monkeypatch):
  planned = study_work.make(tmp_path, 600)
  looked = []
  exists = sweep.os.path.exists
  monkeypatch.setattr(
      sweep.os.path, "exists",
      lambda path: looked.append(path) or exists(path))
  list(sweep._running(dict.fromkeys(planned)))
  assert 0 < len(looked) <= 256
