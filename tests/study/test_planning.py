import json

import pytest
from support import study_work

from sparse_disent.study import planning
from sparse_disent.study import tasks

SPEED = planning.Calibration(
    alone=10., together=16., processes=2, memory_gb=1.5, disk_gb=.25)


def test_the_faster_way_is_chosen():
  assert (SPEED.best_processes, SPEED.steps_per_second) == (2, 16.)
  slow = planning.Calibration(10., 9., 2, 1., 1.)
  assert (slow.best_processes, slow.steps_per_second) == (1, 10.)


def test_a_calibration_is_read_as_it_was_written(tmp_path):
  assert planning.read(str(tmp_path)) is None
  planning.write(str(tmp_path), SPEED)
  assert planning.read(str(tmp_path)) == SPEED


@pytest.mark.parametrize("content", [
    {}, {"alone": 1., "together": 2., "processes": 2, "memory_gb": 1.},
    {"alone": 1., "together": "2", "processes": 2, "memory_gb": 1.,
     "disk_gb": 1.}])
def test_another_file_is_told_in_one_line(tmp_path, content):
  (tmp_path / planning.CALIBRATION).write_text(json.dumps(content))
  with pytest.raises(ValueError, match=(
      "calibration.json' must hold the numbers alone, disk_gb, memory_gb, "
      "processes, together. Measure them again with --calibrate")):
    planning.read(str(tmp_path))


def test_what_is_left_is_estimated(tmp_path):
  planned = study_work.make(tmp_path, 4)
  tasks.write(planned[0], tasks.Record(), state=tasks.State.DONE,
              seconds={"train": 9., "evaluate": 1200.})
  found = planning.estimate(planned, [10, 57600, 57600, 57600], SPEED)
  assert (found.models, found.steps) == (3, 172800)
  assert found.training == pytest.approx(172800 / 16 / 3600)  # 3 h
  assert found.evaluation == pytest.approx(3 * 1200 / 2 / 3600)
  assert found.memory_gb == 3.
  assert found.disk_gb == .75
  assert found.text() == (
      "3 models, 172,800 training steps\n"
      "training: 3 h 0 min on one machine like this one\n"
      "evaluation: 30 min 0 s\n"
      "memory: 3.0 GB on each machine\n"
      "disk: 0.8 GB")
  assert "training: 1 h 0 min on 3 machines" in found.text(3)


def test_unknown_speeds_are_not_guessed(tmp_path):
  planned = study_work.make(tmp_path, 2)
  found = planning.estimate(planned, [10, 10], None)
  assert found.text() == (
      "2 models, 20 training steps\nThe speed of this machine is unknown: "
      "measure it with --calibrate (about a minute).")
  found = planning.estimate(planned, [10, 10], SPEED)
  assert "evaluation: unknown until a model" in found.text()


def test_long_times_are_days():
  estimate = planning.Estimate(12600, 1, 24000., None, 1., 1.)
  assert "training: 24,000 h (1,000 days) on one machine" in estimate.text()
