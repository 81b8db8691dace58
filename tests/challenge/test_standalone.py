import numpy as np
import pytest
import tensorflow as tf

from sparse_disent.challenge import standalone


def weighted_sum():
  """A graph that sums each channel, times its number counted from 1."""
  with tf.Graph().as_default() as graph:
    images = tf.compat.v1.placeholder(tf.float32, [None, 2, 3, 2], "images")
    tf.multiply(tf.reduce_sum(images, [1, 2]), [1., 2.], "codes")
  return standalone.Representation(
      graph.as_graph_def().SerializeToString(), "images:0", "codes:0")


def test_channels_come_first():
  represent = weighted_sum()
  images = np.random.RandomState(0).uniform(size=[5, 2, 2, 3])
  expected = images.sum((2, 3)) * [1, 2]
  for _ in range(2):
    codes = represent(images)
    assert isinstance(codes, np.ndarray)
    np.testing.assert_allclose(codes, expected, rtol=1e-6)
  assert tf.executing_eagerly()


def test_wrong_shape():
  with pytest.raises(ValueError, match=r"but have \(2, 2, 3\)"):
    weighted_sum()(np.zeros([2, 2, 3]))


def test_source_imports_numpy_and_tensorflow_alone():
  with open(standalone.__file__) as file:
    lines = [line for line in file if "import " in line and line[0] != " "]
  assert [line.split()[1] for line in lines if line.startswith("import")] == [
      "numpy", "tensorflow"]
  assert not any(line.startswith("from") for line in lines)
