import dataclasses
import os
import pathlib

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.compat.training import building
from sparse_disent.compat.training import checkpoints
from sparse_disent.compat.training import estimator
from sparse_disent.compat.training import hooks
from sparse_disent.compat.training import parts

TARGET = 3.


def input_fn(params, num_batches=None):
  """Batches whose i-th one is filled with i."""
  batches = np.arange(num_batches or 10_000, dtype=np.float32)
  data = tf.data.Dataset.from_tensor_slices(batches).map(
      lambda i: tf.fill([params["batch_size"], 1], i))
  return data.make_one_shot_iterator().get_next()


def model_fn(features, labels, mode, params):
  """One weight w from 0 by gradient descent on (w - 3)^2."""
  del labels, params
  weight = tf.get_variable("w", [], initializer=tf.zeros_initializer())
  loss = (weight - TARGET)**2
  if mode == estimator.ModeKeys.TRAIN:
    tf.summary.scalar("weight", weight)
    train_op = tf.train.GradientDescentOptimizer(.1).minimize(
        loss, global_step=tf.train.get_global_step())
    return estimator.TPUEstimatorSpec(mode=mode, loss=loss, train_op=train_op)
  metrics = (lambda x: {"mean": tf.metrics.mean(x)}, [features])
  return estimator.TPUEstimatorSpec(
      mode=mode, loss=loss, eval_metrics=metrics)


def make(tmp_path, model=model_fn, **config):
  return estimator.TPUEstimator(
      model_fn=model, model_dir=tmp_path, train_batch_size=2,
      eval_batch_size=2, config=estimator.RunConfig(**config))


def weight_after(steps):
  """Gradient descent of the quadratic in closed form: w_t = 3 (1 - .8^t)."""
  return TARGET * (1 - .8**steps)


def test_trains_exactly_the_steps_asked_for(tmp_path):
  model = make(tmp_path)
  model.train(input_fn, steps=7)
  reader = tf.train.load_checkpoint(model.latest_checkpoint())
  assert reader.get_tensor("global_step") == 7
  np.testing.assert_allclose(reader.get_tensor("w"), weight_after(7), 1e-5)


def test_models_are_trained_with_quick_operations(tmp_path):
  graphs = []

  def quick_model_fn(features, labels, mode, params):
    del labels, params
    codes = tf.layers.dense(tf.layers.dense(features, 3), 2)
    images = tf.layers.conv2d_transpose(
        codes[:, None, None], 1, 4, 2, "same")
    loss = tf.reduce_mean(images**2)
    train_op = tf.train.AdamOptimizer().minimize(
        loss, global_step=tf.train.get_global_step())
    graphs.append(tf.get_default_graph())
    return estimator.TPUEstimatorSpec(mode=mode, loss=loss, train_op=train_op)

  make(tmp_path, quick_model_fn).train(input_fn, steps=1)
  types = [op.type for op in graphs[0].get_operations()]
  # One a dense layer.
  assert types.count("BatchMatMulV2") == 2
  assert "DepthToSpace" in types


def test_training_keeps_memory(tmp_path, monkeypatch):
  calls = []
  monkeypatch.setattr(
      estimator.machine, "keep_memory", lambda: calls.append("keep"))
  model = make(tmp_path)
  model.train(lambda params: calls.append("build") or input_fn(params), steps=1)
  assert calls == ["keep", "build"]


def test_a_second_call_continues(tmp_path):
  model = make(tmp_path, keep_checkpoint_max=1)
  model.train(input_fn, steps=4)
  model.train(input_fn, steps=3)
  reader = tf.train.load_checkpoint(model.latest_checkpoint())
  np.testing.assert_allclose(reader.get_tensor("w"), weight_after(7), 1e-5)
  # With one before it, in case that the newest is damaged.
  assert len(list(tmp_path.glob("model.ckpt-*.index"))) == 2


@pytest.mark.parametrize("stopped_at", [None, 3, 4, 6])
def test_the_calls_of_a_part_each_train_their_steps(tmp_path, stopped_at):
  """As of a fork that trains and evaluates in turn, stopped and resumed."""
  def train(part, calls, steps):
    with parts.running(part):
      model = make(tmp_path)
      for _ in range(calls):
        model.train(input_fn, steps=steps)
        model.evaluate(lambda params: input_fn(params, 1))
    return tf.train.load_checkpoint(model.latest_checkpoint())

  if stopped_at is not None:
    train(parts.Part(), 1, stopped_at)
  part = parts.Part()
  reader = train(part, 3, 4)
  assert reader.get_tensor("global_step") == part.batches == 12
  np.testing.assert_allclose(reader.get_tensor("w"), weight_after(12), 1e-5)


def test_two_models_of_a_part_each_train_their_steps_on_all_batches(tmp_path):
  part = parts.Part()
  with parts.running(part):
    for name, steps in (("a", 5), ("b", 3), ("a", 2)):
      make(tmp_path / name).train(input_fn, steps=steps)
      assert part.batches == {"a": 5, "b": 3}[name] + (steps == 2) * 2
  for name, steps in (("a", 7), ("b", 3)):
    model = make(tmp_path / name)
    assert model.latest_checkpoint().endswith(f"-{steps}")


def test_the_time_of_a_part_counts_once_for_all_its_calls(
    tmp_path, monkeypatch):
  monkeypatch.setattr(parts.time, "time", lambda: 107.)
  part = parts.Part(begun=100.)
  with parts.running(part):
    for _ in range(2):
      make(tmp_path).train(input_fn, steps=2)
  assert checkpoints.progress(tmp_path, 4) == checkpoints.Progress(4, 7.)


def test_max_steps_reached_trains_no_more(tmp_path):
  model = make(tmp_path)
  model.train(input_fn, max_steps=4)
  model.train(input_fn, max_steps=4)
  assert model.latest_checkpoint().endswith("model.ckpt-4")


def test_evaluation_averages_all_batches(tmp_path):
  model = make(tmp_path)
  model.train(input_fn, steps=5)
  results = model.evaluate(lambda params: input_fn(params, num_batches=4))
  assert results["mean"] == (0 + 1 + 2 + 3) / 4
  assert results["global_step"] == 5
  np.testing.assert_allclose(
      results["loss"], (weight_after(5) - TARGET)**2, 1e-4)
  assert set(results) == {"loss", "mean", "global_step"}


def test_evaluation_stops_after_steps(tmp_path):
  model = make(tmp_path)
  model.train(input_fn, steps=1)
  assert model.evaluate(input_fn, steps=3)["mean"] == 1


def test_evaluates_the_checkpoint_that_is_given(tmp_path):
  model = make(tmp_path)
  model.train(input_fn, steps=2)
  earlier = model.latest_checkpoint()
  model.train(input_fn, steps=3)
  results = model.evaluate(input_fn, steps=1, checkpoint_path=earlier)
  assert results["global_step"] == 2
  np.testing.assert_allclose(
      results["loss"], (weight_after(2) - TARGET)**2, 1e-4)


def test_a_checkpoint_is_written_each_time_that_is_asked_for(tmp_path):
  """By default after 600 seconds; with 0, after each step."""
  make(tmp_path, save_checkpoints_secs=0).train(input_fn, steps=3)
  steps = {int(path.stem.rpartition("-")[2])
           for path in tmp_path.glob("model.ckpt-*.index")}
  assert steps == {0, 1, 2, 3}


def test_writes_summaries_of_training_and_each_evaluation(tmp_path):
  model = make(tmp_path, save_summary_steps=2, log_step_count_steps=2)
  model.train(input_fn, steps=5)
  model.evaluate(input_fn, steps=1)
  model.evaluate(input_fn, steps=1, name="test")
  tags = {}
  for folder in (".", "eval", "eval_test"):
    file, = (tmp_path / folder).glob("events*")
    tags[folder] = {
        (value.tag, event.step)
        for event in tf.train.summary_iterator(str(file))
        for value in event.summary.value}
  assert {("weight", 1), ("weight", 3), ("weight", 5), ("loss", 5)} <= tags["."]
  assert "global_step/sec" in {tag for tag, _ in tags["."]}
  assert tags["eval"] == tags["eval_test"] == {("loss", 5), ("mean", 5)}


def test_runs_training_hooks(tmp_path):
  calls = []

  class Hook(tf.train.SessionRunHook):

    def after_run(self, run_context, run_values):
      calls.append("run")

    def end(self, session):
      calls.append("end")

  def with_hook(**kwargs):
    return dataclasses.replace(model_fn(**kwargs), training_hooks=[Hook()])

  make(tmp_path, with_hook).train(input_fn, steps=2, hooks=[Hook()])
  assert calls == ["run", "run", "run", "run", "end", "end"]


def test_runs_evaluation_hooks(tmp_path):
  calls = []

  class Hook(tf.train.SessionRunHook):

    def __init__(self, name):
      self.name = name

    def end(self, session):
      calls.append(self.name)

  def with_hook(**kwargs):
    return dataclasses.replace(
        model_fn(**kwargs), evaluation_hooks=[Hook("model's")])

  model = make(tmp_path, with_hook)
  model.train(input_fn, steps=1)
  assert not calls
  model.evaluate(input_fn, steps=1, hooks=[Hook("caller's")])
  assert calls == ["model's", "caller's"]


def test_labels_and_data_sets_are_taken_apart(tmp_path):
  seen = []

  def model(features, labels, mode, params):
    seen.append((features.shape.as_list(), labels.shape.as_list()))
    return model_fn(features, labels, mode, params)

  def data_set(params):
    return tf.data.Dataset.from_tensors(
        (tf.zeros([params["batch_size"], 5]), tf.zeros([2]))).repeat()

  make(tmp_path, model).train(data_set, steps=1)
  assert seen == [([2, 5], [2])]


def diverging(value):
  """The model, with a loss of `value` from the 6th step on."""
  def model(**kwargs):
    # The loss is 9 * .64^t: 1.5 in the 5th step and .97 in the 6th.
    spec = model_fn(**kwargs)
    return dataclasses.replace(
        spec, loss=tf.where(spec.loss > 1.2, spec.loss, float(value)))

  return model


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_divergence_stops_and_keeps_the_last_checkpoint(tmp_path, value):
  make(tmp_path).train(input_fn, steps=3)
  with pytest.raises(hooks.DivergedError) as error:
    make(tmp_path, diverging(value)).train(input_fn, steps=9)
  message = str(error.value)
  assert message.startswith(f"The training loss is {value} at step 6 (")
  assert "Lower the learning rate" in message
  assert message.endswith("model.ckpt-3.")
  assert make(tmp_path).latest_checkpoint().endswith("model.ckpt-3")


def test_a_loss_is_looked_at_before_its_step_is_saved(tmp_path):
  model = make(tmp_path, diverging("nan"), save_checkpoints_secs=0)
  with pytest.raises(hooks.DivergedError, match="model.ckpt-5.$"):
    model.train(input_fn, steps=9)
  assert model.latest_checkpoint().endswith("model.ckpt-5")


def test_divergence_in_the_last_step_is_not_saved(tmp_path):
  """The loss of that step is still finite; its weights are not."""

  def exploding(**kwargs):
    spec = model_fn(**kwargs)
    weight, = tf.trainable_variables()
    with tf.control_dependencies([spec.train_op]):
      return dataclasses.replace(
          spec, train_op=tf.assign(weight, float("nan")))

  with pytest.raises(hooks.DivergedError) as error:
    make(tmp_path, exploding).train(input_fn, steps=1)
  assert str(error.value).startswith(
      "Some weights are not finite after step 1 (w): training diverged.")
  assert str(error.value).endswith("model.ckpt-0.")


def test_an_evaluation_that_is_not_finite_is_an_error(tmp_path):
  make(tmp_path).train(input_fn, steps=1)

  def infinite(**kwargs):
    return dataclasses.replace(model_fn(**kwargs), loss=tf.constant(np.inf))

  with pytest.raises(hooks.DivergedError, match="model.ckpt-1 is inf"):
    make(tmp_path, infinite).evaluate(input_fn, steps=1)


def test_ctrl_c_keeps_what_was_trained(tmp_path, capfd):

  class Interrupt(tf.train.SessionRunHook):

    def after_run(self, run_context, run_values):
      self.runs = getattr(self, "runs", 0) + 1
      if self.runs == 3:
        raise KeyboardInterrupt

  model = make(tmp_path)
  with pytest.raises(KeyboardInterrupt):
    model.train(input_fn, steps=100, hooks=[Interrupt()])
  assert model.latest_checkpoint().endswith("model.ckpt-3")
  assert "Interrupted. What was trained is in" in capfd.readouterr().err


def test_a_step_that_stands_still_is_an_error(tmp_path):

  def standing(**kwargs):
    return dataclasses.replace(model_fn(**kwargs), train_op=tf.no_op())

  with pytest.raises(ValueError, match="global step stays at 0"):
    make(tmp_path, standing).train(input_fn, steps=3)


def test_nothing_to_evaluate_is_an_error(tmp_path):
  with pytest.raises(ValueError, match="No checkpoint to evaluate"):
    make(tmp_path).evaluate(input_fn)


def test_tpus_are_refused(tmp_path):
  with pytest.raises(ValueError, match="use_tpu must be False, got True"):
    estimator.TPUEstimator(model_fn, tmp_path, use_tpu=True)


def test_seed_fixes_training_noise(tmp_path):

  def noisy(features, labels, mode, params):
    del features, labels, params
    weight = tf.get_variable("w", [])
    loss = (weight - tf.random_normal([]))**2
    train_op = tf.train.GradientDescentOptimizer(.1).minimize(
        loss, global_step=tf.train.get_global_step())
    return estimator.TPUEstimatorSpec(mode=mode, loss=loss, train_op=train_op)

  weights = []
  for run, seed in enumerate([1, 1, 2]):
    model = make(tmp_path / str(run), noisy, tf_random_seed=seed)
    model.train(input_fn, steps=3)
    weights.append(tf.train.load_checkpoint(
        model.latest_checkpoint()).get_tensor("w"))
  assert weights[0] == weights[1] != weights[2]


def test_the_step_is_read_before_the_batch_is_there(tmp_path):

  def model(features, mode, **kwargs):
    step, = tf.get_collection(building.STEP_OF_BATCH)
    assert step.op in features.op.control_inputs
    return model_fn(features, mode=mode, **kwargs)

  make(tmp_path, model).train(input_fn, steps=1)


def test_progress_ends_at_the_last_step(tmp_path, capfd):
  make(tmp_path).train(input_fn, steps=3)
  last = capfd.readouterr().err.strip().splitlines()[-1]
  assert last.startswith("training: 3/3 steps")
  assert "loss" in last


def test_checkpoints_can_move(tmp_path):
  make(tmp_path / "old").train(input_fn, steps=1)
  os.rename(tmp_path / "old", tmp_path / "new")
  checkpoint = pathlib.Path(make(tmp_path / "new").latest_checkpoint())
  assert checkpoint.parent == tmp_path / "new"


def test_what_a_spec_asks_for_is_done_in_training(tmp_path):
  calls = []

  def with_calls(features, mode, config):
    assert config.save_checkpoints_steps == 2
    spec = model_fn(features, None, mode, {})
    counter = tf.get_variable("counter", initializer=0, trainable=False)

    def count(by):
      return [tf.assign_add(counter, by)]

    def scaffold():
      return tf.train.Scaffold(
          init_fn=lambda scaffold, session: calls.append("initialized"))

    return estimator.TPUEstimatorSpec(
        mode, None, spec.loss, spec.train_op, host_call=(count, [5]),
        scaffold_fn=scaffold)

  config = estimator.RunConfig(save_checkpoints_steps=2, model_dir=tmp_path)
  trained = estimator.TPUEstimator(
      with_calls, config=config, train_batch_size=2).train(input_fn, steps=5)
  assert calls == ["initialized"]
  read = tf.train.load_checkpoint(trained.latest_checkpoint())
  assert read.get_tensor("counter") == 25
  steps = [int(path.name.split("-")[1].split(".")[0])
           for path in tmp_path.glob("model.ckpt-*.index")]
  assert {2, 4, 5} <= set(steps)


@pytest.mark.parametrize("make_it, argument", [
    (lambda: estimator.TPUEstimator(None, "x", warm_start_from="y"),
     "TPUEstimator got warm_start_from='y'"),
    (lambda: estimator.RunConfig(master="grpc://y"),
     "RunConfig got master='grpc://y'"),
    (lambda: estimator.RunConfig(train_distribute=1),
     "RunConfig got train_distribute=1")])
def test_what_is_not_there_is_refused_by_name(make_it, argument):
  with pytest.raises(ValueError) as error:
    make_it()
  assert str(error.value).startswith(
      f"{argument}, which sparse_disent's stand-in for TensorFlow 1's does not "
      "have: leave it out. It trains on this machine; weights to start from "
      "are read in the model_fn, by tf.train.init_from_checkpoint.")


def test_without_a_directory_there_is_no_estimator():
  with pytest.raises(ValueError, match="model_dir is None: give it to the"):
    estimator.TPUEstimator(None)


def test_a_method_that_is_not_there_says_what_to_use(tmp_path):
  with pytest.raises(AttributeError, match="TPUEstimator.predict is not in"):
    _ = estimator.TPUEstimator(None, tmp_path).predict
