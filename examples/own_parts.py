"""Own parts of a model and of its evaluation: docs/own_parts.md explains them.
"""
import gin
import numpy as np
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import ground_truth_data
from disentanglement_lib.methods.unsupervised import vae

import sparse_disent
from sparse_disent.layers import gate
from sparse_disent.layers import masked


@gin.configurable
class own_gate(gate.Gate):
  """Leaves every second input channel open."""
  kind = "own_gate"

  def __init__(self):
    super().__init__("connection")

  def test_mask(self, layer):
    is_open = tf.range(layer.mask_shape[0]) % 2
    return tf.cast(is_open[:, tf.newaxis], tf.float32) * tf.ones(
        layer.mask_shape)


@gin.configurable
def own_encoder(input_tensor, num_latent, is_training=True, mask=gin.REQUIRED):
  """Two layers; the second one has masks."""
  x = tf.layers.flatten(input_tensor)
  x = tf.layers.dense(x, 64, activation=tf.nn.relu, name="e1")
  return [masked.dense(x, num_latent, name=name, gate=mask,
                       is_training=is_training)
          for name in ("means", "log_var")]


@gin.configurable
class own_vae(vae.BaseVAE):
  """A VAE's loss, and weight * E_x[sum_i |mu_i|]."""

  def __init__(self, weight=gin.REQUIRED):
    self.weight = weight

  def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
    sizes = tf.reduce_sum(tf.abs(z_mean), axis=1)
    return kl_loss + self.weight * tf.reduce_mean(sizes)


class Squares(ground_truth_data.GroundTruthData):
  """White squares of 3 sizes at 8 x 8 places."""
  num_factors = 3
  factors_num_values = [3, 8, 8]
  observation_shape = [64, 64, 1]

  def sample_factors(self, num, random_state):
    return random_state.randint(self.factors_num_values, size=[num, 3])

  def sample_observations_from_factors(self, factors, random_state):
    images = np.zeros([len(factors), *self.observation_shape], np.float32)
    for image, (size, x, y) in zip(images, factors, strict=True):
      image[8 * y:8 * y + 4 + 2 * size, 8 * x:8 * x + 4 + 2 * size] = 1.0
    return images


sparse_disent.data.register("squares", Squares)


@gin.configurable
@sparse_disent.metrics.codes_alone
def own_size(ground_truth_data, representation_function, random_state,
             artifact_dir=None, num_train=gin.REQUIRED):
  """Mean size of a code; images only serve to compute codes."""
  images = ground_truth_data.sample_observations(num_train, random_state)
  return {"size": float(np.abs(representation_function(images)).mean())}


@gin.configurable
def own_brightness(ground_truth_data, representation_function, random_state,
                   artifact_dir=None, num_train=gin.REQUIRED):
  """Largest correlation of a latent and an image's brightness."""
  images = ground_truth_data.sample_observations(num_train, random_state)
  table = np.c_[images.mean(axis=(1, 2, 3)), representation_function(images)]
  return {"correlation": float(np.abs(np.corrcoef(table.T)[0, 1:]).max())}
