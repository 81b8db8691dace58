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
  part.begin_at(10, checkpoints.Progress(5, 20.0))
  part.count(12)
  assert part.progress(12) == checkpoints.Progress(6, 27.0)


def test_a_step_that_ended_and_was_not_counted_is_made_up_for():
  """FactorVAE takes two steps with a batch."""
  part = parts.Part()
  assert part.progress(0).batches == 0
  assert part.progress(2).batches == 1
  part.count(2)
  assert part.progress(2).batches == 1
  assert part.progress(4).batches == 2


def test_data_begin_at_a_later_batch_until_the_context_ends():
  with pytest.raises(KeyError), parts.reading_from(3) as position:
    assert not position.is_taken
    assert parts.first_batch() == 3
    assert position.is_taken
    raise KeyError
  assert parts.first_batch() == 0


@pytest.mark.parametrize("arguments, command", [
    (["/bin/dlib_train", "--model_dir=a b", "--overwrite"],
     "dlib_train '--model_dir=a b' --resume"),
    (["dlib_train", "--overwrite=true", "--resume"], "dlib_train --resume"),
    (["my_script.py"], "train_with_gin(..., resume=True)")])
def test_the_command_that_goes_on(arguments, command, monkeypatch):
  monkeypatch.setattr(sys, "argv", arguments)
  assert parts.command() == command
