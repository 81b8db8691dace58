import json
import os
import subprocess
import sys

import conftest
import pytest

FOLDER = conftest.ROOT / "benchmarks"


@pytest.fixture(autouse=True)
def folder_of_benchmarks(monkeypatch):
  monkeypatch.syspath_prepend(FOLDER)


# Writes the process that it is started by, and the cores that it may use.
NOTE = """import json, os, sys
with open(sys.argv[1], "w") as file:
  json.dump([os.getppid(), sorted(os.sched_getaffinity(0))], file)
"""


def test_tasks_share_the_cores(tmp_path):
  import reference_runs
  jobs = max(2, len(os.sched_getaffinity(0)))
  paths = [tmp_path / str(number) for number in range(jobs + 1)]
  reference_runs.run_all(subprocess.check_call, [
      ([sys.executable, "-c", NOTE, path],) for path in paths], jobs)
  pids, cores = zip(*(json.loads(path.read_text()) for path in paths),
                    strict=True)
  assert len({*pids, os.getpid()}) == len(paths) + 1
  assert all(len(share) == 1 for share in cores)
  assert {core for share in cores for core in share} <= os.sched_getaffinity(0)


def test_a_failure_is_raised_and_stops_what_has_not_begun(tmp_path):
  import reference_runs
  paths = [tmp_path / str(number) for number in range(9)]
  for path in paths[1:]:
    path.touch()
  with pytest.raises(FileNotFoundError, match=str(paths[0])):
    reference_runs.run_all(os.remove, [(path,) for path in paths], 1)
  assert paths[-1].exists()


def test_models_are_of_the_catalogue_and_have_names_of_their_own():
  import reference_runs
  names, configs, _ = zip(*reference_runs.models(300), strict=True)
  assert len(set(names)) == 12
  assert all((conftest.ROOT / "gin_configs" / f"{config}.gin").exists()
             for config in configs)
  bindings = dict((name, found) for name, _, found
                  in reference_runs.models(300))
  # A third of the budget, as 100,000 of the study's 300,000 steps.
  assert "annealed_vae.iteration_threshold = 100" in bindings["annealed_vae"]


def test_reduced_precision_beside_float32():
  import reduced_precision
  text = reduced_precision.table({
      "float32": [{"reconstruction_loss": 90., "kl_loss": 20.},
                  {"reconstruction_loss": 94., "kl_loss": 22.}],
      "bfloat16": [{"reconstruction_loss": 91., "kl_loss": 21.}]})
  assert [line.split() for line in text.splitlines()] == [
      ["reconstruction_loss,", "nats"],
      ["float32", "90.00", "94.00", "mean", "92.00,", "sd", "2.83"],
      ["bfloat16", "91.00", "mean", "91.00,", "sd", "nan"],
      ["kl_loss,", "nats"],
      ["float32", "20.00", "22.00", "mean", "21.00,", "sd", "1.41"],
      ["bfloat16", "21.00", "mean", "21.00,", "sd", "nan"]]
