"""All objectives on upstream's networks and on ours, with one set of images.

Weights are set from NumPy, in the order in which the networks make them, which
is the same for both.
"""
import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import vae

import sparse_disent  # noqa: F401
from sparse_disent.models import capacity
from support import built

OBJECTIVES = {
    "vae": lambda: vae.BetaVAE(beta=4.0),
    "annealed_vae": lambda: vae.AnnealedVAE(
        gamma=10.0, c_max=25.0, iteration_threshold=100),
    "factor_vae": lambda: vae.FactorVAE(gamma=10.0),
    "beta_tc_vae": lambda: vae.BetaTCVAE(beta=6.0),
    "dip_vae_i": lambda: vae.DIPVAE(lambda_od=20.0, lambda_d_factor=0.1),
    "dip_vae_ii": lambda: vae.DIPVAE(
        lambda_od=20.0, lambda_d_factor=0.1, dip_type="ii"),
    "capacity_vae": lambda: capacity.CapacityVAE(25.0, 100),
}
CONFIG = """
  encoder.num_latent = 10
  discriminator.discriminator_fn = @fc_discriminator
  reconstruction_loss.loss_fn = @bernoulli_loss
  vae_optimizer.optimizer_fn = @GradientDescentOptimizer
  vae_optimizer.learning_rate = 1e-3
  discriminator_optimizer.optimizer_fn = @GradientDescentOptimizer
  discriminator_optimizer.learning_rate = 1e-3
"""
UPSTREAM = {
    "conv": ("conv_encoder", "deconv_decoder"),
    "fc": ("fc_encoder", "fc_decoder"),
}
MASKED = {
    "conv": ("masked_conv_encoder", "masked_deconv_decoder"),
    "fc": ("masked_fc_encoder", "masked_fc_decoder"),
}
IMAGES = (np.random.RandomState(0).uniform(size=[4, 64, 64, 1]) > 0.7).astype(
    np.float32)
NOISE = np.random.RandomState(1).normal(size=[4, 10])
STEP = 30


class Built(built.Built):
  """A model's training graph in a session, at step 30."""

  def __init__(self, objective, networks, *bindings, mode="train"):
    gin.clear_config()
    gin.parse_config([CONFIG, f"encoder.encoder_fn = @{networks[0]}",
                      f"decoder.decoder_fn = @{networks[1]}", *bindings])
    self._objective = objective
    self._mode = mode
    super().__init__()
    self.assign("global_step", STEP)
    self.set_weights(self._all_weights)
    noise, = (op for op in self.graph.get_operations()
              if op.type == "RandomStandardNormal"
              and not op.name.startswith(("encoder", "decoder")))
    self.feeds = {noise.outputs[0]: NOISE}

  def build(self):
    tf.train.get_or_create_global_step()
    self.spec = OBJECTIVES[self._objective]().model_fn(
        tf.constant(IMAGES), None, self._mode, {})
    self._all_weights, self.gates = [], []
    for variable in tf.trainable_variables():
      is_weight = variable.name.endswith(("/kernel:0", "/bias:0"))
      (self._all_weights if is_weight else self.gates).append(variable)
    # Those of a discriminator are set, but no part of what is compared.
    self.weights = [variable for variable in self._all_weights
                    if not variable.name.startswith("discriminator")]

  def set_weights(self, weights):
    """Sets weights far enough from the start for all losses to matter."""
    random_state = np.random.RandomState(3)
    for variable in weights:
      shape = variable.shape.as_list()
      values = 0.1 * random_state.normal(size=shape)
      if len(shape) > 1:
        values *= 10.0 * np.sqrt(1.5 / np.prod(shape[:-1]))
      self.assign(variable, values)

  def gradients(self, variables):
    return super().gradients(self.spec.loss, variables)

  def masks(self):
    """The training masks, by layer."""
    return {op.name.split("/")[1]: op.outputs[0]
            for op in self.graph.get_operations()
            if op.name.endswith("/training_mask")}


def relative_difference(actual, expected):
  return np.abs(actual - expected).max() / np.abs(expected).max()
