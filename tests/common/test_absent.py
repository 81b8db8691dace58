"""Messages on folders without results, as a user of a command reads them."""
import os

import pytest

from sparse_disent.common import absent
from sparse_disent.common import locks


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)


def explain(path):
  return absent.explain(path, f"No results in '{path}'.", "Give a run.")


def begin(folder, *steps, recorded=True):
  checkpoints = os.path.join(folder, "tf_checkpoint")
  os.makedirs(checkpoints)
  for name in (*(f"model.ckpt-{step}.index" for step in steps),
               *(["started.gin"] if recorded else [])):
    open(os.path.join(checkpoints, name), "x").close()


@pytest.mark.parametrize("path, near", [
    ("mising", " Did you mean 'missing'?"),
    ("mising/", " Did you mean 'missing'?"),
    ("mising/model", " Did you mean 'missing/model'?"),
    ("mising/modle", " Did you mean 'missing'?"),
    ("missing/modle", " Did you mean 'missing/model'?"),
    ("zebra", ""), ("zebra/model", ""), ("afile/model", ""), ("", "")])
def test_what_does_not_exist_gets_the_nearest_folder(path, near):
  os.makedirs("missing/model")
  os.makedirs(".mising")
  open("afile", "x").close()
  assert explain(path) == f"'{path}' does not exist.{near} Give a run."


def test_a_link_to_nothing():
  os.symlink("gone", "link")
  assert explain("link") == (
      "'link' is a link to 'gone', which does not exist. Give a run.")


def test_a_file():
  open("afile", "x").close()
  assert explain("afile") == "'afile' is a file, not a folder. Give a run."


def test_an_address():
  assert explain("gs://bucket/run") == (
      "'gs://bucket/run' is an address, and only folders of this machine are "
      "read. Copy it here, and give the copy.")


def test_an_empty_folder_and_one_of_other_things():
  os.mkdir("run")
  with locks.owned("run/model"):  # Hidden files of ours are nothing.
    assert explain("run") == "'run' is empty. Give a run."
  open("run/notes", "x").close()
  assert explain("run") == "No results in 'run'. Give a run."


@pytest.mark.parametrize("given", ["my run", "my run/model"])
@pytest.mark.parametrize("steps, where", [
    ((0, 68), "at step 68"), ((), "before its first checkpoint")])
def test_a_stopped_training_gets_the_command_that_goes_on(given, steps, where):
  begin("my run/model", *steps)
  assert explain(given) == (
      f"The training in 'my run/model' was stopped {where}. To go on: "
      "dlib_train '--gin_config=my run/model/tf_checkpoint/started.gin' "
      "'--model_dir=my run/model' --resume")


def test_one_that_was_to_replace_a_result():
  begin(".model.overwriting", 5)
  os.mkdir("model")
  assert explain("model") == (
      "The training in 'model' was stopped at step 5. To go on: dlib_train "
      f"--gin_config={os.getcwd()}/.model.overwriting/tf_checkpoint/started.gin"
      " --model_dir=model --resume")


def test_one_of_which_nothing_is_recorded():
  begin("model", 5, recorded=False)
  assert explain("model") == (
      "The training in 'model' was stopped at step 5. Its settings are not "
      "recorded: train again with dlib_train and --overwrite.")


def test_further_ones_are_counted():
  for name in "abc":
    begin(f"runs/{name}", 5)
  assert explain("runs").startswith(
      "The training in 'runs/a' was stopped at step 5, and 2 more below 'runs' "
      "are unfinished. To go on: dlib_train --gin_config=runs/a/")


def test_one_that_goes_on(monkeypatch):
  begin("run/model", 5)
  with locks.owned("run/model"):
    text = explain("run")
  assert text.startswith("The training in 'run/model' goes on, by ")
  assert f", process {os.getpid()} on host " in text
  assert text.endswith("; its last checkpoint is step 5. Wait for its end.")
