"""A beta-VAE whose weight follows a capacity: `@capacity_vae()`."""
import math

import gin
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import vae

from sparse_disent.common import checks
from sparse_disent.models import learning_rates

# Steps of the weight are bounded, so that a batch far from the capacity, such
# as the first ones, does not decide it alone.
_LARGEST_ERROR = 1.  # Nats.
_LOWEST, _HIGHEST = 1e-3, 1e3


@gin.configurable("capacity_vae")
class CapacityVAE(vae.BaseVAE):
  """A beta-VAE that learns the beta at which its divergence is a capacity.

    loss_t = reconstruction + beta_t * KL_t
    C_t = c_min + (c_max - c_min) * min(t / iteration_threshold, 1)
    log beta_{t+1} = log beta_t + rate * clip(KL_t - C_t, -1, 1)

  t is the training step, KL_t the divergence of its batch, in nats. The
  capacity that grows is that of Burgess et al., "Understanding disentangling in
  beta-VAE" (2018), eq. 8, whose penalty gamma * |KL - C| is upstream's
  `annealed_vae`. Such a penalty is as strong one nat from the capacity as ten.
  Here the divergence is a constraint, and beta its multiplier, which is updated
  as that of Rezende and Viola, "Taming VAEs" (2018), with the sign turned: they
  bound the reconstruction. Shao et al., "ControlVAE" (ICML 2020), hold the
  divergence at a capacity by a controller with two terms.

  beta is a variable of the checkpoint, so that a resumed training goes on with
  it. Its summary is "beta". It stays within 0.001 and 1,000.

  With L0Pair KL is the gated divergence of a batch.
  """

  def __init__(self, c_max: float = gin.REQUIRED,
               iteration_threshold: int = gin.REQUIRED, *, c_min: float = .5,
               initial_beta: float = 10., rate: float = .01):
    """Creates the model.

    Args:
      c_max: Capacity at the end, nats.
      iteration_threshold: Step at which it is reached.
      c_min: Capacity at step 0, nats.
      initial_beta: Weight of the divergence at step 0.
      rate: Relative change of the weight in a step in which the divergence is a
        nat or more from the capacity.

    Raises:
      ValueError: If an argument is not what it should be.
    """
    def check(holds, name, rule, value, cure):
      checks.check(holds, f"capacity_vae.{name}", rule, value, cure)

    check(lambda x: x >= 0, "c_min", "be 0 or greater", c_min,
          "It is a capacity in nats.")
    check(lambda x: x >= c_min, "c_max", f"be at least c_min = {c_min!r}",
          c_max, "It is a capacity in nats; five factors of dSprites take 16.")
    check(checks.is_integer(iteration_threshold, 1), "iteration_threshold",
          "be an integer of 1 or greater", iteration_threshold,
          "It is the step at which the capacity is c_max.")
    check(lambda x: _LOWEST <= x <= _HIGHEST, "initial_beta",
          f"lie in {_LOWEST} to {_HIGHEST:g}", initial_beta,
          "It is the weight of the first step, such as 10.0.")
    check(lambda x: 0 < x <= 1, "rate", "be above 0 and at most 1", rate,
          "The default is 0.01.")
    self._capacities = float(c_min), float(c_max)
    self._threshold = int(iteration_threshold)
    self._initial_beta, self._rate = float(initial_beta), float(rate)

  def regularizer(self, kl_loss: tf.Tensor, z_mean: tf.Tensor,
                  z_logvar: tf.Tensor, z_sampled: tf.Tensor) -> tf.Tensor:
    """Returns beta * KL, and has beta updated with the step.

    Args:
      kl_loss: Divergence of the batch, scalar, nats.
      z_mean: Not used; see `vae.BaseVAE`.
      z_logvar: Not used.
      z_sampled: Not used.

    Returns:
      regularizer: Scalar, nats.
    """
    del z_mean, z_logvar, z_sampled
    with tf.variable_scope("capacity_vae", reuse=tf.AUTO_REUSE):
      log_beta = tf.get_variable(
          "log_beta", [], kl_loss.dtype,
          tf.constant_initializer(math.log(self._initial_beta)),
          trainable=False, use_resource=True)
    before = log_beta.read_value()
    change = self._rate * tf.clip_by_value(
        tf.stop_gradient(kl_loss) - learning_rates.rise(
            *self._capacities, self._threshold, kl_loss.dtype),
        -_LARGEST_ERROR, _LARGEST_ERROR)
    with tf.control_dependencies([before]):
      tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, log_beta.assign(
          tf.clip_by_value(before + change, math.log(_LOWEST),
                           math.log(_HIGHEST))))
    beta = tf.exp(before)
    tf.summary.scalar("beta", beta)
    return beta * kl_loss
