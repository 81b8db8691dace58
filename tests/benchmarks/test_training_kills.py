"""A short version of the kills: one SIGTERM, one SIGKILL, and the end."""
import signal
import subprocess
import time

import conftest
import pytest
from disentanglement_lib.methods.unsupervised import train

from sparse_disent.common import training_files

MODEL = "sparse_vae"
STOPPED = "stopped by SIGTERM. To go on: x --resume"


@pytest.fixture
def kills(monkeypatch):
  monkeypatch.syspath_prepend(conftest.ROOT / "benchmarks")
  import training_kills
  return training_kills


def stop(command, model_dir, after, signum):
  """Trains until there is a checkpoint beyond a step, and sends a signal.

  Returns:
    step: Step of the newest checkpoint.
    exit_code: As `subprocess` gives it.
    log: What the part printed.
  """
  with subprocess.Popen(
      command, text=True, stdout=subprocess.PIPE,
      stderr=subprocess.STDOUT) as part:
    folder = model_dir / "tf_checkpoint"
    while max(training_files.saved(folder), default=0) <= after:
      assert part.poll() is None, part.communicate()
      time.sleep(0.02)
    part.send_signal(signum)
    log, _ = part.communicate()
  return max(training_files.saved(folder)), part.returncode, log


def finish(kills, model_dir, steps):
  """Trains to the end, in this process."""
  train.train_with_gin(str(model_dir), gin_bindings=[
      *kills.TINY, *kills.MODELS[MODEL],
      f"model.training_steps = {steps}"], resume=True)


def test_a_training_that_was_killed_ends_bit_equal(kills, tmp_path):
  model_dir = tmp_path / "model"
  command = kills.command(MODEL, model_dir, 10**6)
  step, code, log = stop(command, model_dir, 0, signal.SIGTERM)
  assert kills.expected("SIGTERM", code, log), log
  assert f"model.ckpt-{step}'. To go on: dlib_train" in log
  step, code, _ = stop(command, model_dir, step, signal.SIGKILL)
  assert code == -signal.SIGKILL
  assert not kills.half_written(model_dir)
  finish(kills, model_dir, step + 5)
  finish(kills, tmp_path / "whole", step + 5)
  assert kills.outcome(model_dir) == kills.outcome(
      tmp_path / "whole")
  assert {path.name for path in tmp_path.iterdir()} == {"model", "whole"}


@pytest.mark.parametrize("name, code, log, expected", [
    ("SIGKILL", -9, "", True), ("SIGTERM", 143, STOPPED, True),
    ("SIGTERM", 143, f"Traceback\n{STOPPED}", False),
    ("SIGINT", 130, "stopped by x. The same command starts again.", True),
    ("SIGTERM", 143, "", False), ("SIGHUP", 143, STOPPED, False),
    ("SIGINT", 0, "", True)])
def test_a_signal_is_expected_to_end_in_one_line(
    kills, name, code, log, expected):
  assert kills.expected(name, code, log) == expected


def test_a_half_written_result_is_found(kills, tmp_path):
  (tmp_path / "results/json").mkdir(parents=True)
  (tmp_path / "results/json/train_results.json").write_text('{"loss": ')
  (tmp_path / "tfhub").mkdir()
  assert len(kills.half_written(tmp_path)) == 2
