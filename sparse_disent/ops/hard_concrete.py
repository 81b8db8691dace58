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
import math

import numpy as np
import tensorflow.compat.v1 as tf

# The stretch of both papers, and Louizos et al.'s range of log_alpha.
GAMMA = -0.1
ZETA = 1.1
MAX_LOG_ALPHA = math.log(100.0)
# What `test_gate` takes the place of a random gate with.
TEST_GATES = ("louizos", "median", "mean")
# Of the mean's integral; 1e-5 from the exact one for temperatures up to 2.
_QUADRATURE_POINTS = 8


def sample(log_alpha, uniform, *, temperature, gamma=GAMMA, zeta=ZETA):
  """Samples gates from uniform noise (eq. 4).

    s = sigmoid((log(u) - log(1 - u) + log_alpha) / temperature)
    m = clip(s * (zeta - gamma) + gamma, 0, 1)

  Args:
    log_alpha: Locations of the gates, a tensor of any shape.
    uniform: Noise u inside (0, 1), of a shape that broadcasts with `log_alpha`.
    temperature: Positive number; near 0 almost every gate is 0 or 1.
    gamma: Lower end of the stretch, below 0.
    zeta: Upper end of the stretch, above 1.

  Returns:
    gates: The broadcast shape; in [0, 1]. Where the clip acts, the gradient
      with respect to `log_alpha` is 0.
  """
  # Above 1/2, where log1p would matter, 1 - u is exact.
  logistic = tf.log(uniform / (1.0 - uniform))
  return _stretch_and_clip(
      tf.sigmoid((logistic + log_alpha) / temperature), gamma, zeta)


def probability_positive(log_alpha, *, temperature, gamma=GAMMA, zeta=ZETA):
  """Probability that a gate is not exactly 0 (eq. 3).

    P(m > 0) = sigmoid(log_alpha - temperature * log(-gamma / zeta))

  Args:
    log_alpha: Locations of the gates, a tensor of any shape.
    temperature: As in `sample`.
    gamma: As in `sample`.
    zeta: As in `sample`.

  Returns:
    probability: The shape of `log_alpha`. Its sum is the expected number of
      open gates.
  """
  return tf.sigmoid(log_alpha - temperature * math.log(-gamma / zeta))


def probability_one(log_alpha, *, temperature, gamma=GAMMA, zeta=ZETA):
  """Probability that a gate is exactly 1.

    P(m = 1) = sigmoid(log_alpha - temperature * log((1 - gamma) / (zeta - 1)))

  Follows from eq. 4 as eq. 3 does, with the other end of the clip.

  Args:
    log_alpha: Locations of the gates, a tensor of any shape.
    temperature: As in `sample`.
    gamma: As in `sample`.
    zeta: As in `sample`.

  Returns:
    probability: The shape of `log_alpha`.
  """
  return tf.sigmoid(
      log_alpha - temperature * math.log((1.0 - gamma) / (zeta - 1.0)))


def louizos_gate(log_alpha, *, gamma=GAMMA, zeta=ZETA):
  """The test-time gate of Louizos et al. (their eq. 13); no temperature.

    m = clip(sigmoid(log_alpha) * (zeta - gamma) + gamma, 0, 1)

  Args:
    log_alpha: Locations of the gates, a tensor of any shape.
    gamma: As in `sample`.
    zeta: As in `sample`.

  Returns:
    gates: The shape of `log_alpha`; in [0, 1], often between the two.
  """
  return _stretch_and_clip(tf.sigmoid(log_alpha), gamma, zeta)


def median_gate(log_alpha):
  """The binary test-time gate: the median of s rounded to 0 or 1.

    m = 1 if log_alpha > 0 else 0

  The median of u is 1/2, so that of s is sigmoid(log_alpha / temperature),
  above 1/2 where log_alpha > 0. The median of the stretched and clipped m is 0
  or 1 itself except where |log_alpha| < temperature * log((1 - gamma) / -gamma)
  (for gamma = 1 - zeta), a band of half-width 0.12 at the paper's temperature.

  Args:
    log_alpha: Locations of the gates, a tensor of any shape.

  Returns:
    gates: The shape and type of `log_alpha`; 0 or 1; no gradient.
  """
  return tf.cast(log_alpha > 0.0, log_alpha.dtype)


def mean_gate(log_alpha, *, temperature, gamma=GAMMA, zeta=ZETA):
  """The expected gate of training, by Gauss-Legendre quadrature.

    E[m] = integral from 0 to 1 of P(m > t) dt
    P(m > t) = sigmoid(log_alpha - temperature * log((t - gamma) / (zeta - t)))

  Unlike the two gates above it scales nothing that training has learned. It is
  never exactly 0 or 1.

  Args:
    log_alpha: Locations of the gates, a tensor of any shape.
    temperature: As in `sample`.
    gamma: As in `sample`.
    zeta: As in `sample`.

  Returns:
    gates: The shape of `log_alpha`; inside (0, 1).
  """
  points, weights = np.polynomial.legendre.leggauss(_QUADRATURE_POINTS)
  points, weights = (points + 1.0) / 2.0, weights / 2.0
  thresholds = temperature * np.log((points - gamma) / (zeta - points))
  return tf.add_n([
      weight * tf.sigmoid(log_alpha - threshold)
      for threshold, weight in zip(
          thresholds.tolist(), weights.tolist(), strict=True)])


def test_gate(kind, log_alpha, *, temperature, gamma=GAMMA, zeta=ZETA):
  """The gate of evaluation and export: a function of `log_alpha` alone.

  Args:
    kind: One of `TEST_GATES`; which of the three functions above.
    log_alpha: Locations of the gates, a tensor of any shape.
    temperature: As in `sample`.
    gamma: As in `sample`.
    zeta: As in `sample`.

  Returns:
    gates: The shape of `log_alpha`; in [0, 1].
  """
  if kind == "median":
    return median_gate(log_alpha)
  if kind == "mean":
    return mean_gate(
        log_alpha, temperature=temperature, gamma=gamma, zeta=zeta)
  return louizos_gate(log_alpha, gamma=gamma, zeta=zeta)


def _stretch_and_clip(s, gamma, zeta):
  # tf.clip_by_value is two operations, and more on the way back.
  return tf.raw_ops.ClipByValue(
      t=s * (zeta - gamma) + gamma, clip_value_min=0.0, clip_value_max=1.0)
