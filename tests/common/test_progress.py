"""Lines for log files, with a clock that the test moves; tqdm on terminals."""
import contextlib
import fcntl
import io
import os
import pty
import select
import struct
import termios

import pytest

from sparse_disent.common.progress import duration
from sparse_disent.common.progress import note
from sparse_disent.common.progress import progress


@contextlib.contextmanager
def terminal(columns):
  """Yields a stream to a terminal of a width, and a function to read it."""
  reader, writer = pty.openpty()
  fcntl.ioctl(writer, termios.TIOCSWINSZ,
              struct.pack("HHHH", 24, columns, 0, 0))
  with open(writer, "w") as stream:
    yield stream, lambda: read_all(reader)
  os.close(reader)


def read_all(reader):
  """Returns what arrives until a second has passed without anything.

  One `os.read` is not enough: a terminal hands text on in pieces.
  """
  pieces = []
  while select.select([reader], [], [], 1.)[0]:
    pieces.append(os.read(reader, 10_000))
  return b"".join(pieces).decode()


class Clock:

  def __init__(self):
    self.now = 1000.

  def __call__(self):
    return self.now


def test_lines_at_most_every_ten_seconds_and_the_first_and_last():
  stream, clock = io.StringIO(), Clock()
  with progress(720, "rendering dSprites", "blocks", stream=stream,
                clock=clock) as bar:
    for _ in range(720):
      clock.now += 1 / 16
      bar.update()
  # 160 blocks are done in 10 s, so that 560 take another 35 s.
  assert stream.getvalue().splitlines() == [
      "rendering dSprites: 0/720 blocks",
      "rendering dSprites: 160/720 blocks, 16.0/s, 35 s left",
      "rendering dSprites: 320/720 blocks, 16.0/s, 25 s left",
      "rendering dSprites: 480/720 blocks, 16.0/s, 15 s left",
      "rendering dSprites: 640/720 blocks, 16.0/s, 5 s left",
      "rendering dSprites: 720/720 blocks, in 45 s"]


def test_an_estimate_waits_until_it_means_something():
  """The first step takes 12 s, and all others a tenth of a second."""
  stream, clock = io.StringIO(), Clock()
  with progress(500, "training", stream=stream, clock=clock) as bar:
    clock.now += 12
    bar.update()
    for _ in range(499):
      clock.now += 0.1
      bar.update()
  first, *lines = stream.getvalue().splitlines()[1:]
  assert first == "training: 1/500 steps"  # Not: 1 h 39 min left.
  assert lines[0] == "training: 101/500 steps, 10.0/s, 40 s left"
  assert lines[-1] == "training: 500/500 steps, in 1 min 2 s"


def test_what_takes_long_says_how_long_each_takes():
  stream, clock = io.StringIO(), Clock()
  with progress(4, "drawing", "sections", stream=stream, clock=clock) as bar:
    for _ in range(4):
      clock.now += 20
      bar.update()
  assert stream.getvalue().splitlines()[1:] == [
      "drawing: 1/4 sections", "drawing: 2/4 sections, 20 s each, 40 s left",
      "drawing: 3/4 sections, 20 s each, 20 s left",
      "drawing: 4/4 sections, in 1 min 20 s"]


def test_tasks_side_by_side_end_together():
  """Two of four take 900 s and end within 10 s: not 20 s are left, but 910."""
  stream, clock = io.StringIO(), Clock()
  with progress(6, "sweep", "models", initial=2, side_by_side=True,
                stream=stream, clock=clock) as bar:
    clock.now += 900
    bar.update()
    clock.now += 10
    bar.update()
  assert stream.getvalue().splitlines() == [
      "sweep: 2/6 models",
      "sweep: 3/6 models, 15 min 0 s each, 45 min 0 s left",
      "sweep: 4/6 models, 7 min 35 s each, 15 min 10 s left"]


def test_absolute_count_postfix_and_resumed_run():
  stream, clock = io.StringIO(), Clock()
  with progress(300, "training", initial=100, every=5., stream=stream,
                clock=clock) as bar:
    clock.now += 4
    bar.update_to(140, "loss 110.0")
    clock.now += 6
    bar.update_to(200, "loss 103.2")
    bar.update_to(201, "loss 103.1")
  # The rate counts the steps of this run alone.
  assert stream.getvalue().splitlines() == [
      "training: 100/300 steps",
      "training: 200/300 steps, 10.0/s, 10 s left, loss 103.2",
      "training: 201/300 steps, 10.2/s, 10 s left, loss 103.1"]


def test_last_line_is_not_repeated():
  stream, clock = io.StringIO(), Clock()
  with progress(10, "counting", stream=stream, clock=clock) as bar:
    clock.now += 10
    bar.update(10)
  assert stream.getvalue().splitlines() == [
      "counting: 0/10 steps", "counting: 10/10 steps, in 10 s"]


def test_error_passes_and_shows_how_far_it_came():
  stream, clock = io.StringIO(), Clock()
  with (pytest.raises(KeyboardInterrupt),
        progress(10, "counting", stream=stream, clock=clock) as bar):
    clock.now += 2
    bar.update(1)
    clock.now += 6
    bar.update(3)
    raise KeyboardInterrupt
  assert stream.getvalue().splitlines()[-1] == (
      "counting: 4/10 steps, 0.5/s, 12 s left")


def test_terminal_gets_a_bar():
  with terminal(columns=90) as (stream, read):
    with progress(10, "counting", "sheep", initial=2, stream=stream) as bar:
      bar.update_to(10, "loss 5")
    last = read().strip().split("\r")[-1]
  assert last.startswith("counting: 100%|")
  assert "10/10" in last and "sheep/s" in last and "loss 5" in last


def test_terminal_that_does_not_say_how_wide_it_is_gets_lines():
  with terminal(columns=0) as (stream, read):
    with progress(10, "counting", "sheep", stream=stream) as bar:
      bar.update_to(10)
    assert read().startswith("counting: 0/10 sheep\r\ncounting: 10/10 sheep")


def test_stderr_is_the_default(capsys):
  with progress(1, "counting") as bar:
    bar.update()
  captured = capsys.readouterr()
  assert captured.out == ""
  assert captured.err.startswith("counting: 0/1 steps\ncounting: 1/1 steps")


def test_a_note_is_a_line_of_its_own_on_stderr(capsys):
  with progress(2, "counting") as bar:
    bar.update()
    note("Look here.")
    bar.update()
  captured = capsys.readouterr()
  assert captured.out == ""
  assert captured.err.splitlines()[1] == "Look here."


@pytest.mark.parametrize("seconds, text", [
    (0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (125, "2 min 5 s"),
    (3599, "59 min 59 s"), (3600, "1 h 0 min"), (90061, "25 h 1 min")])
def test_duration(seconds, text):
  assert duration(seconds) == text


def test_unknown_total():
  stream, clock = io.StringIO(), Clock()
  with progress(None, "training", stream=stream, clock=clock) as bar:
    bar.update(1)
    clock.now += 10
    bar.update(5, "loss 2")
  assert stream.getvalue().splitlines() == [
      "training: 0 steps", "training: 6 steps, 0.5/s, loss 2"]
