"""The categorical latent: splitting, joining, classes, validation."""
import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from scipy import special
from scipy import stats

import sparse_disent  # noqa: F401
from sparse_disent.layers import CategoricalLatent

MEAN, LOGVAR = np.random.RandomState(0).normal(size=[2, 4, 7])


def evaluate(tensors):
  with tf.Session() as session:
    return session.run(tensors)


@pytest.fixture(autouse=True)
def graph():
  with tf.Graph().as_default() as graph:
    tf.set_random_seed(0)
    yield graph


def test_the_last_means_are_the_logits():
  z_mean, z_logvar, logits = evaluate(CategoricalLatent(num_classes=3).split(
      tf.constant(MEAN), tf.constant(LOGVAR)))
  np.testing.assert_array_equal(z_mean, MEAN[:, :4])
  np.testing.assert_array_equal(z_logvar, LOGVAR[:, :4])
  np.testing.assert_array_equal(logits, MEAN[:, 4:])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exported_posterior_ends_in_class_probabilities(dtype):
  layer = CategoricalLatent(num_classes=3)
  posterior = layer.split(tf.constant(MEAN, dtype), tf.constant(LOGVAR, dtype))
  joined = layer.join(*posterior)
  assert [value.shape.as_list() for value in joined] == [[4, 7], [4, 7]]
  mean, logvar = evaluate(joined)
  np.testing.assert_array_equal(mean[:, :4], MEAN[:, :4].astype(dtype))
  np.testing.assert_allclose(
      mean[:, 4:], special.softmax(MEAN[:, 4:], axis=1), rtol=1e-6)
  np.testing.assert_array_equal(logvar[:, :4], LOGVAR[:, :4].astype(dtype))
  # A standard deviation of 1e-10.
  np.testing.assert_allclose(logvar[:, 4:], 2 * np.log(1e-10), rtol=1e-6)


def test_kl_loss_is_the_mean_over_the_batch():
  layer = CategoricalLatent(num_classes=7)
  p = special.softmax(MEAN, axis=1)
  np.testing.assert_allclose(
      evaluate(layer.kl_loss(tf.constant(MEAN))),
      np.mean(np.log(7) - stats.entropy(p, axis=1)), rtol=1e-9)


def test_samples_depend_on_the_draw_and_on_the_temperature():
  logits, draw = tf.zeros([1000, 5]), tf.placeholder(tf.int64, [])
  samples = {
      temperature: CategoricalLatent(temperature=temperature).sample(
          logits, draw) for temperature in (0.1, 0.67)}
  with tf.Session() as session:
    one, again, other = (
        session.run(samples, {draw: step}) for step in (1, 1, 2))
  np.testing.assert_array_equal(one[0.67], again[0.67])
  assert np.mean(one[0.67].argmax(1) == other[0.67].argmax(1)) < 0.3
  # Both come from the same noise; a lower temperature is closer to one-hot.
  np.testing.assert_array_equal(one[0.1].argmax(1), one[0.67].argmax(1))
  assert one[0.1].max(1).mean() > one[0.67].max(1).mean() + 0.1


@pytest.mark.parametrize("argument, value, message", [
    ("num_classes", 1, "categorical_latent.num_classes must be an integer of "
     "at least 2, but is 1. MNIST has 10 digits."),
    ("num_classes", 2.5, "categorical_latent.num_classes must be an integer of "
     "at least 2, but is 2.5. MNIST has 10 digits."),
    ("temperature", 0.0, "categorical_latent.temperature must be greater than "
     "0, but is 0.0. JointVAE uses 0.67."),
    ("weight", -1.0, "categorical_latent.weight must be 0 or greater, but is "
     "-1.0. 1 is the evidence lower bound's; 0 turns the KL divergence off."),
])
def test_messages(argument, value, message):
  with pytest.raises(ValueError) as error:
    CategoricalLatent(**{argument: value})
  # gin adds a line that says which configurable was called.
  assert str(error.value).splitlines()[0] == message


def test_there_must_be_more_latents_than_classes():
  with pytest.raises(ValueError) as error:
    CategoricalLatent(num_classes=7).check_size(7)
  assert str(error.value) == (
      "categorical_latent.num_classes must be less than encoder.num_latent, 7, "
      "which counts the classes, but is 7. "
      "Increase encoder.num_latent by the number of classes.")


def test_gin():
  gin.parse_config("categorical_latent.num_classes = 4")
  assert CategoricalLatent().num_classes == 4
