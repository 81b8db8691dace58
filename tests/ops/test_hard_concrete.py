"""Hard concrete gates against SciPy, numerical integration and Monte Carlo.

The expected values use SciPy's logistic distribution: with L = log(u / (1 - u))
standard logistic, s > t where L > temperature * log(t / (1 - t)) - log_alpha.
"""
import functools

import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate
from scipy import stats

import sparse_disent  # noqa: F401
from sparse_disent.ops.hard_concrete import HardConcrete

GAMMA, ZETA = -0.1, 1.1
TEMPERATURES = (0.05, 2 / 3, 1.0)
LOG_ALPHAS = (-2.0, 0.0, np.log(4.0))
NUM_SAMPLES = 200_000
SIGMAS = 4.5  # One in 4,000 runs of these 36 comparisons would be further out.

grid = pytest.mark.parametrize(
    "temperature, log_alpha",
    [(t, a) for t in TEMPERATURES for a in LOG_ALPHAS])


def tail(threshold, temperature, log_alpha):
  """P(stretched s > threshold) by SciPy's logistic distribution."""
  s = (threshold - GAMMA) / (ZETA - GAMMA)
  return stats.logistic.sf(temperature * np.log(s / (1 - s)) - log_alpha)


def moment(order, temperature, log_alpha):
  """E[m^order] as the integral of order * t^(order - 1) * P(m > t)."""
  integrand = lambda t: (
      order * t**(order - 1) * tail(t, temperature, log_alpha))
  return integrate.quad(integrand, 0, 1, epsabs=1e-10)[0]


@functools.cache
def samples(temperature, log_alpha):
  uniform = np.random.RandomState(0).uniform(size=NUM_SAMPLES)
  return HardConcrete(temperature=temperature).sample(
      tf.constant(log_alpha, tf.float64), uniform).numpy()


def assert_within_standard_errors(values, expected):
  error = values.std() / np.sqrt(len(values))
  assert abs(values.mean() - expected) < SIGMAS * error


@grid
def test_probability_positive(temperature, log_alpha):
  expected = tail(0.0, temperature, log_alpha)
  actual = HardConcrete(temperature=temperature).probability_positive(
      tf.constant(log_alpha, tf.float64))
  np.testing.assert_allclose(actual, expected, rtol=1e-12)
  assert_within_standard_errors(
      samples(temperature, log_alpha) > 0, expected)


@grid
def test_mean_and_variance(temperature, log_alpha):
  gates = samples(temperature, log_alpha)
  mean = moment(1, temperature, log_alpha)
  variance = moment(2, temperature, log_alpha) - mean**2
  assert_within_standard_errors(gates, mean)
  assert_within_standard_errors((gates - mean)**2, variance)


def test_sample_is_equation_4():
  uniform = np.array([0.01, 0.3, 0.5, 0.6, 0.99])
  log_alpha = np.array([-1.0, 0.2, 0.0, 0.4, 3.0])
  logit = np.log(uniform / (1 - uniform))
  s = 1 / (1 + np.exp(-(logit + log_alpha) / 0.5))
  expected = np.minimum(1, np.maximum(0, s * 1.4 - 0.2))
  assert 0 in expected and 1 in expected and (expected % 1 > 0).sum() == 3
  gates = HardConcrete(temperature=0.5, gamma=-0.2, zeta=1.2)
  np.testing.assert_allclose(
      gates.sample(log_alpha, uniform), expected, rtol=1e-12)


def uniform_for(stretched, temperature, log_alpha):
  """The noise for which the gate before clipping is `stretched`."""
  s = (stretched - GAMMA) / (ZETA - GAMMA)
  return stats.logistic.cdf(temperature * np.log(s / (1 - s)) - log_alpha)


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("stretched, passes", [
    (-0.05, False), (-1e-6, False), (1e-6, True), (0.25, True), (0.5, True),
    (0.9, True), (1 - 1e-6, True), (1 + 1e-6, False), (1.05, False)])
def test_gradient_of_sample_inside_and_outside_the_clip(
    temperature, stretched, passes):
  log_alpha = tf.constant(0.3, tf.float64)
  uniform = uniform_for(stretched, temperature, 0.3)
  with tf.GradientTape() as tape:
    tape.watch(log_alpha)
    gate = HardConcrete(temperature=temperature).sample(log_alpha, uniform)
  s = (stretched - GAMMA) / (ZETA - GAMMA)
  expected = passes * (ZETA - GAMMA) * s * (1 - s) / temperature
  np.testing.assert_allclose(
      tape.gradient(gate, log_alpha), expected, rtol=1e-6)
  np.testing.assert_allclose(gate, np.clip(stretched, 0, 1), atol=1e-9)


@pytest.mark.parametrize("gamma, zeta, boundary", [
    (-1.0, 2.0, None), (-1.0, 3.0, 1.0), (-2.0, 2.0, 0.0)])
def test_gradient_of_sample_at_the_clip_boundary(gamma, zeta, boundary):
  # u = 1/2 and log_alpha = 0 give s = 1/2 without rounding.
  log_alpha = tf.constant(0.0, tf.float64)
  with tf.GradientTape() as tape:
    tape.watch(log_alpha)
    gate = HardConcrete(temperature=1.0, gamma=gamma, zeta=zeta).sample(
        log_alpha, tf.constant(0.5, tf.float64))
  if boundary is not None:
    assert gate.numpy() == boundary
  # TensorFlow's clip passes the gradient on at both boundaries.
  np.testing.assert_allclose(
      tape.gradient(gate, log_alpha), (zeta - gamma) / 4, rtol=1e-12)


@grid
def test_gradient_of_probability_positive(temperature, log_alpha):
  location = tf.constant(log_alpha, tf.float64)
  with tf.GradientTape() as tape:
    tape.watch(location)
    probability = HardConcrete(
        temperature=temperature).probability_positive(location)
  expected = stats.logistic.pdf(log_alpha - temperature * np.log(1 / 11))
  np.testing.assert_allclose(
      tape.gradient(probability, location), expected, rtol=1e-12)


def test_louizos_gate():
  log_alpha = np.array([-5.0, -1.0, 0.0, 1.0, np.log(4.0), 5.0])
  expected = np.clip(1.2 * stats.logistic.cdf(log_alpha) - 0.1, 0, 1)
  actual = HardConcrete(temperature=1.0).louizos_gate(tf.constant(log_alpha))
  np.testing.assert_allclose(actual, expected, rtol=1e-12)
  assert actual[0] == 0 and actual[-1] == 1
  np.testing.assert_allclose(actual[4], 0.86)


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_median_gate_is_the_rounded_median(temperature):
  band = temperature * np.log(11.0)
  for log_alpha in (-1.1 * band, -0.5 * band, 0.5 * band, 1.1 * band):
    s = stats.logistic.cdf(log_alpha / temperature)
    median = np.clip(1.2 * s - 0.1, 0, 1)
    gates = samples(temperature, log_alpha)
    error = SIGMAS * 0.5 / np.sqrt(NUM_SAMPLES)
    assert (gates <= median).mean() > 0.5 - error
    assert (gates < median).mean() < 0.5 + error
    rounded = HardConcrete(temperature=temperature).median_gate(
        tf.constant(log_alpha)).numpy()
    assert rounded == np.round(median)
    assert (median in (0, 1)) == (abs(log_alpha) > band)


@grid
def test_mean_gate_is_the_mean_of_samples(temperature, log_alpha):
  actual = HardConcrete(temperature=temperature).mean(
      tf.constant(log_alpha, tf.float64))
  np.testing.assert_allclose(
      actual, moment(1, temperature, log_alpha), atol=1e-5)


@pytest.mark.parametrize("kind, expected", [
    ("louizos", np.clip(1.2 * stats.logistic.cdf([-3.0, -1.0, 0.5, 3.0]) - 0.1,
                        0, 1)),
    ("median", [0, 0, 1, 1]),
    ("mean", [moment(1, 0.5, x) for x in (-3.0, -1.0, 0.5, 3.0)])])
def test_deterministic_gate_is_the_kind_asked_for(kind, expected):
  gates = HardConcrete(temperature=0.5, test_gate=kind)
  actual = gates.deterministic_gate(
      tf.constant([-3.0, -1.0, 0.5, 3.0], tf.float64))
  # The mean's quadrature is 1e-5 from SciPy's.
  np.testing.assert_allclose(
      actual, expected, atol=1e-5 if kind == "mean" else 1e-12)


@pytest.mark.parametrize("argument, value, message", [
    ("temperature", 0.0, "be greater than 0, but is 0.0. They use 1.5."),
    ("gamma", 0.0, "be below 0, or no gate could close, but is 0.0. They use "
     "-0.1."),
    ("zeta", 1, "be above 1, or no gate could open fully, but is 1. They use "
     "1.1."),
    ("test_gate", "mode", "be one of louizos, median, mean, but is 'mode'. "
     'Use "median" for gates that are 0 or 1.')])
def test_messages(argument, value, message):
  gates = HardConcrete(**{"temperature": 1.0, argument: value})
  with pytest.raises(ValueError) as error:
    gates.check("a_gate", source="They use", temperatures="1.5")
  assert str(error.value) == f"a_gate.{argument} must {message}"


def test_median_gate_is_closed_at_zero():
  np.testing.assert_array_equal(
      HardConcrete(temperature=1.0).median_gate(
          tf.constant([-1e-6, 0.0, 1e-6])), [0, 0, 1])


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("log_alpha", (-np.log(100.0), np.log(100.0)))
def test_float32_is_finite_at_the_ends(temperature, log_alpha):
  uniform = tf.constant([1e-6, 0.5, 1 - 1e-6])
  location = tf.fill([3], tf.constant(log_alpha, tf.float32))
  with tf.GradientTape() as tape:
    tape.watch(location)
    gates = HardConcrete(temperature=temperature).sample(location, uniform)
  assert np.isfinite(gates).all()
  assert np.isfinite(tape.gradient(gates, location)).all()


def test_in_a_graph():
  with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    gate = HardConcrete(temperature=0.05).sample(tf.constant(0.0), 0.5)
    assert session.run(gate) == pytest.approx(0.5)
