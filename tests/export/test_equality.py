"""A module that is not the same is found out, whichever output differs."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from support import tiny

from sparse_disent.export import equality

IMAGES = np.random.RandomState(0).uniform(size=[5, *tiny.IMAGE])
CODES = np.random.RandomState(1).normal(size=[5, 3])
ALL = np.ones(3, bool)
CONSTANTS = {"mean": np.zeros(3), "logvar": np.zeros(3)}


def sampled(mean, logvar):
  return mean + tf.exp(logvar / 2.0) * tf.random_normal(tf.shape(mean))


def encoder_off(by):
  """An encoder with something added to its outputs, by name."""
  def encoder(images):
    mean, logvar = tiny.default_encoder(images)
    return mean + by.get("mean", 0.0), logvar + by.get("logvar", 0.0)

  return encoder


def check(before, after, latents=ALL, constants=CONSTANTS):
  return equality.check(before, after, IMAGES, CODES, latents, constants)


@pytest.fixture(scope="module", name="before")
def before_module(tmp_path_factory):
  return tiny.write(tmp_path_factory.mktemp("before"), sample=sampled)


def test_the_same_model_with_noise_of_its_own(before, tmp_path):
  after = tiny.write(tmp_path, sample=sampled)
  assert check(before, after) == 0.0


@pytest.mark.parametrize("by, output", [
    ({"mean": [0.0, 0.0, 1e-4]}, "mean"),
    ({"logvar": 1e-4}, "logvar"),
    ({"logvar": np.nan}, "logvar"),
    ({"images": 0.1}, "decoded images")])
def test_a_difference(before, tmp_path, by, output):
  after = tiny.write(
      tmp_path, encoder_off(by),
      lambda codes: tiny.default_decoder(codes) + by.get("images", 0.0),
      # So that reconstructions differ by less.
      lambda mean, logvar: mean - by.get("mean", 0.0) + tf.exp(
          (logvar - np.nan_to_num(by.get("logvar", 0.0))) / 2.0
      ) * tf.random_normal(tf.shape(mean)))
  with pytest.raises(ValueError) as error:
    check(before, after)
  message = str(error.value)
  assert message.startswith("The compacted module is not the model: its ")
  assert message.endswith(
      "of its largest value, and may differ by 1e-05. Nothing was written. "
      "This is a fault of sparse_disent: report it with the model's gin file.")
  if output != "decoded images":
    assert f"its {output} differ by" in message


def test_reconstructions_that_decode_something_else(before, tmp_path):
  after = tiny.write(tmp_path)
  with pytest.raises(ValueError, match="its reconstructions differ by"):
    check(before, after)


def test_a_difference_is_a_fraction_of_the_largest_value(tmp_path):
  def encoder(images):
    mean, logvar = tiny.default_encoder(images)
    return 1000.0 * mean, logvar

  def off(images):
    mean, logvar = encoder(images)
    return mean + 0.001, logvar

  before, after = (
      tiny.write(tmp_path / str(number), part, lambda codes: tf.tile(
          codes[:, :1, None, None] * 0.0, [1, 6, 6, 2]))
      for number, part in enumerate((encoder, off)))
  mean = equality.outputs(before, IMAGES, CODES, CODES)["mean"]
  expected = 0.001 / np.abs(mean).max()
  np.testing.assert_allclose(check(before, after), expected, rtol=0.1)
  assert expected < 1e-5


def test_of_small_values_a_difference_is_one_of_1(tmp_path):
  """Codes near 0 are rounded like others: noise is far from them."""
  def encoder(images):
    return [0.01 * part for part in tiny.default_encoder(images)]

  def off(images):
    mean, logvar = encoder(images)
    return mean + 1e-6, logvar

  before, after = (
      tiny.write(tmp_path / str(number), part)
      for number, part in enumerate((encoder, off)))
  assert np.abs(equality.outputs(before, IMAGES, CODES, CODES)["mean"]
                ).max() < 0.05
  assert check(before, after) < 5e-6


def narrow(latents, codes_are_read=True):
  """Networks of which the code lacks some latents."""
  def encoder(images):
    return [tf.boolean_mask(part, latents, axis=1)
            for part in tiny.default_encoder(images)]

  def decoder(codes):
    wide = tf.transpose(tf.scatter_nd(
        np.flatnonzero(latents)[:, None], tf.transpose(codes),
        [3, tf.shape(codes)[0]]))
    return tiny.default_decoder(tf.ensure_shape(wide, [None, 3]))

  return encoder, decoder


def test_a_latent_that_is_left_out_must_be_the_constant(tmp_path):
  latents = np.array([True, False, True])

  def encoder(images):
    mean, logvar = tiny.default_encoder(images)
    return (mean * latents, logvar * latents + [0.0, -7.0, 0.0])

  def decoder(codes):
    return tiny.default_decoder(codes * latents)

  before = tiny.write(tmp_path / "before", encoder, decoder)
  after = tiny.write(tmp_path / "after", *narrow(latents))
  right = {"mean": np.zeros(3), "logvar": np.array([99.0, -7.0, 99.0])}
  assert check(before, after, latents, right) < 1e-6
  with pytest.raises(ValueError, match="its logvar differ by 1 of its"):
    check(before, after, latents, CONSTANTS)


def test_a_latent_that_is_left_out_must_not_matter(before, tmp_path):
  latents = np.array([True, False, True])
  after = tiny.write(tmp_path, *narrow(latents), sampled)
  with pytest.raises(ValueError, match="its (decoded images|mean) differ by"):
    check(before, after, latents)
