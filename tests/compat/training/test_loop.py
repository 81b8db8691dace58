"""Orderly ends of the training loop."""
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.common import training_files
from sparse_disent.compat.training import checkpoints
from sparse_disent.compat.training import hooks
from sparse_disent.compat.training import loop
from sparse_disent.compat.training import parts
from sparse_disent.compat.training import run_config


class Shown:
  """A progress display that shows nothing."""

  def update_to(self, count, postfix=""):
    pass


def run(model_dir, inputs, last_step=5, listeners=(), **config):
  """Trains the mean of what `inputs` yields; returns the weight."""
  with tf.Graph().as_default():
    step = tf.train.get_or_create_global_step()
    data = tf.data.Dataset.from_generator(inputs, tf.float32, [])
    value = tf.data.make_one_shot_iterator(data).get_next()
    weight = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    with tf.control_dependencies([weight.assign_add(value)]):
      train_op = step.assign_add(1)
    spec = run_config.TPUEstimatorSpec("train", loss=value, train_op=train_op)
    loop.run(spec, loop.Settings(
        model_dir=str(model_dir), config=run_config.RunConfig(**config),
        session_config=tf.ConfigProto(), last_step=last_step,
        listeners=listeners), Shown())


def saved(model_dir):
  """Step and weight in the newest checkpoint."""
  reader = tf.train.load_checkpoint(checkpoints.latest(model_dir))
  return reader.get_tensor("global_step"), reader.get_tensor("w")


def numbers(end):
  def inputs():
    yield from range(1, 10)
    end()
  return inputs


def test_the_last_step_is_saved(tmp_path):
  run(tmp_path, numbers(lambda: None), save_checkpoints_steps=100)
  assert saved(tmp_path) == (5, 15)


def test_data_that_end_are_no_error(tmp_path):
  run(tmp_path, numbers(lambda: None), None)
  assert saved(tmp_path) == (9, 45)


def test_data_that_cannot_be_read_any_more_are_an_error_and_saved(tmp_path):

  def fail():
    raise OSError("gone")

  with pytest.raises(ValueError, match="The training data cannot be read: .*"
                     r"gone.* was trained is in .*model.ckpt-9\. To go on: "):
    run(tmp_path, numbers(fail), 20)
  assert saved(tmp_path) == (9, 45)


def test_an_error_of_the_model_saves_nothing_new(tmp_path):
  with tf.Graph().as_default():
    step = tf.train.get_or_create_global_step()
    with tf.control_dependencies([step.assign_add(1)]):
      failing = tf.debugging.Assert(step < 3, ["broken"])
    spec = run_config.TPUEstimatorSpec(
        "train", loss=tf.constant(1.0), train_op=failing)
    with pytest.raises(tf.errors.InvalidArgumentError):
      loop.run(spec, loop.Settings(
          model_dir=str(tmp_path), config=run_config.RunConfig(),
          session_config=tf.ConfigProto(), last_step=9), Shown())
  assert list(training_files.saved(tmp_path)) == [0]


def test_before_the_first_step_a_part_is_told(tmp_path):
  told = []
  part = parts.Part(lambda: told.append(training_files.saved(tmp_path)))
  with parts.running(part):
    run(tmp_path, numbers(lambda: None), 2)
  assert told == [{}]
  assert part.batches == 2


def test_a_signal_in_the_middle_of_saving_costs_no_step(tmp_path):
  calls = []

  class Interrupting(tf.train.CheckpointSaverListener):

    def before_save(self, session, global_step_value):
      calls.append(global_step_value)
      if calls == [0, 3]:
        raise KeyboardInterrupt

  with pytest.raises(KeyboardInterrupt):
    run(tmp_path, numbers(lambda: None), save_checkpoints_steps=3,
        listeners=[Interrupting()])
  assert calls == [0, 3, 3]
  assert saved(tmp_path) == (3, 6)


def test_a_signal_at_the_end_of_a_step_loses_no_batch(tmp_path, monkeypatch):
  """It comes when the step has been taken, and before any hook knows."""

  def interrupt(*unused_args):
    raise KeyboardInterrupt

  monkeypatch.setattr(hooks.TrainingMonitor, "after_run", interrupt)
  part = parts.Part()
  with parts.running(part), pytest.raises(KeyboardInterrupt):
    run(tmp_path, numbers(lambda: None))
  assert part.batches == 0
  assert saved(tmp_path) == (1, 1)
  assert checkpoints.progress(tmp_path, 1).batches == 1
