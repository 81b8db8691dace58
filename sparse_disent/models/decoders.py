"""Upstream's decoders with channel masks: `decoder.decoder_fn = @...`.

With all gates open they are upstream's networks, with the same initial weights
for the same seed. Upstream leaves their layers unnamed; here they are d1, d2
and so on.
"""
import gin
import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.models import masked_networks


@gin.configurable("masked_deconv_decoder", allowlist=[])
def masked_deconv_decoder(
    latent_tensor: tf.Tensor, output_shape: list[int],
    is_training: bool = True) -> tf.Tensor:
  """Upstream's deconv_decoder with masks, by default on all layers but d6.

  Args:
    latent_tensor: [batch_size, num_latent].
    output_shape: [64, 64, num_channels].
    is_training: Whether the graph is built for training.

  Returns:
    logits: [batch_size] + output_shape.
  """
  network = masked_networks.MaskedNetwork("masked_deconv_decoder", is_training)
  relu, hidden = tf.nn.relu, network.hidden
  d1 = network.dense(latent_tensor, hidden(256), activation=relu, name="d1")
  d2 = network.dense(d1, 16 * hidden(64), activation=relu, name="d2")
  features = tf.reshape(d2, [-1, 4, 4, hidden(64)])
  d3 = network.conv2d_transpose(
      features, hidden(64), 4, activation=relu, name="d3")
  d4 = network.conv2d_transpose(d3, hidden(32), 4, activation=relu, name="d4")
  d5 = network.conv2d_transpose(d4, hidden(32), 4, activation=relu, name="d5")
  d6 = network.conv2d_transpose(d5, output_shape[2], 4, name="d6")
  return tf.reshape(d6, [-1, *output_shape])


@gin.configurable("masked_fc_decoder", allowlist=[])
def masked_fc_decoder(
    latent_tensor: tf.Tensor, output_shape: list[int],
    is_training: bool = True) -> tf.Tensor:
  """Upstream's fc_decoder with masks, by default on all layers but d4.

  Args:
    latent_tensor: [batch_size, num_latent].
    output_shape: [height, width, num_channels].
    is_training: Whether the graph is built for training.

  Returns:
    logits: [batch_size] + output_shape.
  """
  network = masked_networks.MaskedNetwork("masked_fc_decoder", is_training)
  tanh, hidden = tf.nn.tanh, network.hidden
  d1 = network.dense(latent_tensor, hidden(1200), activation=tanh, name="d1")
  d2 = network.dense(d1, hidden(1200), activation=tanh, name="d2")
  d3 = network.dense(d2, hidden(1200), activation=tanh, name="d3")
  d4 = network.dense(d3, int(np.prod(output_shape)), name="d4")
  return tf.reshape(d4, [-1, *output_shape])
