import pathlib

import numpy as np
import pytest
import tensorflow as tf
from support import small_runs

from sparse_disent.report import events


def read(run):
  return events.read(run / "model/tf_checkpoint")


def test_what_tensorflow_writes(tmp_path):
  values = np.array([0.0, 0.0, 0.4, 1.0])
  with tf.Graph().as_default():
    tf.compat.v1.summary.scalar("kl_loss", 2.5)
    tf.compat.v1.summary.histogram("gates", tf.constant(values))
    merged = tf.compat.v1.summary.merge_all()
    with tf.compat.v1.Session() as session:
      writer = tf.compat.v1.summary.FileWriter(str(tmp_path), session.graph)
      writer.add_summary(session.run(merged), 7)
      writer.close()
  scalars, histograms = events.read(tmp_path)
  assert scalars == {"kl_loss": {7: 2.5}}
  histogram = histograms["gates"][7]
  edges = np.concatenate([[-np.inf], histogram.limits])
  np.testing.assert_array_equal(
      histogram.counts, [np.sum((low <= values) & (values < high)) for low, high
                         in zip(edges[:-1], edges[1:], strict=True)])


def test_later_files_win_and_evaluation_is_left_out(tmp_path):
  small_runs.write_events(tmp_path, {1: {"loss": 1.0}, 2: {"loss": 2.0}})
  folder = tmp_path / "model/tf_checkpoint"
  (folder / "events.out.tfevents.2.host").write_bytes(
      small_runs.record(2, {"loss": 5.0}))
  (folder / "eval").mkdir()
  (folder / "eval/events.out.tfevents.3.host").write_bytes(
      small_runs.record(3, {"loss": 9.0}))
  assert read(tmp_path)[0] == {"loss": {1: 1.0, 2: 5.0}}


def test_counted_names_are_those_of_the_loss(tmp_path):
  small_runs.write_events(tmp_path, {1: {
      "reconstruction_loss_1": 1.0, "elbo_1": 2.0,
      "reconstruction_loss_prefix_1": 3.0}})
  assert set(read(tmp_path)[0]) == {
      "reconstruction_loss", "elbo", "reconstruction_loss_prefix_1"}


def test_a_file_that_is_being_written_ends_early(tmp_path):
  small_runs.write_events(tmp_path, {1: {"loss": 1.0}})
  path, = (tmp_path / "model/tf_checkpoint").iterdir()
  whole = path.read_bytes()
  for length in (5, len(whole) - 1):
    path.write_bytes(whole + whole[:length])
    assert read(tmp_path)[0] == {"loss": {1: 1.0}}


def test_a_damaged_file_is_named(tmp_path):
  small_runs.write_events(tmp_path, {1: {"loss": 1.0}})
  path, = (tmp_path / "model/tf_checkpoint").iterdir()
  path.write_bytes(path.read_bytes()[:12] + b"\xff" * 30)
  with pytest.raises(ValueError, match="is damaged") as caught:
    read(tmp_path)
  assert str(path) in str(caught.value)


def test_no_folder(tmp_path):
  assert events.read(pathlib.Path(tmp_path / "none")) == ({}, {})


def test_garbage_after_a_file_is_named_and_its_curves_count(tmp_path):
  """Read as a length, these bytes would ask for 18 EB of memory."""
  small_runs.write_events(tmp_path, {1: {"loss": 1.0}})
  path, = (tmp_path / "model/tf_checkpoint").iterdir()
  size = path.stat().st_size
  path.write_bytes(path.read_bytes() + b"\xff" * 50)
  left_out = []
  scalars, _ = events.read(tmp_path / "model/tf_checkpoint", left_out)
  assert scalars == {"loss": {1: 1.0}}
  message, = left_out
  assert f"'{path}' is damaged: there is no event at byte {size}" in message
  with pytest.raises(ValueError, match="is damaged"):
    read(tmp_path)


def test_a_histogram_without_a_count_for_each_limit_is_left_out(tmp_path):
  small_runs.write_events(tmp_path, {1: {"gates": ([0.0, 1.0], [1])}})
  assert read(tmp_path) == ({}, {})
