"""Small models for tests: 6 x 6 images, 5 latents, linear networks."""
import numpy as np
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import vae

from sparse_disent.layers import L0Pair
from sparse_disent.models import SparseVAE
from support import built

# Small enough for finite differences, and linear.
NETWORKS = """
  encoder.encoder_fn = @test_encoder
  encoder.num_latent = 5
  decoder.decoder_fn = @test_decoder
  discriminator.discriminator_fn = @fc_discriminator
  reconstruction_loss.loss_fn = @bernoulli_loss
  vae_optimizer.optimizer_fn = @AdamOptimizer
  vae_optimizer.learning_rate = 1e-2
  discriminator_optimizer.optimizer_fn = @AdamOptimizer
  discriminator_optimizer.learning_rate = 1e-2
"""
IMAGES = np.random.RandomState(0).uniform(size=[8, 6, 6, 1])
LOG_ALPHA = "encoder/l0_pair/scaled_log_alpha:0"
TRAIN, EVAL = tf.estimator.ModeKeys.TRAIN, tf.estimator.ModeKeys.EVAL


class RecordingDIPVAE(vae.DIPVAE):
  """DIP-VAE-I with lambda_od 20 and lambda_d 2 that keeps what it is given."""

  def __init__(self):
    super().__init__(lambda_od=20.0, lambda_d_factor=0.1)

  def gaussian_encoder(self, input_tensor, is_training):
    self.posterior = super().gaussian_encoder(input_tensor, is_training)
    return self.posterior

  def decode(self, latent_tensor, observation_shape, is_training):
    self.decoder_input = latent_tensor
    return super().decode(latent_tensor, observation_shape, is_training)

  def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
    self.regularized = [z_mean, z_logvar, z_sampled]
    return super().regularizer(kl_loss, z_mean, z_logvar, z_sampled)


class Built(built.Built):
  """A model with the losses of a batch."""

  def __init__(self, objective=None, seed=0, dtype=tf.float32, mode=TRAIN,
               parts=None, **layer):
    self.objective = objective or RecordingDIPVAE()
    parts = {"latent": L0Pair(**layer)} if parts is None else parts
    self.model = SparseVAE(self.objective, **parts)
    self._dtype = dtype
    self._mode = mode
    super().__init__(seed)

  def build(self):
    self.step = tf.train.get_or_create_global_step()
    self.features = tf.placeholder(self._dtype, [8, 6, 6, 1])
    self.build_model(self._mode)

  def build_model(self, mode):
    losses, self.sample = self.model.build(self.features, mode == TRAIN)
    self.scalars = losses.scalars()
    self.discriminator_loss = losses.discriminator

  def run(self, fetches, feeds=None, images=IMAGES):
    return super().run(fetches, {self.features: images, **(feeds or {})})


class BuiltSpec(Built):
  """The same with all that `model_fn` adds."""

  def build_model(self, mode):
    self.spec = self.model.model_fn(self.features, None, mode, {})
    self.saver = tf.train.Saver()

  def save(self, path):
    with self.graph.as_default():
      return self.saver.save(self.session, str(path))

  def restore(self, checkpoint):
    with self.graph.as_default():
      self.saver.restore(self.session, checkpoint)

  def train(self, steps):
    """Trains and returns the values of all variables."""
    for _ in range(steps):
      self.run(self.spec.train_op)
    return self.session.run(self.graph.get_collection(
        tf.GraphKeys.GLOBAL_VARIABLES))
