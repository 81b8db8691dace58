import os
import pathlib
import signal
import sys

import pytest
from support import small_runs
from support import study_work

from sparse_disent.common import locks
from sparse_disent.common import stopping
from sparse_disent.study import definition
from sparse_disent.study import performing
from sparse_disent.study import request
from sparse_disent.study import tasks


@pytest.fixture
def task(tmp_path):
  return study_work.make(tmp_path)[1]


def test_a_task_is_performed_once(task):
  record = performing.perform(task, study_work.works)
  assert (record.state, record.attempts) == (tasks.State.DONE, 1)
  assert set(record.seconds) == {"train"}
  assert performing.perform(task, study_work.works) == record
  assert study_work.times(task) == 1


def test_more_steps_are_more_work(task, tmp_path):
  performing.perform(task, study_work.works)
  longer = study_work.make(tmp_path, bindings=["model.training_steps = 20"])[1]
  performing.perform(longer, study_work.works)
  assert study_work.times(task) == 2


def test_a_failure_is_one_line_and_a_log(task):
  record = performing.perform(task, study_work.fails)
  assert record.state is tasks.State.FAILED
  assert record.error == "beta must be positive"
  log = pathlib.Path(task.log).read_text()
  assert "Traceback" in log
  assert "beta must be\n  positive" in log
  record = performing.perform(task, study_work.works)
  assert (record.state, record.error, record.attempts) == (
      tasks.State.DONE, "", 2)


def test_an_interruption_is_recorded_and_goes_on(task):

  def interrupted(task, watch):
    watch.lap("train")
    raise KeyboardInterrupt

  with pytest.raises(KeyboardInterrupt):
    performing.perform(task, interrupted)
  record = tasks.read(task)
  assert record.state is tasks.State.INTERRUPTED
  assert "train" in record.seconds


def test_an_error_that_tensorflow_makes_of_a_signal_is_an_interruption(
    task, monkeypatch):
  import tensorflow as tf

  def interrupted(*unused_args):
    signal.raise_signal(signal.SIGTERM)

  def work(unused_task, unused_watch):
    tf.io.gfile.exists(os.path.join(task.directory, "missing"))

  monkeypatch.setattr(tf.errors.NotFoundError, "__init__", interrupted)
  with stopping.handled():
    with pytest.raises(KeyboardInterrupt) as caught:
      performing.perform(task, work)
    assert isinstance(caught.value.__cause__, RuntimeError)
  assert tasks.read(task).state is tasks.State.INTERRUPTED


def test_what_is_printed_goes_to_the_log_and_back(task, capfd):

  def prints(task, watch):
    print("from Python", file=sys.stderr)
    os.write(1, b"from below Python\n")

  performing.perform(task, prints)
  print("after")
  log = pathlib.Path(task.log).read_text()
  assert sorted(log.splitlines()) == [
      "from Python", "from below Python", "starting"]
  assert capfd.readouterr().out == "after\n"


def test_a_display_does_not_show_the_end_of_an_earlier_attempt(task):
  performing.perform(task, study_work.fails)
  assert tasks.last_line(task) == "positive"  # The message has two lines.
  shown = []
  performing.perform(
      task, lambda task, watch: shown.append(tasks.last_line(task)))
  assert shown == ["starting"]


def test_a_task_has_one_owner(task, monkeypatch):
  pathlib.Path(task.directory).mkdir()

  def refuse(path):
    assert str(path) == task.directory
    raise locks.OutputInUse("process 7 on host b")

  monkeypatch.setattr(locks, "owned", refuse)
  with pytest.raises(locks.OutputInUse, match="process 7"):
    performing.perform(task, study_work.works)
  assert study_work.times(task) == 0


def test_another_model_is_never_touched(task, tmp_path):
  performing.perform(task, study_work.works)
  other = study_work.make(tmp_path, bindings=["vae.beta = 3"])[1]
  with pytest.raises(ValueError, match="holds another model"):
    performing.perform(other, study_work.works)
  assert study_work.times(task) == 1


def test_what_was_measured_before_more_steps_is_measured_again(
    task, monkeypatch):
  from disentanglement_lib.methods.unsupervised import train

  from sparse_disent.evaluation import runner
  run = pathlib.Path(task.directory)
  small_runs.write_model(run)
  small_runs.write_step(run / "postprocessed/mean", "postprocess", uuid="p")
  asked = []
  monkeypatch.setattr(train, "train_with_gin", lambda *args, **options: None)
  monkeypatch.setattr(
      runner, "evaluate",
      lambda *args, overwrite, **options: asked.append(overwrite) or {})
  for training in (str(run), "another"):
    small_runs.write_step(
        run / "postprocessed/mean", "train", uuid=training)
    performing.train_and_evaluate(task, tasks.Stopwatch({}))
  assert asked == [False, True]


def test_a_file_that_is_edited_while_a_sweep_runs_is_named(
    tmp_path, monkeypatch):
  """Its record would state the settings of before the edit."""
  from disentanglement_lib.methods.unsupervised import train
  shared = tmp_path / "shared.gin"
  shared.write_text("vae.beta = 4.")
  task, *_ = study_work.make(
      tmp_path, gin_file=str(shared), protocol="pvae",
      files=request.files(str(shared), "pvae"))
  shared.write_text("vae.beta = 8.")
  trained = []
  monkeypatch.setattr(train, "train_with_gin",
                      lambda *args, **options: trained.append(args))
  record = performing.perform(task)
  assert record.state is tasks.State.FAILED and not trained
  assert record.error == (
      f"'{shared}' or its protocol was edited since the sweep began: vae.beta "
      "was 4.0, and is 8.0. Undo that and add --retry, or give another "
      "--output.")


@pytest.mark.parametrize(("error", "line"), [
    (ValueError("a\n b"), "a b"), (OSError("no disk"), "no disk"),
    (performing.FailedMetricsError("mean/dci: x"), "mean/dci: x"),
    (KeyError("x"), "KeyError: 'x'")])
def test_the_class_of_an_error_is_given_for_bugs(error, line):
  assert performing.reason(error) == line


@pytest.fixture
def pair(tmp_path):
  """A task, and one that needs its model."""
  return study_work.make(tmp_path, models=[
      {"vae.beta": 1.}, {"ticket_gate.path": definition.ModelOf(0)}])


def test_a_source_is_performed_first_and_once(pair):
  source, task = pair
  for _ in range(2):
    assert performing.perform(task, study_work.works).state is tasks.State.DONE
  assert study_work.times(source) == study_work.times(task) == 1
  assert tasks.read(source).state is tasks.State.DONE
  assert "sources" in tasks.read(task).seconds


def test_a_source_that_fails_is_named(pair):
  source, task = pair

  def fails(task, watch):
    raise ValueError("no data")

  record = performing.perform(task, fails)
  assert record.error == "model 0, which it needs, has failed: no data"
  # Its scores alone failed, once the model is there.
  os.makedirs(os.path.join(source.model_dir, "tfhub"))

  def fails_at_first(task, watch):
    if task == source:
      raise ValueError("no score")

  assert performing.perform(task, fails_at_first).state is tasks.State.DONE


def test_a_source_of_another_process_is_waited_for(pair, monkeypatch):
  source, task = pair
  owned, refused = locks.owned, []

  def refuse_once(path):
    if str(path) == source.directory and not refused:
      refused.append(path)
      raise locks.OutputInUse("process 7 trains it")
    return owned(path)

  monkeypatch.setattr(locks, "owned", refuse_once)
  monkeypatch.setattr(performing.time, "sleep", lambda seconds: None)
  assert performing.perform(task, study_work.works).state is tasks.State.DONE
  assert refused
  assert "waiting for model 0: process 7" in pathlib.Path(task.log).read_text()


def test_training_gets_the_folder_of_the_source(pair, monkeypatch):
  from disentanglement_lib.methods.unsupervised import train

  from sparse_disent.evaluation import runner
  source, task = pair
  trained = []
  monkeypatch.setattr(
      train, "train_with_gin",
      lambda folder, overwrite, files, bindings, resume: trained.append(
          (folder, bindings)))
  monkeypatch.setattr(runner, "evaluate", lambda *args, **options: {})
  performing.perform(task)
  assert [folder for folder, _ in trained] == [source.model_dir, task.model_dir]
  assert trained[1][1][-1] == f"ticket_gate.path = {source.model_dir!r}"
