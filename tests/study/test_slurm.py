import dataclasses
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import time

import pytest
from support import study_work

from sparse_disent import cli
from sparse_disent.study import definition
from sparse_disent.study import slurm

NEEDED = definition.Resources(cpus=3, gpus=1, hours=1.5, memory_gb=6)


def test_an_array_job_has_one_model_an_index(tmp_path):
  study = study_work.study(5, resources=NEEDED)
  path, = slurm.write(study, [1, 4], str(tmp_path), ["do", "a b"])
  assert path == str(tmp_path / "sweep.sbatch")
  text = pathlib.Path(path).read_text()
  options = dict(re.findall(r"^#SBATCH --([\w-]+)=?(.*)$", text, re.M))
  assert options["array"] == "0-1"
  assert options["cpus-per-task"] == "3"
  assert options["mem"] == "6000M"
  assert options["time"] == "90"
  assert options["gres"] == "gpu:1"
  assert "requeue" in options
  assert (tmp_path / "logs").is_dir()  # Slurm does not make it.
  assert "numbers=(1 4)" in text
  run = subprocess.run(
      ["bash", "-c", text.replace("\ndo ", "\nprintf '%s\\n' ")],
      capture_output=True, text=True, check=True,
      env={"SLURM_ARRAY_TASK_ID": "1"})
  assert run.stdout.splitlines() == ["a b", "--models=4"]


def test_no_gpus_are_asked_for_if_none_are_needed(tmp_path):
  path, = slurm.write(study_work.study(1), [0], str(tmp_path), ["do"])
  assert "--gres" not in pathlib.Path(path).read_text()


def test_names_that_a_shell_would_split_are_quoted(tmp_path, monkeypatch):
  """Seen to run with slurm-wlm 22.05, which reads %% as %."""
  monkeypatch.chdir(tmp_path)  # The command's paths may be relative.
  study = dataclasses.replace(study_work.study(1), name="my study: it's")
  path, = slurm.write(study, [0], str(tmp_path / "a b%j"), ["do"])
  lines = [line.partition("=") for line
           in pathlib.Path(path).read_text().splitlines()]
  values = {name: shlex.split(value) for name, _, value in lines
            if name.startswith("#SBATCH")}
  assert values["#SBATCH --job-name"] == ["my study: it's"]
  assert values["#SBATCH --chdir"] == [str(tmp_path)]
  assert values["#SBATCH --output"] == [f"{tmp_path}/a b%%j/logs/%A_%a.out"]


def test_slurm_shares_no_gpu(tmp_path):
  study = study_work.study(1, resources=definition.Resources(gpus=.5))
  with pytest.raises(ValueError, match=(
      "study.gpus must be a whole number for Slurm, but is 0.5. Round it up, "
      "or choose --runner=ray")):
    slurm.write(study, [0], str(tmp_path / "output"), ["do"])
  assert not list(tmp_path.iterdir())


def test_a_short_time_is_not_none(tmp_path):
  """Slurm takes a time of 0 for no limit, and a memory of 0 for all of it."""
  study = study_work.study(1, resources=definition.Resources(
      hours=.001, memory_gb=1e-4))
  path, = slurm.write(study, [0], str(tmp_path), ["do"])
  text = pathlib.Path(path).read_text()
  assert "--time=1\n" in text and "--mem=1M\n" in text


def test_larger_studies_get_several_arrays(tmp_path):
  paths = slurm.write(
      study_work.study(2500), range(2500), str(tmp_path), ["do"])
  texts = [pathlib.Path(path).read_text() for path in paths]
  found = [re.search(r"numbers=\((.*)\)", text)[1].split() for text in texts]
  assert [len(numbers) for numbers in found] == [1000, 1000, 500]
  assert [int(n) for numbers in found for n in numbers] == list(range(2500))


def test_missing_slurm_is_named(tmp_path, monkeypatch):
  monkeypatch.setenv("PATH", str(tmp_path))
  with pytest.raises(OSError, match="no sbatch on this machine. The script is"):
    slurm.submit(["a.sbatch"])


GIN = """
  import sparse_disent
  include "gin_configs/base.gin"
  model.model = @vae()
  vae.beta = 1.
  dataset.name = "dummy_data"
  model.batch_size = 4
"""
needs_slurm = pytest.mark.skipif(
    not shutil.which("sbatch") or subprocess.run(
        ["sinfo"], capture_output=True, check=False).returncode != 0,
    reason="needs a running Slurm; a cluster of one node will do")


def wait_until(condition, seconds=900):
  end = time.monotonic() + seconds
  while not condition():
    assert time.monotonic() < end
    time.sleep(.2)


@needs_slurm
@pytest.mark.slow
def test_a_requeued_job_goes_on_from_its_checkpoint(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  (tmp_path / "model.gin").write_text(GIN)
  (tmp_path / "mine.gin").write_text(
      'study.gin_config = "model.gin"\nstudy.vary = {"vae.beta": [1.]}\n'
      'study.protocol = "pvae"\nstudy.cpus = 1\nstudy.memory_gb = 3\n'
      'study.bindings = ["model.eval_steps = 1"]\n')
  assert cli.main(["sweep", "mine.gin", "--steps=300", "--runner=slurm",
                   "--submit", "--output=out"]) == 0
  wait_until(lambda: any(tmp_path.joinpath("out").glob(
      "*/model/tf_checkpoint/model.ckpt-0.index")))
  time.sleep(3)  # Some steps.
  job = subprocess.run(["squeue", "-h", "-o", "%F_%K"], capture_output=True,
                       text=True, check=True).stdout.split()[0]
  subprocess.run(["scontrol", "requeue", job], check=True)
  record, = _wait_for_record(tmp_path)
  assert record["attempts"] == 2
  assert record["state"] in ("done", "failed")  # Of dummy data no score is.
  results, = tmp_path.glob("out/*/model/results/json/train_results.json")
  assert json.loads(results.read_text())["global_step"] == 300
  log, = tmp_path.glob("out/*/task.log")
  assert "stopped" in log.read_text() or "Stopped" in log.read_text()


def _wait_for_record(tmp_path):
  def records():
    found = [json.loads(path.read_text())
             for path in tmp_path.glob("out/*/task.json")]
    return [one for one in found if one["state"] in ("done", "failed")]

  wait_until(records)
  return records()
