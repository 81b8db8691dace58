import pathlib
import re
import shutil
import subprocess

import pytest
from support import study_work

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


def test_larger_studies_get_several_arrays(tmp_path):
  paths = slurm.write(study_work.study(2500), range(2500), str(tmp_path), ["do"])
  found = [re.search(r"numbers=\((.*)\)", pathlib.Path(path).read_text())[1].split()
           for path in paths]
  assert [len(numbers) for numbers in found] == [1000, 1000, 500]
  assert [int(n) for numbers in found for n in numbers] == list(range(2500))


def test_missing_slurm_is_named(tmp_path, monkeypatch):
  monkeypatch.setenv("PATH", str(tmp_path))
  with pytest.raises(OSError, match="no sbatch on this machine. The script is"):
    slurm.submit(["a.sbatch"])


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("sbatch") or subprocess.run(
        ["squeue"], capture_output=True).returncode != 0,
    reason="needs a running Slurm, such as a cluster of one node")
def test_slurm_takes_the_script(tmp_path):
  path, = slurm.write(
      study_work.study(1, resources=definition.Resources(
          cpus=1, hours=.1, memory_gb=.1)), [0], str(tmp_path),
      ["touch", str(tmp_path / "ran"), "--"])
  answer, = slurm.submit([path])
  assert "Submitted batch job" in answer
