"""Upstream's encoders with channel masks: `encoder.encoder_fn = @...`.

With all gates open they are upstream's networks, with the same initial weights
for the same seed. `channel_mask` says which layers carry a gate. The layers of
the means and of the log variances have separate masks.
"""
import gin
import tensorflow.compat.v1 as tf

from sparse_disent.models import masked_networks


@gin.configurable("masked_conv_encoder", allowlist=[])
def masked_conv_encoder(
    input_tensor: tf.Tensor, num_latent: int,
    is_training: bool = True) -> tuple[tf.Tensor, tf.Tensor]:
  """Upstream's conv_encoder with masks, by default on all layers but e1.

  Kernels of e3 and e4 are 2 x 2, as in upstream's code. The table in the
  beta-VAE paper says 4 x 4.

  Args:
    input_tensor: [batch_size, 64, 64, num_channels].
    num_latent: Integer with the number of latents.
    is_training: Whether the graph is built for training.

  Returns:
    means: [batch_size, num_latent].
    log_var: [batch_size, num_latent], log(sigma^2).
  """
  network = masked_networks.MaskedNetwork("masked_conv_encoder", is_training)
  relu, hidden = tf.nn.relu, network.hidden
  e1 = network.conv2d(input_tensor, hidden(32), 4, activation=relu, name="e1")
  e2 = network.conv2d(e1, hidden(32), 4, activation=relu, name="e2")
  e3 = network.conv2d(e2, hidden(64), 2, activation=relu, name="e3")
  e4 = network.conv2d(e3, hidden(64), 2, activation=relu, name="e4")
  e5 = network.dense(_flatten(e4), hidden(256), activation=relu, name="e5")
  return (network.dense(e5, num_latent, name="means"),
          network.dense(e5, num_latent, name="log_var"))


@gin.configurable("masked_fc_encoder", allowlist=[])
def masked_fc_encoder(
    input_tensor: tf.Tensor, num_latent: int,
    is_training: bool = True) -> tuple[tf.Tensor, tf.Tensor]:
  """Upstream's fc_encoder with masks, by default on all layers but e1.

  Upstream leaves the last two layers unnamed; here they are "means" and
  "log_var".

  Args:
    input_tensor: [batch_size, height, width, num_channels].
    num_latent: Integer with the number of latents.
    is_training: Whether the graph is built for training.

  Returns:
    means: [batch_size, num_latent].
    log_var: [batch_size, num_latent], log(sigma^2).
  """
  network = masked_networks.MaskedNetwork("masked_fc_encoder", is_training)
  relu, hidden = tf.nn.relu, network.hidden
  e1 = network.dense(
      _flatten(input_tensor), hidden(1200), activation=relu, name="e1")
  e2 = network.dense(e1, hidden(1200), activation=relu, name="e2")
  return (network.dense(e2, num_latent, name="means"),
          network.dense(e2, num_latent, name="log_var"))


def _flatten(images):
  """[batch_size, ...] to [batch_size, n]."""
  return tf.reshape(images, [-1, images.shape[1:].num_elements()])
