"""The folder of a submission as the server sees it: run.sh and environment."""
import json
import os
import subprocess
import sys

from support import small_challenge

from sparse_disent.challenge import submission


def test_run_sh_trains_and_exports(tmp_path):
  root = tmp_path / "mine"
  submission.new(root, small_challenge.write_gin(tmp_path))
  environment = {
      name: value for name, value in os.environ.items()
      if not name.startswith(("AICROWD_", "CROWDAI_", "DISENTANGLEMENT_"))}
  environment |= {
      "PATH": os.pathsep.join(
          [os.path.dirname(sys.executable), environment["PATH"]]),
      "PYTHONPATH": "", "AICROWD_IS_GRADING": "true",
      "AICROWD_OUTPUT_PATH": "out", "AICROWD_EVALUATION_NAME": "vae",
      "AICROWD_DATASET_NAME": "dummy_data"}
  result = subprocess.run(
      [root / "run.sh"], cwd=tmp_path, env=environment, text=True,
      capture_output=True, check=False)
  assert result.returncode == 0, result.stderr
  sent = [json.loads(line) for line in result.stdout.splitlines()
          if line.startswith("{")]
  assert [event["payload"]["event_type"].split(":")[1] for event in sent] == [
      "execution_started", *["register_progress"] * 3, "submit"]
  assert [event["payload"].get("training_progress") for event in sent] == [
      None, 0.0, 0.9, 1.0, None]
  run_dir = tmp_path / "out" / "vae"
  assert sorted(os.listdir(run_dir)) == ["model", "representation"]
  assert (run_dir / "representation" / "python_model.dill").is_file()
