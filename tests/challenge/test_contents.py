import json
import os

import pytest
from support import small_challenge

from sparse_disent.challenge import contents
from sparse_disent.challenge import submission

LIMIT = 10 ** 6


@pytest.fixture
def root(tmp_path):
  return small_challenge.make_submission(tmp_path / "mine")


def names(root):
  return [str(path) for path in contents.files(root, max_bytes=LIMIT)]


def test_everything_but_scratch(root):
  for name in ("scratch/dataset/data.npz", "lib/__pycache__/x.pyc",
               ".git/config", "extra.py"):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("")
  assert names(root) == sorted([*submission.REQUIRED, "extra.py"])


@pytest.mark.parametrize("name", submission.REQUIRED)
def test_each_required_file(root, name):
  (root / name).unlink()
  with pytest.raises(FileNotFoundError, match=f"it has no '{name}'"):
    names(root)


@pytest.mark.parametrize("changes, message", [
    ({"challenge_id": "other"}, 'must have "challenge_id": "aicrowd-neurips'),
    ({"grader_id": None}, 'must have "grader_id": "aicrowd-neurips'),
    ({"gpu": "yes"}, 'must have "gpu" of type bool, but has "yes"'),
    ({"authors": []}, "Put in your names"),
    ({"authors": [submission.NO_AUTHOR]}, "Put in your names")])
def test_description(root, changes, message):
  small_challenge.describe(root, **changes)
  with pytest.raises(ValueError, match=message):
    names(root)


@pytest.mark.parametrize("text", ["{", json.dumps([1])])
def test_description_that_is_no_json_object(root, text):
  (root / "aicrowd.json").write_text(text)
  with pytest.raises(ValueError, match="JSON"):
    names(root)


def test_run_sh_has_to_be_executable(root):
  (root / "run.sh").chmod(0o644)
  # Root may execute no file that nobody may.
  with pytest.raises(ValueError, match="Run: chmod"):
    names(root)


@pytest.mark.parametrize("name", ["data.npz", "lib/big.MAT", "model.dill"])
def test_data(root, name):
  (root / name).write_bytes(b"")
  with pytest.raises(ValueError, match="looks like data"):
    names(root)


def test_size(root):
  (root / "big.txt").write_text("x" * LIMIT)
  with pytest.raises(ValueError, match="the largest is 'big.txt'"):
    names(root)


@pytest.mark.parametrize("line", [
    "x = '/data/mine/dsprites'", "--dir=/home/me/x", "cp /mnt/disk/a b"])
def test_absolute_paths(root, line):
  (root / "extra.py").write_text(f"# fine\n{line}\n")
  with pytest.raises(ValueError, match="absolute path '/.* in line 2"):
    names(root)


def test_paths_that_are_everywhere(root):
  (root / "extra.sh").write_text(
      "#!/bin/bash\n/usr/bin/env /home/aicrowd/run.sh a/b/c ../x/y\n"
      "https://example.org/a/b\n")
  assert "extra.sh" in names(root)


def test_links(root):
  (root / "inside").symlink_to("train.py")
  assert "inside" in names(root)


@pytest.mark.parametrize("target", [
    "../outside", "/etc/hosts", "missing", "scratch/dataset"])
def test_links_that_break(root, target):
  (root.parent / "outside").mkdir()
  (root / "scratch/dataset").mkdir(parents=True)
  (root / "link").symlink_to(target)
  with pytest.raises(ValueError, match=f"is a link to '{target}'"):
    names(root)


def test_pipes(root):
  os.mkfifo(root / "pipe")
  with pytest.raises(ValueError, match="neither a file nor a folder"):
    names(root)
