"""Penalties attached to parameters: added once, scaled by nothing."""
import gc
import weakref

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import sparse_disent  # noqa: F401
from sparse_disent.layers import penalty

X = np.array([0.5, -2.0])
# loss = sum w x^2 and penalty = sum 3 x^3: gradients 2 w x and 9 x^2.
W = np.array([1.0, 10.0])
MAIN, PENALTY = 2 * W * X, 9 * X**2


@pytest.fixture(name="session")
def graph_session():
  with tf.Graph().as_default(), tf.Session() as session:
    yield session


def attached():
  x = tf.constant(X)
  y, = penalty.attach(tf.reduce_sum(3.0 * x**3), [x])
  return x, y


def loss_of(y):
  return tf.reduce_sum(W * y**2)


def test_values_stay(session):
  _, y = attached()
  np.testing.assert_array_equal(session.run(y), X)


@pytest.mark.parametrize("factor", [1.0, -1.0, 1e-3, 0.0])
def test_gradient_is_the_losses_plus_the_penaltys(session, factor):
  x, y = attached()
  gradient, = session.run(tf.gradients(factor * loss_of(y), x))
  np.testing.assert_allclose(gradient, factor * MAIN + PENALTY, rtol=1e-12)


def test_two_uses_in_one_loss_add_it_once(session):
  x, y = attached()
  gradient, = session.run(tf.gradients(loss_of(y) + 5.0 * loss_of(y), x))
  np.testing.assert_allclose(gradient, 6 * MAIN + PENALTY, rtol=1e-12)


def test_each_optimizer_adds_it(session):
  x, y = attached()
  one, = tf.gradients(loss_of(y), x)
  two, = tf.gradients(7.0 * loss_of(y), x)
  one, two = session.run([one, two])
  np.testing.assert_allclose(one, MAIN + PENALTY, rtol=1e-12)
  np.testing.assert_allclose(two, 7 * MAIN + PENALTY, rtol=1e-12)


@pytest.mark.parametrize("taken", [True, False])
def test_through_a_cond(session, taken):
  x, y = attached()
  flag = tf.placeholder(tf.bool, [])
  loss = tf.cond(flag, lambda: loss_of(y), lambda: tf.constant(0.0, tf.float64))
  gradient = session.run(tf.gradients(loss, x)[0], {flag: taken})
  np.testing.assert_allclose(gradient, taken * MAIN + PENALTY, rtol=1e-12)


def test_gradients_of_other_variables_stay(session):
  _, y = attached()
  other = tf.constant(W)
  gradient, = session.run(tf.gradients(tf.reduce_sum(other * y**2), other))
  np.testing.assert_allclose(gradient, X**2, rtol=1e-12)


def test_a_loss_without_the_parameter_has_no_gradient_to_add_to(session):
  x, _ = attached()
  assert tf.gradients(tf.constant(1.0) ** 2, x) == [None]


def test_a_parameter_that_the_penalty_does_not_hold_stays_itself(session):
  x, other = tf.constant(X), tf.constant(W)
  _, same = penalty.attach(tf.reduce_sum(x**2), [x, other])
  assert same is other


def test_keeps_no_graph_alive():
  with tf.Graph().as_default() as graph:
    x, y = attached()
    gradients = tf.gradients(loss_of(y), x)
  reference = weakref.ref(graph)
  del graph, x, y, gradients
  gc.collect()
  assert reference() is None
