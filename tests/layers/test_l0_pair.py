"""The L0Pair layer: variable, gates, penalty, learning rate, validation."""
import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from scipy import stats

import sparse_disent  # noqa: F401
from sparse_disent.layers import L0Pair

LOG_ALPHA = np.array([-4.0, -1.0, 0.0, 0.5, 4.0])


@pytest.fixture(name="session")
def graph_session():
  with tf.Graph().as_default(), tf.Session() as session:
    tf.set_random_seed(0)
    yield session


def run(session, fetches):
  session.run(tf.global_variables_initializer())
  return session.run(fetches)


def test_defaults_are_the_papers_table_1(session):
  layer = L0Pair()
  log_alpha = tf.constant(LOG_ALPHA)
  # beta .05, tau .1, zeta 1.1, gamma -.1, into eq. 3.
  expected = 0.1 * stats.logistic.cdf(
      LOG_ALPHA - 0.05 * np.log(0.1 / 1.1)).sum()
  np.testing.assert_allclose(
      session.run(layer.penalty(log_alpha)), expected, rtol=1e-12)
  np.testing.assert_allclose(
      session.run(layer.test_gates(log_alpha)),
      np.clip(1.2 * stats.logistic.cdf(LOG_ALPHA) - 0.1, 0, 1), rtol=1e-12)


def test_one_variable_however_often_it_is_asked_for(session):
  layer = L0Pair()
  with tf.variable_scope("encoder"):
    one, two = layer.log_alpha(3), layer.log_alpha(3)
    layer.clamp(3)
  assert [variable.name for variable in tf.trainable_variables()] == [
      "encoder/l0_pair/scaled_log_alpha:0"]
  values = run(session, [one, two])
  np.testing.assert_allclose(values, np.full([2, 3], np.log(4)), rtol=1e-6)


def test_default_start_opens_a_gate_in_four_of_five_draws(session):
  layer = L0Pair()
  expected = run(session, layer.expected_active_latents(layer.log_alpha(10)))
  np.testing.assert_allclose(expected, 8.2, atol=0.1)


def test_random_gates_follow_their_distribution(session):
  layer = L0Pair(temperature=2 / 3)
  gates = session.run(layer.random_gates(tf.fill([50_000], 0.5), 0))
  positive = stats.logistic.cdf(0.5 - 2 / 3 * np.log(0.1 / 1.1))
  error = np.sqrt(positive * (1 - positive) / 50_000)
  assert abs((gates > 0).mean() - positive) < 4.5 * error


def test_random_gates_depend_on_the_draw_and_test_gates_do_not(session):
  layer = L0Pair(temperature=2 / 3)
  log_alpha = tf.constant(LOG_ALPHA)
  draw = tf.placeholder(tf.int64, [])
  random = layer.random_gates(log_alpha, draw)
  one, again, other = (
      session.run(random, {draw: step}) for step in (1, 1, 2))
  np.testing.assert_array_equal(one, again)
  assert not np.array_equal(one, other)
  np.testing.assert_array_equal(*(
      session.run(layer.test_gates(log_alpha)) for _ in range(2)))


def test_median_gates(session):
  layer = L0Pair(test_gate="median")
  np.testing.assert_array_equal(
      session.run(layer.test_gates(tf.constant(LOG_ALPHA))), [0, 0, 0, 1, 1])


def test_gradient_of_the_penalty(session):
  layer = L0Pair(temperature=2 / 3, tau=0.7, learning_rate_multiplier=5.0)
  log_alpha = layer.log_alpha(4)
  gradient = tf.gradients(layer.penalty(log_alpha), tf.trainable_variables())
  expected = 0.7 * stats.logistic.pdf(np.log(4) - 2 / 3 * np.log(0.1 / 1.1))
  np.testing.assert_allclose(
      run(session, gradient[0]), np.full(4, expected), rtol=1e-5)


OPTIMIZERS = {
    "sgd": lambda rate: tf.train.GradientDescentOptimizer(rate),
    "momentum": lambda rate: tf.train.MomentumOptimizer(rate, 0.9),
    "rmsprop": lambda rate: tf.train.RMSPropOptimizer(rate),
    "adam": lambda rate: tf.train.AdamOptimizer(rate),
}


def path_of_log_alpha(optimizer, multiplier, rate):
  """Five steps down a quadratic bowl; gates apart so that gradients differ."""
  with tf.Graph().as_default(), tf.Session() as session:
    layer = L0Pair(learning_rate_multiplier=multiplier)
    log_alpha = layer.log_alpha(3, tf.float64)
    loss = tf.reduce_sum([3.0, 0.1, 1e-6] * tf.square(log_alpha))
    step = OPTIMIZERS[optimizer](rate).minimize(loss)
    session.run(tf.global_variables_initializer())
    path = []
    for _ in range(5):
      session.run(step)
      path.append(session.run(log_alpha))
    return np.array(path)


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_multiplier_multiplies_the_learning_rate(optimizer):
  actual = path_of_log_alpha(optimizer, multiplier=10.0, rate=0.001)
  expected = path_of_log_alpha(optimizer, multiplier=1.0, rate=0.01)
  slow = path_of_log_alpha(optimizer, multiplier=1.0, rate=0.001)
  # Optimizers keep their learning rate in float32.
  np.testing.assert_allclose(actual, expected, rtol=1e-6)
  moved, moved_slowly = (np.log(4) - path[-1, 0] for path in (actual, slow))
  assert moved > 5 * moved_slowly > 0


@pytest.mark.parametrize("multiplier", [1.0, 10.0])
def test_clamp(session, multiplier):
  layer = L0Pair(learning_rate_multiplier=multiplier)
  log_alpha, clamp = layer.log_alpha(3), layer.clamp(3)
  variable, = tf.trainable_variables()
  gradient, = tf.gradients(layer.penalty(log_alpha), variable)
  session.run(tf.global_variables_initializer())
  session.run(variable.assign(np.array([-9.0, 0.5, 7.0]) / multiplier))
  session.run(clamp)
  np.testing.assert_allclose(
      session.run(log_alpha), [-np.log(100), 0.5, np.log(100)], rtol=1e-6)
  # A gate at the bound still feels its gradient, so it can come back.
  assert np.all(session.run(gradient) > 0)


@pytest.mark.parametrize("argument, value, message", [
    ("temperature", 0.0, "l0_pair.temperature must be greater than 0, but is "
     "0.0. The paper uses 0.05, Louizos et al. 2/3."),
    ("temperature", float("nan"), "l0_pair.temperature must be greater than 0, "
     "but is nan. The paper uses 0.05, Louizos et al. 2/3."),
    ("tau", -0.1, "l0_pair.tau must be 0 or greater, but is -0.1. The paper "
     "uses 0.1; 0 turns the penalty off."),
    ("gamma", 0.1, "l0_pair.gamma must be below 0, or no gate could close, but "
     "is 0.1. The paper uses -0.1."),
    ("zeta", 1.0, "l0_pair.zeta must be above 1, or no gate could open fully, "
     "but is 1.0. The paper uses 1.1."),
    ("initial_log_alpha", 5.0, "l0_pair.initial_log_alpha must lie within "
     "+-log(100) = +-4.605, but is 5.0. log(1 - d) - log(d) starts at a drop "
     "rate d."),
    ("test_gate", "mode", "l0_pair.test_gate must be one of louizos, median, "
     "mean, but is 'mode'. Use \"median\" for gates that are 0 or 1."),
    ("learning_rate_multiplier", 0, "l0_pair.learning_rate_multiplier must be "
     "greater than 0, but is 0. 1 gives the gates the learning rate of all "
     "other variables."),
])
def test_messages(argument, value, message):
  with pytest.raises(ValueError) as error:
    L0Pair(**{argument: value})
  # gin adds a line that says which configurable was called.
  assert str(error.value).splitlines()[0] == message


def test_hyper_parameters_are_keyword_only():
  with pytest.raises(TypeError):
    L0Pair(0.05)


def test_gin(session):
  gin.parse_config("l0_pair.tau = 3.0\nl0_pair.temperature = 1.0")
  log_alpha = tf.constant([0.0], tf.float64)
  np.testing.assert_allclose(
      session.run(L0Pair().penalty(log_alpha)),
      3.0 * stats.logistic.cdf(np.log(11)), rtol=1e-12)
