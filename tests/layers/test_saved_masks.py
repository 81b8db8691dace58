"""Test-time masks of saved runs; `test_ticket_gate` reads runs of training."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.layers import L1Gate
from sparse_disent.layers import masked
from sparse_disent.layers import saved_masks

# Two entries are below the gate's threshold of 0.01.
MASK = np.array([[0.5, -0.009, 1.0], [-0.3, 0.02, 0.0]])


def save(directory, gate, mask=None):
  """Checkpoint of a dense layer in a training graph."""
  with tf.Graph().as_default(), tf.Session() as session:
    tf.train.get_or_create_global_step()
    masked.dense(tf.ones([1, 2]), 3, name="layer", gate=gate, is_training=True)
    session.run(tf.global_variables_initializer())
    if mask is not None:
      variable, = (variable for variable in tf.trainable_variables()
                   if variable.name == "layer/l1_gate/scaled_mask:0")
      session.run(variable.assign(mask))
    tf.train.Saver().save(session, str(directory / "model.ckpt"))


def test_masks_are_those_of_test_time(tmp_path):
  save(tmp_path, L1Gate(), MASK)
  masks = saved_masks.read(saved_masks.find(str(tmp_path)))
  assert set(masks) == {"layer"}
  np.testing.assert_allclose(
      masks["layer"], [[0.5, 0.0, 1.0], [-0.3, 0.02, 0.0]])


def test_a_newer_run_in_the_same_place_is_read_again(tmp_path):
  save(tmp_path, L1Gate(), MASK)
  source = saved_masks.find(str(tmp_path))
  saved_masks.read(source).clear()
  assert np.count_nonzero(saved_masks.read(source)["layer"]) == 4
  save(tmp_path, L1Gate(), np.ones([2, 3]))
  assert np.count_nonzero(saved_masks.read(source)["layer"]) == 6


def test_no_masks(tmp_path):
  save(tmp_path, None)
  assert saved_masks.read(saved_masks.find(str(tmp_path))) == {}


@pytest.mark.parametrize("path", ["/nowhere", None, 3])
def test_no_run(path):
  assert saved_masks.find(path) is None


def write_hostile(directory, attack):
  """Checkpoint whose mask, or whose saver, writes a file."""
  with tf.Graph().as_default() as graph, tf.Session() as session:
    variable = tf.get_variable("layer/v", [2, 3], initializer=tf.ones)
    writing = tf.io.write_file("ATTACK", "x", name="attack")
    with tf.control_dependencies([writing] if attack == "mask" else []):
      tf.identity(variable, "layer/l1_gate/test_mask")
    saver = tf.train.Saver()
    session.run(tf.global_variables_initializer())
    saver.save(session, str(directory / "model.ckpt"))
    if attack == "saver":
      definition = saver.as_saver_def()
      definition.restore_op_name = "attack"
      tf.train.export_meta_graph(str(directory / "model.ckpt.meta"),
                                 graph=graph, saver_def=definition)


def test_a_mask_that_reaches_beyond_is_refused(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  write_hostile(tmp_path, "mask")
  with pytest.raises(ValueError, match="is not loaded, .*WriteFile"):
    saved_masks.read(saved_masks.find(str(tmp_path)))
  assert not (tmp_path / "ATTACK").exists()


def test_the_saver_in_the_graph_is_not_used(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  write_hostile(tmp_path, "saver")
  masks = saved_masks.read(saved_masks.find(str(tmp_path)))
  np.testing.assert_array_equal(masks["layer"], np.ones([2, 3]))
  assert not (tmp_path / "ATTACK").exists()
