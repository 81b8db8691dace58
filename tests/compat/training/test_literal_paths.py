"""Checkpoints in folders whose names TensorFlow takes for patterns."""
import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.compat.training import literal_paths

FOLDERS = ["plain", "beta4 [seed 0]", "a*b?c", "back\\slash", "[", "50%s {x}",
           "it's \"q\" é\nline"]


def session():
  tf.get_variable("x", initializer=np.float32(0))
  return tf.Session()


@pytest.mark.parametrize("name", FOLDERS)
def test_a_checkpoint_is_saved_found_and_read(tmp_path, name):
  folder = tmp_path / name
  folder.mkdir()
  with tf.Graph().as_default(), session() as first:
    saver = tf.train.Saver(sharded=True, max_to_keep=1)
    for step in (1, 2):
      first.run(tf.global_variables()[0].assign(float(step)))
      saver.save(first, str(folder / "model.ckpt"), step)
  assert not list(folder.glob("model.ckpt-1.*"))  # The older one is deleted.
  latest = tf.train.latest_checkpoint(str(folder))
  assert latest == str(folder / "model.ckpt-2")
  assert tf.train.load_checkpoint(latest).get_tensor("x") == 2
  with tf.Graph().as_default(), session() as second:
    tf.train.Saver().restore(second, latest)
    assert second.run(tf.global_variables()[0]) == 2


def test_what_is_not_there_is_still_an_error(tmp_path):
  with tf.Graph().as_default(), session() as opened, pytest.raises(
      ValueError, match="not a valid checkpoint"):
    tf.train.Saver().restore(opened, str(tmp_path / "[x]" / "model.ckpt"))


def test_a_plain_path_is_left_alone():
  assert literal_paths.literal("/a/b c/model.ckpt-1") == "/a/b c/model.ckpt-1"


def test_a_link_has_no_special_characters(tmp_path):
  folder = tmp_path / "[a]"
  folder.mkdir()
  (folder / "file").touch()
  path = literal_paths.literal(str(folder / "file"))
  assert "[" not in path
  assert os.path.samefile(path, folder / "file")
  assert literal_paths.literal(str(folder / "file")) == path


@pytest.mark.parametrize("name", FOLDERS)
def test_an_escaped_path_matches_itself_alone(tmp_path, name):
  for folder in (name, "beta4 s", "axbxc", "other"):
    (tmp_path / folder).mkdir(exist_ok=True)
  path = str(tmp_path / name)
  assert tf.gfile.Glob(literal_paths.escape(path)) == [path]
