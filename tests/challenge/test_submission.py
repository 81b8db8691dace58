import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from support import small_challenge

from sparse_disent.challenge import libraries
from sparse_disent.challenge import submission


@pytest.fixture
def made(tmp_path):
  submission.new(tmp_path / "mine", small_challenge.write_gin(tmp_path), ["me"])
  return tmp_path / "mine"


def test_new_is_complete(made):
  submission.check(made)
  description = json.loads((made / "aicrowd.json").read_text())
  identity = "aicrowd-neurips-2019-disentanglement-challenge"
  assert description == {
      "challenge_id": identity, "grader_id": identity, "authors": ["me"],
      "description": "sparse_disent: model", "license": "Apache-2.0",
      "gpu": False}
  assert os.access(made / "run.sh", os.X_OK)
  assert "model.training_steps = 2" in (made / "model.gin").read_text()
  assert (made / "environment.yml").read_text() == libraries.environment()
  assert "scratch/" in (made / ".gitignore").read_text().splitlines()
  assert (made / "scratch" / "dataset").is_dir()


def test_run_sh_sets_pythonpath_alone(made):
  text = (made / "run.sh").read_text()
  assert [line.split("=")[0] for line in text.splitlines()
          if line.startswith("export")] == ["export PYTHONPATH"]


def test_start_gives_train_py_the_model_and_the_libraries(made, capfd):
  (made / "train.py").write_text(
      "import os, sys\n"
      "print(sys.argv[1:])\n"
      "print(os.environ['PYTHONPATH'].split(os.pathsep)[0])\n"
      "sys.exit(3)\n")
  assert submission.start(made, ["--overwrite"]) == 3
  options, path = capfd.readouterr().out.splitlines()
  assert options == f"['--gin_config={made / 'model.gin'}', '--overwrite']"
  assert path == str(made / "lib")


@pytest.mark.parametrize("name", ["a file", "a folder with something in it"])
def test_nothing_is_overwritten(tmp_path, name):
  place = tmp_path / "mine"
  if name == "a file":
    place.write_text("precious")
  else:
    place.mkdir()
    (place / "precious").write_text("precious")
  with pytest.raises(FileExistsError, match="is not an empty folder"):
    submission.new(place, small_challenge.write_gin(tmp_path))
  assert (place if place.is_file() else place / "precious").read_text() == (
      "precious")


def test_an_empty_folder_is_filled(tmp_path):
  (tmp_path / "mine").mkdir()
  submission.new(tmp_path / "mine", small_challenge.write_gin(tmp_path))
  submission.check(tmp_path / "mine")
  description = json.loads((tmp_path / "mine/aicrowd.json").read_text())
  assert description["authors"] == [submission.NO_AUTHOR]


def test_nothing_is_left_after_an_error(tmp_path, monkeypatch):
  with pytest.raises(FileNotFoundError, match="There is no gin file"):
    submission.new(tmp_path / "mine", "none.gin")

  def fail(unused_folder):
    raise OSError("disk full")

  monkeypatch.setattr(libraries, "copy", fail)
  with pytest.raises(OSError, match="disk full"):
    submission.new(tmp_path / "mine", "gin_configs/masked_dipvae.gin")
  assert not list(tmp_path.iterdir())


def test_a_folder_that_is_no_submission(tmp_path):
  with pytest.raises(FileNotFoundError, match=(
      "is no submission: it has no 'aicrowd.json'. Give a folder that "
      "`sparse-disent challenge new` made")):
    submission.start(tmp_path)


def test_the_working_directory_is_not_replaced(tmp_path, monkeypatch):
  """A shell that is in it would be nowhere."""
  (tmp_path / "mine").mkdir()
  monkeypatch.chdir(tmp_path / "mine")
  with pytest.raises(FileExistsError, match="the working directory.*give mine"):
    submission.new(".", "gin_configs/masked_dipvae.gin")
  assert os.path.samefile(".", tmp_path / "mine")


def test_ctrl_c_waits_for_what_the_run_cleans_up(tmp_path):
  made = small_challenge.make_submission(tmp_path / "mine")
  (made / "run.sh").write_text(
      f"trap 'sleep 1; touch {made}/clean; exit 7' INT\n"
      f"touch {made}/ready\nwhile true; do sleep 0.1; done\n")
  # A shell starts what runs in its background with SIGINT ignored, this too.
  process = subprocess.Popen(
      [sys.executable, "-c", "import signal, sys; "
       "signal.signal(signal.SIGINT, signal.default_int_handler); "
       "from sparse_disent.challenge import submission; "
       "sys.exit(submission.start(sys.argv[1]))", made],
      start_new_session=True)
  try:
    while not (made / "ready").exists():
      assert process.poll() is None
      time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=60) == 7
  finally:
    with contextlib.suppress(ProcessLookupError):
      os.killpg(process.pid, signal.SIGKILL)
  assert (made / "clean").exists()


def test_a_run_that_a_signal_ends(tmp_path):
  made = small_challenge.make_submission(tmp_path / "mine")
  (made / "run.sh").write_text("kill -TERM $$\n")
  assert submission.start(made) == 128 + signal.SIGTERM
