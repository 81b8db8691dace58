import json
import os
import pathlib
import signal
import subprocess
import time

import pytest
from disentanglement_lib.methods.unsupervised import train
from disentanglement_lib.postprocessing import postprocess
from support import small_challenge
from support import small_run

from sparse_disent.challenge import events
from sparse_disent.challenge import training
from sparse_disent.common import processes


@pytest.fixture
def root(tmp_path, monkeypatch):
  """An empty submission folder, the working directory; no variable is set."""
  for name in ("AICROWD_OUTPUT_PATH", "AICROWD_EVALUATION_NAME",
               "AICROWD_DATASET_NAME", "AICROWD_IS_GRADING",
               "CROWDAI_IS_GRADING"):
    monkeypatch.delenv(name, raising=False)
  monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path / "data"))
  return tmp_path


def told(output):
  """The messages among the lines of a run, without their prefix."""
  return [json.loads(line)["message"] for line in output.splitlines()
          if line.startswith("{")]


def test_output_tree(small_challenge_run):
  _, run_dir, reported = small_challenge_run
  for name in ("model/tf_checkpoint/checkpoint", "model/tfhub/saved_model.pb",
               "model/results/json/train_results.json",
               "representation/tfhub/saved_model.pb",
               "representation/python_model.dill",
               "representation/results/gin/postprocess.gin"):
    assert os.path.isfile(os.path.join(run_dir, name)), name
  assert sorted(os.listdir(run_dir)) == ["model", "representation"]
  # Whole or not at all: nothing unfinished lies beside it.
  assert os.listdir(os.path.dirname(run_dir)) == ["small"]
  assert reported == [0.0, 0.9, 1.0, "submitted"]


def test_main_works_from_the_defaults(root, capsys, monkeypatch):
  monkeypatch.setenv("AICROWD_DATASET_NAME", "dummy_data")
  code = training.main(
      root, [f"--gin_config={small_challenge.write_gin(root)}",
             "--gin_bindings=model.batch_size = 4"])
  output = capsys.readouterr()
  assert code == 0, output.err
  assert told(output.out) == [
      "execution_started", *["register_progress"] * 3, "submit"]
  run_dir = root / "scratch" / "shared" / "experiment_name"
  assert output.out.splitlines()[-1] == f"Wrote {run_dir}."
  config = (run_dir / "model/results/gin/train.gin").read_text()
  assert "dataset.name = 'dummy_data'" in config
  assert "model.batch_size = 4" in config


def fails(root, capsys, *options):
  """Runs `main`; returns its error, which the server is told too."""
  before = sorted(root.rglob("*"))
  assert training.main(root, list(options)) == 1
  output = capsys.readouterr()
  assert told(output.out) == ["execution_started", "execution_error"]
  error, = [line for line in output.err.splitlines() if "error" in line]
  reason = json.loads(output.out.splitlines()[-1])["payload"]["error"]
  assert error == f"sparse-disent: error: {reason}"
  assert sorted(root.rglob("*")) == before
  return reason


def test_missing_gin_file(root, capsys):
  assert "There is no gin file 'none.gin'" in fails(
      root, capsys, "--gin_config=none.gin")


def test_missing_data_set(root, capsys):
  reason = fails(
      root, capsys, f"--gin_config={small_challenge.write_gin(root)}")
  assert "Data set 'cars3d' needs" in reason
  assert "The name is AICROWD_DATASET_NAME's, or its default." in reason


def test_unknown_data_set(root, capsys, monkeypatch):
  monkeypatch.setenv("AICROWD_DATASET_NAME", "cats")
  assert "dataset.name is 'cats', but must be one of" in fails(
      root, capsys, f"--gin_config={small_challenge.write_gin(root)}")


def test_wrong_name_of_the_run(root, capsys, monkeypatch):
  monkeypatch.setenv("AICROWD_EVALUATION_NAME", "../up")
  assert "AICROWD_EVALUATION_NAME is '../up'" in fails(
      root, capsys, f"--gin_config={small_challenge.write_gin(root)}")


def half_written(root):
  path = root / "scratch/shared/experiment_name/model/half"
  path.parent.mkdir(parents=True)
  path.write_text("old")
  return path


def test_half_written_output_is_left_alone(root, capsys):
  half_written(root)
  reason = fails(root, capsys, "--gin_config=none.gin")
  assert "There is an output in" in reason
  assert "Give --overwrite to replace it, or another AICROWD_EVAL" in reason


@pytest.mark.parametrize("is_grading", [False, True])
def test_failed_training_leaves_the_old_output(
    root, capsys, monkeypatch, is_grading):
  """On the server outputs are replaced, as by the starter kit."""
  path = half_written(root)
  monkeypatch.setenv("AICROWD_DATASET_NAME", "dummy_data")
  if is_grading:
    monkeypatch.setenv("AICROWD_IS_GRADING", "true")

  def fail(model_dir, *unused, **unused_kwargs):
    os.makedirs(model_dir)
    raise RuntimeError("training\ndiverged")

  monkeypatch.setattr(train, "train_with_gin", fail)
  options = [] if is_grading else ["--overwrite"]
  assert training.main(
      root, [f"--gin_config={small_challenge.write_gin(root)}", *options]) == 1
  assert capsys.readouterr().err.endswith("error: training diverged\n")
  assert path.read_text() == "old"
  assert [child.name for child in (root / "scratch/shared").iterdir()] == [
      "experiment_name"]


def test_overwrite(root, monkeypatch):
  chosen = small_challenge.settings(root / "out")
  old = pathlib.Path(chosen.run_dir, "metrics/old")
  old.parent.mkdir(parents=True)
  old.write_text("old")
  with small_run.data(root):
    training.run(chosen, small_challenge.write_gin(root), [],
                 small_challenge.Recorder(), overwrite=True)
  assert sorted(os.listdir(chosen.run_dir)) == ["model", "representation"]


def test_the_server_hears_of_every_error(root, capsys, monkeypatch):
  def fail(*unused_args, **unused_kwargs):
    raise ZeroDivisionError("oh")

  monkeypatch.setattr(training, "run", fail)
  with pytest.raises(ZeroDivisionError):
    training.main(root, ["--gin_config=model.gin"])
  assert told(capsys.readouterr().out) == [
      "execution_started", "execution_error"]


@pytest.mark.parametrize("signum, code", [
    (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_takes_one_line_that_the_server_hears(
    root, capsys, monkeypatch, signum, code):
  monkeypatch.setattr(training, "run", lambda *unused_args, **unused_kwargs: (
      os.kill(os.getpid(), signum), time.sleep(10)))
  assert training.main(root, ["--gin_config=model.gin"]) == code
  output = capsys.readouterr()
  assert told(output.out) == ["execution_started", "execution_error"]
  assert output.err == (f"sparse-disent: stopped by {signum.name}. Go on with "
                        "the same command.\n")


def test_a_run_ends_with_the_command_that_started_it(
    root, capsys, monkeypatch):
  leader = subprocess.Popen(["true"])
  leader.wait()
  here = processes.current()
  monkeypatch.setenv("SPARSE_DISENT_STARTED_BY", str(processes.Process(
      leader.pid, 1, here.machine)))
  monkeypatch.setattr(
      training, "run", lambda *unused_args, **unused_kwargs: time.sleep(10))
  try:
    assert training.main(root, ["--gin_config=model.gin"]) == 143
  except training.stopping.Stopped:
    pytest.fail("it ends outside of `run`")
  assert "stopped by SIGTERM" in capsys.readouterr().err


def test_overwriting_keeps_what_is_no_output(root):
  chosen = small_challenge.settings(root / "out")
  notes = pathlib.Path(chosen.run_dir, "notes")
  notes.parent.mkdir(parents=True)
  notes.touch()
  with pytest.raises(ValueError, match="the output is .* holds 'notes'"):
    training.run(chosen, "none.gin", [], small_challenge.Recorder(),
                 overwrite=True)
  assert notes.exists()


def test_a_stopped_run_goes_on_from_its_checkpoint(root, monkeypatch):
  """And a run with other settings does not touch it."""
  chosen = small_challenge.settings(root / "out")
  gin_file = small_challenge.write_gin(root)
  unfinished = root / "out/.small.unfinished"

  def stop(*unused_args, **unused_kwargs):
    raise KeyboardInterrupt

  run = lambda *bindings: training.run(
      chosen, gin_file, bindings, small_challenge.Recorder())
  with small_run.data(root):
    with monkeypatch.context() as patch:
      patch.setattr(postprocess, "postprocess_with_gin", stop)
      with pytest.raises(KeyboardInterrupt) as error:
        run()
    assert error.value.advice == "Go on with the same command."
    assert os.listdir(root / "out") == [".small.unfinished"]
    trained = json.loads((
        unfinished / "model/results/json/train_results.json").read_text())
    with pytest.raises(ValueError, match="has other settings.*--overwrite"):
      run("model.batch_size = 4")
    run()
  assert os.listdir(root / "out") == ["small"]
  assert sorted(os.listdir(chosen.run_dir)) == ["model", "representation"]
  found = json.loads(pathlib.Path(
      chosen.run_dir, "model/results/json/train_results.json").read_text())
  assert found == trained


def test_recorder_can_do_what_events_can():
  assert {"progress", "submitted"} <= set(dir(events.Events))
