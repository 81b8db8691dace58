"""A real calibration, with short times."""
import pytest
from support import study_work

from sparse_disent.study import calibrating
from sparse_disent.study import definition
from sparse_disent.study import tasks

GIN = """
  import sparse_disent
  include "gin_configs/base.gin"
  model.model = @vae()
  model.batch_size = 4
  vae.beta = 1.
  dataset.name = "dummy_data"
"""


def test_the_speed_is_the_median_of_what_was_logged_late(tmp_path):
  import tensorflow.compat.v1 as tf
  with tf.Graph().as_default(), tf.summary.FileWriter(str(tmp_path)) as writer:
    for step, speed in enumerate([1., 2., 10., 12., 11., 30.]):
      writer.add_summary(tf.Summary(value=[tf.Summary.Value(
          tag="global_step/sec", simple_value=speed)]), step)
  assert calibrating._speed(str(tmp_path)) == 12.  # Of 12, 11 and 30.


def test_too_few_steps_are_an_error(tmp_path):
  with pytest.raises(calibrating.NotMeasuredError, match="too slow to measure"):
    calibrating._speed(str(tmp_path))


def test_what_cannot_be_trained_is_named(tmp_path, monkeypatch):
  task, = study_work.make(tmp_path, 1)

  def run(copies, processes, work):
    yield None
    for copy in copies:
      yield copy, tasks.Record(state=tasks.State.FAILED, error="no data")

  monkeypatch.setattr(calibrating.local, "run", run)
  with pytest.raises(calibrating.NotMeasuredError,
                     match="Model 0 cannot be trained: no data"):
    calibrating.calibrate(task)
  assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_model_is_trained_for_a_while(tmp_path, monkeypatch):
  monkeypatch.setattr(calibrating, "train_a_while", study_work.trains_briefly)
  (tmp_path / "model.gin").write_text(GIN)
  study = definition.Study("s", str(tmp_path / "model.gin"),
                           [{"model.random_seed": 0}], protocol="none")
  task, = tasks.make(study, str(tmp_path / "out"), [0])
  found = calibrating.calibrate(task, processes=1)
  assert found.alone == found.together > 0
  assert (found.processes, found.best_processes) == (1, 1)
  # 1.7 million float32 weights, and two averages of each.
  assert .001 < found.disk_gb < .1
  assert found.memory_gb > .1
  assert not (tmp_path / "out").exists()
