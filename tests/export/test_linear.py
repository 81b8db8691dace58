"""Dense and convolutional layers, and the constants that they read."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from support import tiny
from support.exported import assert_same

from sparse_disent.export import linear
from sparse_disent.export import nodes

# Of three channels the second is closed: its kernel is 0, its bias is not.
CLOSED = [1.0, 0.0, 1.0]


def conv(tensor, name, size, seed, *, mask=1.0, bias=None, **arguments):
  """relu(conv(x, K * mask) + b)."""
  arguments = {"strides": 1, "padding": "SAME", **arguments}
  tensor = tf.nn.conv2d(
      tensor, mask * tiny.weights(f"{name}/kernel", size, seed), **arguments)
  bias = np.linspace(-0.3, 0.4, size[-1]) if bias is None else bias
  return tf.nn.relu(tf.nn.bias_add(tensor, tiny.variable(f"{name}/bias", bias)))


def transposed(tensor, name, size, seed, padding="SAME"):
  """The same, transposed, with stride 2."""
  height = 2 * tensor.shape[1] + (size[0] - 2 if padding == "VALID" else 0)
  kernel = tiny.weights(f"{name}/kernel", size, seed)
  return tf.nn.relu(tf.nn.conv2d_transpose(
      tensor, kernel, [tf.shape(tensor)[0], height, height, size[2]], 2,
      padding))


def encoder(layers):
  """An encoder that ends in heads of its own."""
  def encode(images):
    tensor = layers(images)
    flat = tf.reshape(tensor, [-1, int(np.prod(tensor.shape[1:]))])
    return [10.0 * tf.matmul(flat, tiny.weights(
        f"encoder/{name}/kernel", [flat.shape[1], tiny.NUM_LATENT], seed))
        for seed, name in enumerate(("means", "log_var"))]

  return encode


def compact(tmp_path, layers, varies=True):
  path = tiny.write(tmp_path, encoder(layers))
  compacted, plan, variables = tiny.compact(path)
  assert plan.model.encoder.unknown == []
  assert_same(path, compacted, varies=varies)
  return variables.values


@pytest.mark.parametrize("bias", [0.5, 0.0, -0.5])
@pytest.mark.parametrize("arguments", [
    {"padding": "SAME"}, {"padding": "SAME", "strides": 2},
    {"padding": "VALID"}])
def test_a_closed_channel_before_a_convolution(tmp_path, bias, arguments):
  values = compact(tmp_path, lambda images: conv(
      conv(images, "a", [3, 3, 2, 3], 3, mask=CLOSED, bias=[0.1, bias, -0.2]),
      "b", [3, 3, 3, 4], 4, **arguments))
  assert values["a/kernel"].shape == (3, 3, 2, 2)
  assert values["b/kernel"].shape == (3, 3, 2, 4)
  # relu(bias) is a constant, but not beyond the border.
  is_uneven = bias > 0 and arguments["padding"] == "SAME"
  assert ("b/constant_kernel" in values) == is_uneven
  if is_uneven:
    with tf.Graph().as_default(), tf.Session() as session:
      kernel = tiny.weights("b/kernel", [3, 3, 3, 4], 4)
      session.run(tf.global_variables_initializer())
      expected = session.run(kernel)[:, :, 1:2]
    np.testing.assert_allclose(
        values["b/constant_kernel"], bias * expected, rtol=1e-6)


def test_a_small_constant_is_not_the_same_at_borders_either(tmp_path):
  values = compact(tmp_path, lambda images: conv(
      conv(images, "a", [3, 3, 2, 3], 3, mask=CLOSED, bias=[0.1, 0.001, -0.2]),
      "b", [3, 3, 3, 4], 4))
  assert "b/constant_kernel" in values


def test_a_constant_that_no_border_changes(tmp_path):
  values = compact(tmp_path, lambda images: conv(
      conv(images, "a", [3, 3, 2, 3], 3, mask=CLOSED, bias=[0.1, 0.5, -0.2]),
      "b", [2, 2, 3, 4], 4, strides=2))
  with tf.Graph().as_default(), tf.Session() as session:
    kernel = tiny.weights("b/kernel", [2, 2, 3, 4], 4)
    session.run(tf.global_variables_initializer())
    expected = 0.5 * session.run(kernel)[:, :, 1].sum(axis=(0, 1))
  np.testing.assert_allclose(
      values["b/bias"], np.linspace(-0.3, 0.4, 4) + expected, rtol=1e-5)
  assert sorted(values) == [
      "a/bias", "a/kernel", "b/bias", "b/kernel", "decoder/d1/kernel",
      "encoder/log_var/kernel", "encoder/means/kernel"]


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_a_closed_channel_before_a_transposed_convolution(tmp_path, padding):
  values = compact(tmp_path, lambda images: transposed(
      conv(images, "a", [3, 3, 2, 3], 3, mask=CLOSED, bias=[0.1, 0.5, -0.2]),
      "b", [4, 4, 5, 3], 4, padding))
  assert values["b/kernel"].shape == (4, 4, 5, 2)
  assert values["b/constant_kernel"].shape == (4, 4, 5, 1)


def test_several_constants_become_one_plane(tmp_path):
  values = compact(tmp_path, lambda images: conv(
      conv(images, "a", [3, 3, 2, 4], 3, mask=[0, 1, 0, 0],
           bias=[0.5, 0.1, 0.7, -0.4]), "b", [3, 3, 4, 4], 4))
  assert values["b/kernel"].shape == (3, 3, 1, 4)
  assert values["b/constant_kernel"].shape == (3, 3, 1, 4)


def test_a_closed_channel_before_a_dense_layer(tmp_path):
  values = compact(tmp_path, lambda images: conv(
      images, "a", [3, 3, 2, 3], 3, mask=CLOSED, bias=[0.1, 0.5, -0.2]))
  assert values["encoder/means/kernel"].shape == (6 * 6 * 2, 3)
  with tf.Graph().as_default(), tf.Session() as session:
    kernel = tiny.weights("encoder/means/kernel", [108, 3], 0)
    session.run(tf.global_variables_initializer())
    # 36 places of the value .5.
    expected = 0.5 * session.run(kernel)[1::3].sum(axis=0)
  np.testing.assert_allclose(
      values["encoder/means/bias"], 10.0 * expected, rtol=1e-5)


def test_a_constant_that_is_not_the_same_everywhere(tmp_path):
  # Channel 0 of b reads the closed channel of a alone: a constant whose border
  # differs, which c convolves.
  mask = np.ones([3, 4])
  mask[[0, 2], 0] = 0.0
  values = compact(tmp_path, lambda images: conv(conv(
      conv(images, "a", [3, 3, 2, 3], 3, mask=CLOSED, bias=[0.1, 0.5, -0.2]),
      "b", [3, 3, 3, 4], 4, mask=mask, bias=[0.9, 0.1, 0.1, 0.1]),
      "c", [3, 3, 4, 5], 5))
  assert values["b/kernel"].shape == (3, 3, 2, 3)
  assert values["c/kernel"].shape == (3, 3, 3, 5)
  assert values["c/constant_map"].shape == (6, 6, 5)
  assert "c/constant_kernel" not in values


def test_a_channel_that_nothing_reads(tmp_path):
  mask = np.ones([3, 4])
  mask[1] = 0.0
  values = compact(tmp_path, lambda images: conv(
      conv(images, "a", [3, 3, 2, 3], 3), "b", [3, 3, 3, 4], 4, mask=mask))
  assert values["a/kernel"].shape == (3, 3, 2, 2)
  assert values["a/bias"].shape == (2,)
  assert values["b/kernel"].shape == (3, 3, 2, 4)


def test_a_colour_that_nothing_reads(tmp_path):
  values = compact(tmp_path, lambda images: conv(
      images, "a", [3, 3, 2, 3], 3, mask=np.array([[0.0], [1.0]])))
  assert values["a/kernel"].shape == (3, 3, 1, 3)


def test_all_channels_are_closed(tmp_path):
  values = compact(tmp_path, lambda images: conv(
      conv(images, "a", [3, 3, 2, 3], 3, mask=0.0, bias=[0.1, 0.5, -0.2]),
      "b", [3, 3, 3, 4], 4), varies=False)
  assert not [name for name in values if name.startswith(("a/", "b/"))]
  assert values["encoder/means/constants"].shape == (3,)


def layer(kernel, bias):
  source = nodes.Input("input", [len(kernel)])
  return linear.Linear("layer", source, [len(bias)], linear.DENSE,
                       np.array(kernel, float), np.array(bias, float))


def test_scaled_and_selected():
  before = layer([[1, 2, 3], [4, 5, 6]], [7, 8, 9])
  after = before.affine(np.array([0.5, 0.0, 2.0]), np.array([0.0, 1.0, 1.0]))
  known = nodes.Constants(np.array([True, True]), np.array([1.0, 1.0]))
  np.testing.assert_array_equal(after.constants(known).values, [6, 1, 37])
  after = before.select(np.array([2, 0]))
  np.testing.assert_array_equal(after.constants(known).values, [18, 12])
  assert after.shape == (2,)
  assert after.num_inputs == 2


def test_what_is_constant_and_what_is_read():
  node = layer([[1, 0, 0], [0, 2, 0], [0, 3, 0]], [5, 6, 7])
  nothing = nodes.Constants(np.zeros(3, bool), np.zeros(3))
  known = node.constants(nothing)
  np.testing.assert_array_equal(known.mask, [False, False, True])
  assert known.values[2] == 7
  reads, = node.reads(np.array([False, True, True]), nothing)
  np.testing.assert_array_equal(reads, [False, True, True])
  # The first two inputs are the constants 10 and 20.
  some = nodes.Constants(np.array([True, True, False]),
                         np.array([10.0, 20.0, 99.0]))
  known = node.constants(some)
  np.testing.assert_array_equal(known.mask, [True, False, True])
  assert known.values[0] == 15
  reads, = node.reads(np.ones(3, bool), some)
  np.testing.assert_array_equal(reads, [False, False, True])
