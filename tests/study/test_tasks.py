import json
import pathlib

import pytest
from support import study_work

from sparse_disent.study import definition
from sparse_disent.study import performing
from sparse_disent.study import tasks


def test_tasks_know_their_folder_and_what_they_are(tmp_path):
  task = study_work.make(tmp_path, bindings=["model.training_steps = 5"])[2]
  assert task.directory == str(tmp_path / "2")
  assert task.model_dir == str(tmp_path / "2" / "model")
  assert task.bindings == (
      "model.model_num = 2", "vae.beta = 2.0", "model.random_seed = 2",
      "model.training_steps = 5")
  assert task.label == "vae.beta=2.0, model.random_seed=2"


def test_a_record_is_read_as_it_was_written(tmp_path):
  task = study_work.make(tmp_path)[0]
  assert tasks.read(task) == tasks.Record()
  written = tasks.write(task, tasks.Record(), state=tasks.State.FAILED,
                        error="no data", attempts=2, seconds={"train": 1.5})
  assert tasks.read(task) == written
  found = json.loads(pathlib.Path(task.directory, "task.json").read_text())
  assert (found["state"], found["error"]) == ("failed", "no data")


def test_another_model_in_the_folder_is_refused(tmp_path):
  task, = study_work.make(tmp_path, 1)
  tasks.write(task, tasks.Record(), state=tasks.State.DONE)
  other, = study_work.make(
      tmp_path, 1, bindings=["vae.beta = 9", "model.training_steps = 10"])
  with pytest.raises(ValueError, match="vae.beta was 0.0, and is 9"):
    tasks.read(other)
  other, = study_work.make(tmp_path, 1, protocol="mig")
  with pytest.raises(ValueError, match="protocol was nothing, and is mig"):
    tasks.read(other)


def test_the_same_files_by_other_paths_are_the_same_model(
    tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  pathlib.Path("mine").mkdir()
  pathlib.Path("a.gin").touch()
  pathlib.Path("b.gin").touch()
  task, = study_work.make("out", 1, gin_file="a.gin", protocol="mine")
  tasks.write(task, tasks.Record(), state=tasks.State.DONE)
  same, = study_work.make(
      "out", 1, gin_file=str(tmp_path / "a.gin"), protocol="mine/")
  assert tasks.is_done(same, tasks.read(same))
  other, = study_work.make("out", 1, gin_file="b.gin", protocol="mine")
  with pytest.raises(ValueError, match="gin_file was a.gin, and is b.gin"):
    tasks.read(other)


def test_more_steps_and_a_new_number_are_the_same_model(tmp_path):
  task, = study_work.make(tmp_path, 1)
  record = tasks.write(task, tasks.Record(), state=tasks.State.DONE)
  assert tasks.is_done(task, record)
  longer, = study_work.make(
      tmp_path, 1,
      bindings=["model.training_steps = 20", "model.model_num = 8"])
  assert not tasks.is_done(longer, tasks.read(longer))


def test_settings_are_compared_as_gin_reads_them(tmp_path):
  task, = study_work.make(tmp_path, 1, bindings=[
      "vae.a = 'x = 1'  # as before", "model.training_steps = 20"])
  tasks.write(task, tasks.Record(), state=tasks.State.DONE)
  same, = study_work.make(tmp_path, 1, bindings=[
      'vae.a="x = 1"\nmodel.training_steps=20'])
  assert tasks.is_done(same, tasks.read(same))
  other, = study_work.make(tmp_path, 1, bindings=['vae.a = "x = 2"'])
  with pytest.raises(ValueError, match="vae.a was 'x = 1', and is 'x = 2'"):
    tasks.read(other)


FILES = (("encoder.num_latent", "10"), ("model.training_steps", "10"),
         (f"{tasks.PROTOCOLS}metric mig", "a1"))


def begun(output, **changes):
  """The task of a model that is done, under other circumstances."""
  task, = study_work.make(output, 1, bindings=(), files=FILES)
  tasks.write(task, tasks.Record(), state=tasks.State.DONE)
  return study_work.make(output, 1, **{
      "bindings": (), "files": FILES, **changes})[0]


@pytest.mark.parametrize(("files", "match"), [
    ({"encoder.num_latent": "32"}, "encoder.num_latent was 10, and is 32"),
    ({"vae.x": "3"}, "vae.x was not set, and is 3"),
    ({FILES[2][0]: "b2"}, "the protocol's metric mig was a1, and is b2")])
def test_an_edited_file_is_named(tmp_path, files, match):
  task = begun(tmp_path, files={**dict(FILES), **files}.items())
  with pytest.raises(ValueError, match=match):
    tasks.read(task)


def test_another_metric_is_more_to_do(tmp_path):
  more = begun(tmp_path, files=[
      *FILES, (f"{tasks.PROTOCOLS}metric dci", "c3")])
  assert not tasks.is_done(more, tasks.read(more))
  fewer = begun(tmp_path, files=FILES[:2])
  assert tasks.is_done(fewer, tasks.read(fewer))


def test_fewer_steps_are_refused_and_change_nothing(tmp_path):
  """Steps are those of the gin file, or of a binding."""
  task = begun(tmp_path, bindings=["model.training_steps = 5"])
  path = pathlib.Path(task.directory, "task.json")
  before = path.read_bytes()
  with pytest.raises(ValueError, match=r"10 steps, and 5 are .*--steps=10 or"):
    performing.perform(task, study_work.works)
  assert path.read_bytes() == before


def test_a_record_of_before_knows_no_files(tmp_path):
  task = begun(tmp_path)
  path = pathlib.Path(task.directory, "task.json")
  record = json.loads(path.read_text())
  assert record.pop("files") == dict(FILES)
  path.write_text(json.dumps(record))
  assert tasks.is_done(task, tasks.read(task))


@pytest.mark.parametrize("content", [
    '{"state": "done", "bindings": ["a ="]}',
    '{"state": "done", "bindings": [1]}',
    "{}", '{"state": "gone", "bindings": []}', "[]", '{"state": 1', "\0",
    '{"state": "done", "bindings": [], "more": 1}'])
def test_damaged_records_are_named(tmp_path, content):
  task, = study_work.make(tmp_path, 1)
  path = pathlib.Path(task.directory, "task.json")
  path.parent.mkdir()
  path.write_text(content)
  with pytest.raises(ValueError, match="task.json"):
    tasks.read(task)


def test_seconds_of_all_attempts_add_up(monkeypatch):
  now = iter([0., 2., 5., 6.])
  monkeypatch.setattr("time.monotonic", lambda: next(now))
  watch = tasks.Stopwatch({"train": 10.})
  for step in ("train", "evaluate", "train"):
    watch.lap(step)
  assert watch.seconds == {"train": 13., "evaluate": 3.}


@pytest.mark.parametrize(("text", "expected"), [
    ("one\ntwo\n\n", "two"), ("bar 1\rbar 2\r", "bar 2"), ("", ""),
    ("x" * 5000 + "\nend", "end")])
def test_last_line(tmp_path, text, expected):
  task, = study_work.make(tmp_path, 1)
  pathlib.Path(task.directory).mkdir()
  assert tasks.last_line(task) == ""
  pathlib.Path(task.log).write_text(text)
  assert tasks.last_line(task) == expected


def test_a_source_is_looked_for_in_the_same_sweep(tmp_path):
  models = [{"vae.beta": 1.}, {"ticket_gate.path": definition.ModelOf(0)}]
  first, second = study_work.make(tmp_path, models=models)
  assert second.sources == (("ticket_gate.path", first),)
  assert second.all_bindings == [
      *second.bindings, f"ticket_gate.path = '{tmp_path}/0/model'"]
  # Another --output is no other model.
  moved = study_work.make(tmp_path / "x", models=models)[1]
  assert moved.bindings == second.bindings
