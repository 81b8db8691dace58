"""The hard concrete distribution: a gate in [0, 1] with mass at both ends.

A binary concrete variable s is stretched to (gamma, zeta) and clipped, so that
a gate m is exactly 0 and exactly 1 with positive probability and still has a
gradient in between:

  s = sigmoid((log(u) - log(1 - u) + log_alpha) / temperature), u ~ U(0, 1)
  m = clip(s * (zeta - gamma) + gamma, 0, 1)

Sources: Louizos, Welling and Kingma, "Learning Sparse Neural Networks through
L0 Regularization" (ICLR 2018); the equation numbers below are those of Shi,
Glocker and Castro, "PVAE: Learning Disentangled Representations with Intrinsic
Dimension via Approximated L0 Regularization".
"""
import dataclasses
import math

import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.common import checks

# The stretch of both papers, and Louizos et al.'s range of log_alpha.
GAMMA = -0.1
ZETA = 1.1
MAX_LOG_ALPHA = math.log(100.0)
TEST_GATES = ("louizos", "median", "mean")
# Number of points for the integral of the mean: within 1e-5 of the exact value
# for temperatures up to 2 and the stretch of both papers; within 2e-3 for ends
# as near as -.001 and 1.001.
_QUADRATURE_POINTS = 8


@dataclasses.dataclass(frozen=True, kw_only=True)
class HardConcrete:
  """Hard concrete gates.

  Each method takes `log_alpha`, the locations of the gates.

  Attributes:
    temperature: Positive number; near 0 almost every gate is 0 or 1.
    gamma: Lower end of the stretch, below 0.
    zeta: Upper end of the stretch, above 1.
    test_gate: Kind of the gate outside training: "louizos", "median" or "mean",
      see the methods `louizos_gate`, `median_gate` and `mean`.
  """

  temperature: float
  gamma: float = GAMMA
  zeta: float = ZETA
  test_gate: str = "louizos"

  def check(self, configurable: str, *, source: str, temperatures: str) -> None:
    """Checks the attributes as arguments of a configurable.

    Args:
      configurable: Name as in gin files, e.g. "l0_pair".
      source: Subject and verb for the cure, e.g. "The paper uses".
      temperatures: Values that the source uses, e.g. "0.05".

    Raises:
      ValueError: If one is outside its range.
    """
    def check(holds, argument, rule, cure):
      checks.check(holds, f"{configurable}.{argument}", rule,
                   getattr(self, argument), cure)

    check(lambda x: x > 0, "temperature", "be greater than 0",
          f"{source} {temperatures}.")
    check(lambda x: x < 0, "gamma", "be below 0, or no gate could close",
          f"{source} {GAMMA}.")
    check(lambda x: x > 1, "zeta", "be above 1, or no gate could open fully",
          f"{source} {ZETA}.")
    check(self.test_gate in TEST_GATES, "test_gate",
          f"be one of {', '.join(TEST_GATES)}",
          'Use "median" for gates that are 0 or 1.')

  def sample(self, log_alpha: tf.Tensor, uniform: tf.Tensor) -> tf.Tensor:
    """Samples gates from uniform noise (eq. 4).

      s = sigmoid((log(u) - log(1 - u) + log_alpha) / temperature)
      m = clip(s * (zeta - gamma) + gamma, 0, 1)

    Args:
      log_alpha: A tensor of any shape.
      uniform: Noise u inside (0, 1), of a shape that broadcasts with
        `log_alpha`.

    Returns:
      gates: The broadcast shape; in [0, 1]. Where the clip acts, the gradient
        with respect to `log_alpha` is 0.
    """
    # log1p(-u) would be more exact only for u above 1/2, and there 1 - u is
    # exact already.
    logistic = tf.log(uniform / (1.0 - uniform))
    return self._stretch_and_clip(
        tf.sigmoid((logistic + log_alpha) / self.temperature))

  def probability_positive(self, log_alpha: tf.Tensor) -> tf.Tensor:
    """Probability that a gate is not exactly 0 (eq. 3).

      P(m > 0) = sigmoid(log_alpha - temperature * log(-gamma / zeta))

    Args:
      log_alpha: A tensor of any shape.

    Returns:
      probability: The shape of `log_alpha`. Its sum is the expected number of
        open gates.
    """
    return tf.sigmoid(
        log_alpha - self.temperature * math.log(-self.gamma / self.zeta))

  def mean(self, log_alpha: tf.Tensor) -> tf.Tensor:
    """Expected gate of training, by Gauss-Legendre quadrature.

      E[m] = integral from 0 to 1 of P(m > t) dt
      P(m > t) = sigmoid(log_alpha
                         - temperature * log((t - gamma) / (zeta - t)))

    It keeps the scale that values have had in training; the other two test
    gates change it. It is never exactly 0 or 1.

    Args:
      log_alpha: A tensor of any shape.

    Returns:
      gates: The shape of `log_alpha`; inside (0, 1).
    """
    points, weights = np.polynomial.legendre.leggauss(_QUADRATURE_POINTS)
    points, weights = (points + 1.0) / 2.0, weights / 2.0
    thresholds = self.temperature * np.log(
        (points - self.gamma) / (self.zeta - points))
    return tf.add_n([
        weight * tf.sigmoid(log_alpha - threshold)
        for threshold, weight in zip(
            thresholds.tolist(), weights.tolist(), strict=True)])

  def louizos_gate(self, log_alpha: tf.Tensor) -> tf.Tensor:
    """Test-time gate of Louizos et al. (their eq. 13); no temperature.

      m = clip(sigmoid(log_alpha) * (zeta - gamma) + gamma, 0, 1)

    Args:
      log_alpha: A tensor of any shape.

    Returns:
      gates: The shape of `log_alpha`; in [0, 1], often between the two.
    """
    return self._stretch_and_clip(tf.sigmoid(log_alpha))

  def median_gate(self, log_alpha: tf.Tensor) -> tf.Tensor:
    """Binary test-time gate: the median of s rounded to 0 or 1.

      m = 1 if log_alpha > 0 else 0

    The median of u is 1/2, so the median of s is
    sigmoid(log_alpha / temperature). It is above 1/2 where log_alpha > 0.

    The median of m, after stretch and clip, is exactly 0 or 1 too, except in a
    narrow band. For gamma = 1 - zeta the band is
    |log_alpha| < temperature * log((1 - gamma) / -gamma). At the paper's
    temperature its half-width is 0.12.

    Args:
      log_alpha: A tensor of any shape.

    Returns:
      gates: The shape and type of `log_alpha`; 0 or 1; no gradient.
    """
    return tf.cast(log_alpha > 0.0, log_alpha.dtype)

  def deterministic_gate(self, log_alpha: tf.Tensor) -> tf.Tensor:
    """Gate of evaluation and export, of the kind `test_gate`.

    Args:
      log_alpha: A tensor of any shape.

    Returns:
      gates: The shape of `log_alpha`; in [0, 1].
    """
    gates = {"louizos": self.louizos_gate, "median": self.median_gate,
             "mean": self.mean}
    return gates[self.test_gate](log_alpha)

  def _stretch_and_clip(self, s):
    # tf.clip_by_value is two operations, and more on the way back.
    return tf.raw_ops.ClipByValue(
        t=s * (self.zeta - self.gamma) + self.gamma, clip_value_min=0.0,
        clip_value_max=1.0)
