"""Means over batches, and their summaries."""
import tensorflow.compat.v1 as tf

from sparse_disent.compat.training import evaluating
from sparse_disent.compat.training import run_config


class Shown:
  """Keeps the counts that a progress display is told."""

  def __init__(self):
    self.counts = []

  def update_to(self, count):
    self.counts.append(count)


def evaluate(batches, steps):
  """Evaluates a model whose loss and only metric are its batch."""
  with tf.Graph().as_default():
    tf.train.get_or_create_global_step()
    batch = tf.data.make_one_shot_iterator(
        tf.data.Dataset.from_tensor_slices(batches)).get_next()
    spec = run_config.TPUEstimatorSpec(
        "eval", loss=batch, eval_metrics=(
            lambda x: {"double": tf.metrics.mean(2 * x)}, [batch]))
    values, update_op = evaluating.metrics_of(spec)
    shown = Shown()
    with tf.train.MonitoredSession() as session:
      results = evaluating.run(session, values, update_op, steps, shown)
  return results, shown.counts


def test_results_are_means_up_to_the_end_of_the_data():
  assert evaluate([1.0, 2.0, 6.0], None) == (
      {"loss": 3.0, "double": 6.0, "global_step": 0}, [1, 2, 3])


def test_results_are_means_of_the_steps_asked_for():
  assert evaluate([1.0, 2.0, 6.0], 2)[0]["loss"] == 1.5


def test_scalars_of_others_join_the_results(monkeypatch):
  monkeypatch.setattr(
      evaluating, "EVALUATION_SCALARS", [lambda: {"other": tf.constant(7.0)}])
  assert evaluate([1.0], None)[0]["other"] == 7.0


def test_a_summary_has_all_but_the_step(tmp_path):
  evaluating.write_summary({"loss": 2, "global_step": 5}, str(tmp_path))
  file, = tmp_path.iterdir()
  *_, event = tf.train.summary_iterator(str(file))
  assert event.step == 5
  assert [(value.tag, value.simple_value) for value in event.summary.value] == [
      ("loss", 2.0)]
