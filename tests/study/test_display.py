import io
import pathlib

import pytest
from support import study_work

from sparse_disent.study import display


@pytest.fixture
def planned(tmp_path):
  found = study_work.make(tmp_path, 3)
  for task in found:
    pathlib.Path(task.directory).mkdir()
  return found


def test_a_log_gets_plain_lines(planned):
  stream = io.StringIO()
  pathlib.Path(planned[2].log).write_text("training: 5/10 steps, loss 3")
  with display.Display(5, 2, every=0., stream=stream) as shown:
    shown.ended(planned[0])
    shown.ended(planned[1], "no data")
    shown.update([planned[2]])
  lines = stream.getvalue().splitlines()
  assert lines[0] == "sweep: 2/5 models"
  assert lines[1] == "model 1 failed: no data"
  assert lines[2].startswith("sweep: 3/5 models")
  assert lines[2].endswith(
      "1 running, 1 failed (model 2: training: 5/10 steps, loss 3)")


def test_what_another_sweep_works_on_has_not_failed(planned):
  stream = io.StringIO()
  with display.Display(3, 0, every=0., stream=stream) as shown:
    shown.unfinished(planned[0], "process 7 writes it")
    shown.update([])
  lines = stream.getvalue().splitlines()
  assert lines[1] == "model 0 is not done: process 7 writes it"
  assert "failed" not in stream.getvalue()


def test_a_terminal_gets_a_bar_and_a_line_for_each_running_task(
    planned, monkeypatch):
  monkeypatch.setattr(display, "is_wide", lambda stream: True)
  monkeypatch.setattr("sparse_disent.common.progress.is_wide",
                      lambda stream: True)
  stream = io.StringIO()
  pathlib.Path(planned[1].log).write_text("training: 1/10 steps")
  with display.Display(3, 0, stream=stream) as shown:
    shown.update(planned[:2])
    shown.ended(planned[1])
    shown.update(planned[:1])
  text = stream.getvalue()
  assert "model 1: training: 1/10 steps" in text
  assert "1/3" in text
