import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.methods.shared import architectures  # noqa: F401
from support import small_training

from sparse_disent import models  # noqa: F401
from sparse_disent.compat.training import image_size

# Upstream's decoder ends in images of 64 x 64 with the channels of the data.
DECONV = ("decoder.decoder_fn must make the {0} values of an image of shape "
          "{1}, but is @{2}, which makes {3}. Use a decoder of any size, such "
          "as @fc_decoder, or images of 64 x 64.")


@gin.configurable("half_decoder", module="test_image_size")
def half_decoder(latent_tensor, output_shape, is_training):
  """A user's decoder, of 32 x 32."""
  del output_shape, is_training
  return tf.reshape(tf.layers.dense(latent_tensor, 1024), [-1, 32, 32, 1])


def bind(decoder, *bindings):
  gin.parse_config(["encoder.num_latent = 5", *bindings,
                    f"decoder.decoder_fn = @{decoder}"])


@pytest.mark.parametrize("decoder, bindings, shape, message", [
    ("deconv_decoder", [], [32, 32, 1],
     DECONV.format("1,024", "[32, 32, 1]", "deconv_decoder", "4,096")),
    # 784 does not divide 4096.
    ("deconv_decoder", [], [28, 28, 3],
     DECONV.format("2,352", "[28, 28, 3]", "deconv_decoder", "12,288")),
    ("deconv_decoder", ["encoder.num_latent = %n", "n = 6"], [128, 128, 1],
     DECONV.format("16,384", "[128, 128, 1]", "deconv_decoder", "4,096")),
    ("masked_deconv_decoder", ["channel_mask.gate = @random_gate()"],
     [64, 32, 1],
     DECONV.format("2,048", "[64, 32, 1]", "masked_deconv_decoder", "4,096")),
    ("half_decoder", [], [28, 28, 1],
     DECONV.format("784", "[28, 28, 1]", "half_decoder", "1,024")),
])
def test_another_size_is_named_with_the_cure(decoder, bindings, shape, message):
  bind(decoder, *bindings)
  with pytest.raises(ValueError) as error:
    image_size.check(shape)
  assert str(error.value) == message


@pytest.mark.parametrize("decoder, shape", [
    ("deconv_decoder", [64, 64, 3]), ("fc_decoder", [28, 28, 3]),
    ("half_decoder", [32, 32, 1]), ("deconv_decoder", [7])])
def test_decoders_that_suit_the_images_pass(decoder, shape):
  bind(decoder)
  image_size.check(shape)


def test_networks_of_its_own_pass():
  image_size.check([28, 28, 1])


class Small(dummy_data.DummyData):
  """Images of 32 x 32."""

  @property
  def observation_shape(self):
    return [32, 32, 1]

  def sample_observations_from_factors(self, factors, random_state):
    return random_state.random_sample([len(factors), 32, 32, 1]).astype(
        np.float32)


def test_a_loss_that_would_take_any_number_of_images(tmp_path, monkeypatch):
  """Upstream's `l2_loss` of one image and four goes on without an error."""
  monkeypatch.setattr(named_data, "get_named_ground_truth_data", Small)
  with pytest.raises(ValueError, match="which makes 4,096"):
    small_training.train_model(
        tmp_path / "model", 1, "model.batch_size = 1",
        "decoder.decoder_fn = @deconv_decoder",
        "reconstruction_loss.loss_fn = @l2_loss")
