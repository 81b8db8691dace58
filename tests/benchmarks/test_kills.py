"""Commands are killed for real; the long version is in benchmarks/kills.py."""
import os
import subprocess
import sys

import conftest
import pytest


@pytest.fixture(scope="module")
def rows():
  """The table of a few kills and signals, at moments of one seed."""
  done = subprocess.run(
      [sys.executable, "benchmarks/kills.py", "--kills=1", "--seed=1",
       "--signal", "KILL", "TERM", "--command", "dlib_postprocess --overwrite",
       "dlib_evaluate", "report", "data"],
      cwd=conftest.ROOT, env={**os.environ, "PYTHONPATH": "tests"},
      capture_output=True, text=True, check=False)
  assert done.returncode == 0, done.stderr[-3000:]
  header, _, *lines = [
      [cell.strip() for cell in line.strip("|").split("|")]
      for line in done.stdout.splitlines()]
  return [dict(zip(header, line, strict=True)) for line in lines]


def test_nothing_is_lost_or_half_and_nothing_lives_on(rows):
  assert len(rows) == 8
  for row in rows:
    assert [row[name] for name in ("lost", "half", "orphans", "left behind")
            ] == ["0"] * 4, row


def test_the_same_command_goes_on(rows):
  assert [row["went on, equal"] for row in rows] == ["1"] * 8


def test_a_signal_takes_one_line(rows):
  assert [row["message"] for row in rows] == ["1"] * 8
