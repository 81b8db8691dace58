"""What is read of a module, and which modules are refused."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from support import tiny
from support.exported import export

from sparse_disent.export import reading


def test_masks_and_networks(tmp_path):
  closed = np.array([0, 1, 1, 0, 1, 0])

  def values(name, shape):
    return closed if name == "encoder/means/random_gate/mask" else None

  path = export(
      tmp_path, "masked_fc", "channel_mask.gate = @random_gate()",
      "random_gate.granularity = 'channel'", "channel_mask.layers = ['means']",
      values=values)
  model = reading.read(path)
  assert list(model.masks) == ["encoder/means"]
  np.testing.assert_array_equal(model.masks["encoder/means"], closed)
  assert model.is_sampled
  assert model.encoder.source.shape == (8, 8, 3)
  assert model.decoder.source.shape == (6,)
  assert set(model.encoder.outputs) == {"mean", "logvar"}
  assert set(model.decoder.outputs) == {"images"}


def test_reconstructions_from_the_mean(tmp_path):
  assert not reading.read(tiny.write(tmp_path)).is_sampled


def test_other_noise(tmp_path):
  path = tiny.write(tmp_path, sample=lambda mean, logvar: mean + tf.exp(
      logvar) * tf.random_uniform(tf.shape(mean)))
  with pytest.raises(ValueError) as error:
    reading.read(path)
  assert str(error.value) == (
      "The module's reconstructions draw noise by ['RandomUniform']. "
      "Compaction knows models that decode the mean, or a sample as upstream's "
      "do.")


def test_a_representation_is_no_model(tmp_path):
  def module_fn():
    images = tf.placeholder(tf.float32, [None, 2])
    hub.add_signature("representation", images, 2.0 * images)

  path = str(tmp_path / "tfhub")
  hub.create_module_spec(module_fn).write(path, {})
  with pytest.raises(ValueError) as error:
    reading.read(path)
  assert str(error.value) == (
      f"The module in '{path}' is no model: its signature 'gaussian_encoder' "
      "should have the inputs and outputs (['images'], ['logvar', 'mean']), "
      "but has None. Give the directory of a model that dlib_train wrote.")


def test_a_model_without_variables(tmp_path):
  def encoder(images):
    return images[:, 0, 0], images[:, 1, 1]

  path = tiny.write(tmp_path, encoder, lambda codes: tf.tile(
      tf.reshape(codes, [-1, 1, 1, 2]), [1, 6, 6, 1]))
  model = reading.read(path)
  assert model.masks == {}
