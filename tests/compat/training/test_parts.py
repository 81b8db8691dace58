import sys

import pytest

from sparse_disent.compat.training import checkpoints
from sparse_disent.compat.training import parts


def test_a_part_is_current_until_its_context_ends():
  part = parts.Part()
  assert parts.current() is None
  with pytest.raises(KeyError), parts.running(part):
    assert parts.current() is part
    raise KeyError
  assert parts.current() is None


def test_the_seconds_of_all_parts_add_up(monkeypatch):
  monkeypatch.setattr(parts.time, "time", lambda: 107.0)
  part = parts.Part(begun=100.0)
  part.begin_at(checkpoints.Progress(5, 20.0))
  part.batches += 1
  assert part.progress() == checkpoints.Progress(6, 27.0)


@pytest.mark.parametrize("arguments, command", [
    (["/bin/dlib_train", "--model_dir=a b", "--overwrite"],
     "dlib_train '--model_dir=a b' --resume"),
    (["dlib_train", "--overwrite=true", "--resume"], "dlib_train --resume"),
    (["my_script.py"], "train_with_gin(..., resume=True)")])
def test_the_command_that_goes_on(arguments, command, monkeypatch):
  monkeypatch.setattr(sys, "argv", arguments)
  assert parts.command() == command
