"""Hard concrete gates on channel connections, under an L0 penalty.

Louizos, Welling and Kingma, "Learning Sparse Neural Networks through L0
Regularization" (ICLR 2018).
"""
import math

import gin
import tensorflow.compat.v1 as tf

from sparse_disent.layers import gate
from sparse_disent.layers import penalty
from sparse_disent.layers import scaled_variable
from sparse_disent.layers import watching
from sparse_disent.ops import hard_concrete
from sparse_disent.ops import noise

# Standard deviation of the initial log_alpha. It breaks the symmetry of gates.
_INITIAL_STDDEV = 0.01


@gin.configurable("hard_concrete_gate")
class HardConcreteGate(gate.Gate):
  """Learns the probability that a mask entry is exactly 0.

    penalty = lambda_l0 * sum of P(M > 0) / s  for each layer

  The scale s is 1, sqrt(N) or N, for a mask of N entries.

  In training each layer draws its mask anew in each step. In evaluation and in
  exported modules the mask is the test-time gate. log_alpha is clamped to
  +-log(100) after each step: in effect just before the next step reads it.
  """

  kind = "hard_concrete_gate"

  def __init__(
      self, *, lambda_l0: float = 1e-3, drop_rate: float = 0.5,
      temperature: float = 2 / 3, gamma: float = hard_concrete.GAMMA,
      zeta: float = hard_concrete.ZETA, test_gate: str = "louizos",
      penalty_reduction: str = "sum", granularity: str = "connection",
      learning_rate_multiplier: float = 1.0):
    """Creates the gate; all defaults but lambda_l0 are those of Louizos et al.

    Args:
      lambda_l0: Weight of the L0 penalty, nats; with the sum, of an expected
        open mask entry.
      drop_rate: Initial d: log_alpha ~ N(log(1 - d) - log(d), 0.01^2).
      temperature: Temperature of the gates.
      gamma: Lower end of the stretched range, below 0.
      zeta: Upper end of the stretched range, above 1.
      test_gate: Gate outside training: "louizos" for the gate of Louizos et
        al., which may lie between 0 and 1; "median" for 0 or 1; "mean" for
        the expected gate of training, which is never exactly 0.
      penalty_reduction: "sum", "root" or "mean", for s = 1, sqrt(N) or N.
        With the sum, the layers with the most connections close first; with the
        root, layers of all sizes close alike. See `layers.penalty.reduce`.
      granularity: See `Gate`.
      learning_rate_multiplier: Factor on the optimizer's learning rate for
        the gates.

    Raises:
      ValueError: If an argument is outside its range.
    """
    super().__init__(granularity)
    self._check(lambda x: x >= 0, "lambda_l0", "be 0 or greater", lambda_l0,
                "1e-3 is the default; 0 turns the penalty off.")
    self._check(lambda x: 1 / 101 <= x <= 100 / 101, "drop_rate",
                "lie in [1/101, 100/101], where log_alpha is within +-log(100)",
                drop_rate, "Louizos et al. use 0.5.")
    self._distribution = hard_concrete.HardConcrete(
        temperature=temperature, gamma=gamma, zeta=zeta, test_gate=test_gate)
    self._distribution.check(self.kind, source="Louizos et al. use",
                      temperatures="2/3")
    penalty.check_reduction(self.kind, penalty_reduction)
    scaled_variable.check_multiplier(self.kind, learning_rate_multiplier)
    self._lambda_l0 = lambda_l0
    self._drop_rate = drop_rate
    self._reduction = penalty_reduction
    self._multiplier = learning_rate_multiplier

  @property
  def cure(self) -> str:
    """See `Gate`."""
    return penalty.cure(self.kind, "lambda_l0", self._reduction)

  def training_mask(self, layer: gate.Layer) -> tuple[tf.Tensor, tf.Tensor]:
    """See `Gate`."""
    variable = self._variable(layer)
    # Louizos et al. clamp after a step. Upstream's models run no op of a layer
    # after a step, so the clamp runs before the next read instead.
    clamp = scaled_variable.clamp(
        variable, hard_concrete.MAX_LOG_ALPHA, self._multiplier)
    with tf.control_dependencies([clamp]):
      log_alpha = scaled_variable.read(variable, self._multiplier)
    value = self.penalty(log_alpha)
    watching.summarize_penalty(self.kind, value)
    log_alpha, = penalty.attach(value, [log_alpha])
    uniform = noise.uniform(
        layer.mask_shape, name=f"{layer.name}/{self.kind}",
        draw=gate.training_draw(), dtype=log_alpha.dtype)
    return self._distribution.sample(log_alpha, uniform), layer.kernel

  def test_mask(self, layer: gate.Layer) -> tf.Tensor:
    """See `Gate`."""
    return self._distribution.deterministic_gate(self._log_alpha(layer))

  def current_penalty(self, layer: gate.Layer) -> tf.Tensor:
    """See `Gate`."""
    return self.penalty(self._log_alpha(layer))

  def penalty(self, log_alpha: tf.Tensor) -> tf.Tensor:
    """L0 penalty of one layer.

    Args:
      log_alpha: [in, out] or [out].

    Returns:
      penalty: Scalar, nats.
    """
    return self._lambda_l0 * penalty.reduce(
        self._distribution.probability_positive(log_alpha), self._reduction)

  def _log_alpha(self, layer):
    return scaled_variable.read(self._variable(layer), self._multiplier)

  def _variable(self, layer):
    def initial_value(shape, dtype):
      log_odds = math.log(1.0 - self._drop_rate) - math.log(self._drop_rate)
      # Depends only on the model's seed and the layer.
      return log_odds + _INITIAL_STDDEV * noise.normal(
          shape, name=f"{layer.name}/{self.kind}/initial", draw=0, dtype=dtype)

    with self.variable_scope():
      return scaled_variable.get(
          "log_alpha", layer.mask_shape, layer.kernel.dtype, initial_value,
          self._multiplier)
