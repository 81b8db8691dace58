"""L0Pair: one hard concrete gate for each latent of a Gaussian encoder.

Shi, Glocker and Castro, "PVAE: Learning Disentangled Representations with
Intrinsic Dimension via Approximated L0 Regularization", section 2.3.
"""
import math

import gin
import tensorflow.compat.v1 as tf

from sparse_disent.common import checks
from sparse_disent.layers import scaled_variable
from sparse_disent.ops import hard_concrete
from sparse_disent.ops import noise

# The paper does not give it. Louizos et al. start at log(1 - d) - log(d) for a
# drop rate d. Here d = 0.2, so each gate is open in about four of five draws.
# Their d = 0.5 would drop half of a code that is only starting to form.
_INITIAL_LOG_ALPHA = math.log(0.8 / 0.2)


@gin.configurable("l0_pair")
class L0Pair:
  """Learns which latents to keep.

    total loss = objective's loss on gated latents + tau * sum of P(m_i > 0)

  In training the gates are drawn once for the whole batch.

  The paper adds a small constant to m * sigma^2, because the divergence of a
  pruned latent, -log(0), would be infinite (section 2.3). Here that constant is
  not needed: the divergence is m * KL of the ungated posterior (eq. 1). Where
  the gate is 0, the exported variance is a fixed constant; see
  `ops.gaussian.gate_posterior`.

  log_alpha has a learning rate of its own; see `layers.scaled_variable`.
  """

  def __init__(
      self, *, temperature: float = 0.05, tau: float = 0.1,
      gamma: float = hard_concrete.GAMMA, zeta: float = hard_concrete.ZETA,
      initial_log_alpha: float = _INITIAL_LOG_ALPHA, test_gate: str = "louizos",
      learning_rate_multiplier: float = 1.0):
    """Creates the layer with the defaults of the paper's Table 1.

    Args:
      temperature: Temperature of the gates, the paper's beta. At 0.05 few
        samples carry a gradient; Louizos et al. use 2/3.
      tau: Weight of the L0 penalty, nats per expected open latent.
      gamma: Lower end of the stretched range, below 0.
      zeta: Upper end of the stretched range, above 1.
      initial_log_alpha: Initial location of all gates; the default opens a gate
        in about four of five draws.
      test_gate: Gate outside training: "louizos" for the gate of Louizos et
        al., which may lie between 0 and 1; "median" for 0 or 1; "mean" for
        the expected gate of training, which is never exactly 0.
      learning_rate_multiplier: Factor on the optimizer's learning rate for
        the gates.

    Raises:
      ValueError: If an argument is outside its range.
    """
    self._distribution = hard_concrete.HardConcrete(
        temperature=temperature, gamma=gamma, zeta=zeta, test_gate=test_gate)
    self._distribution.check("l0_pair", source="The paper uses",
                      temperatures="0.05, Louizos et al. 2/3")
    checks.check(lambda x: x >= 0, "l0_pair.tau", "be 0 or greater", tau,
                 "The paper uses 0.1; 0 turns the penalty off.")
    checks.check(lambda x: abs(x) <= hard_concrete.MAX_LOG_ALPHA,
                 "l0_pair.initial_log_alpha",
                 "lie within +-log(100) = +-4.605", initial_log_alpha,
                 "log(1 - d) - log(d) starts at a drop rate d.")
    scaled_variable.check_multiplier("l0_pair", learning_rate_multiplier)
    self._tau = tau
    self._initial_log_alpha = initial_log_alpha
    self._multiplier = learning_rate_multiplier

  def log_alpha(
      self, num_latent: int, dtype: tf.DType = tf.float32) -> tf.Tensor:
    """Returns the locations of the gates, the same on every call.

    Args:
      num_latent: Integer with the number of latents.
      dtype: Floating point type of the gates.

    Returns:
      log_alpha: [num_latent].
    """
    return scaled_variable.read(
        self._variable(num_latent, dtype), self._multiplier)

  def random_gates(self, log_alpha: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
    """Gates for a training step (eq. 4), shared by its whole batch.

    Args:
      log_alpha: [num_latent].
      draw: int64 scalar, the number of the draw; see `ops.noise`.

    Returns:
      gates: [num_latent], in [0, 1].
    """
    uniform = noise.uniform(tf.shape(log_alpha), name="l0_pair", draw=draw,
                            dtype=log_alpha.dtype)
    return self._distribution.sample(log_alpha, uniform)

  def test_gates(self, log_alpha: tf.Tensor) -> tf.Tensor:
    """Gates for evaluation and export: a function of `log_alpha` alone.

    Args:
      log_alpha: [num_latent].

    Returns:
      gates: [num_latent], in [0, 1].
    """
    return self._distribution.deterministic_gate(log_alpha)

  def expected_active_latents(self, log_alpha: tf.Tensor) -> tf.Tensor:
    """Expected number of open gates in training, the sum in eq. 3.

    Args:
      log_alpha: [num_latent].

    Returns:
      expected_active_latents: Scalar, latents.
    """
    return tf.reduce_sum(self._distribution.probability_positive(log_alpha))

  def penalty(self, log_alpha: tf.Tensor) -> tf.Tensor:
    """L0 penalty (eq. 3): tau * sum of P(m_i > 0).

    Args:
      log_alpha: [num_latent].

    Returns:
      penalty: Scalar, nats.
    """
    return self._tau * self.expected_active_latents(log_alpha)

  def clamp(
      self, num_latent: int, dtype: tf.DType = tf.float32) -> tf.Operation:
    """Returns an op that clamps log_alpha to +-log(100).

    Louizos et al. do so after each step: beyond this range a gate has no
    gradient that could bring it back.

    Args:
      num_latent: Integer with the number of latents.
      dtype: Floating point type of the gates.

    Returns:
      clamp: Operation; run it after the optimizer's step.
    """
    return scaled_variable.clamp(
        self._variable(num_latent, dtype), hard_concrete.MAX_LOG_ALPHA,
        self._multiplier)

  def _variable(self, num_latent, dtype):
    with tf.variable_scope("l0_pair", reuse=tf.AUTO_REUSE):
      return scaled_variable.get(
          "log_alpha", [num_latent], dtype, self._initial_log_alpha,
          self._multiplier)
