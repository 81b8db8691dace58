"""Variables with a learning rate of their own.

That every optimizer then moves the value as it would at the multiplied rate is
tested with L0Pair, in test_l0_pair.py.
"""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.layers import scaled_variable


@pytest.fixture(name="session")
def graph_session():
  with tf.Graph().as_default(), tf.Session() as session:
    yield session


def test_value_and_gradient(session):
  variable = scaled_variable.get("x", [3], tf.float64, 2.0, 8.0)
  assert variable.name == "scaled_x:0"
  value = scaled_variable.read(variable, 8.0)
  gradient, = tf.gradients(value * [1.0, 2.0, 3.0], variable)
  session.run(tf.global_variables_initializer())
  np.testing.assert_allclose(session.run(variable), np.full(3, 0.25))
  np.testing.assert_allclose(session.run(value), np.full(3, 2.0))
  np.testing.assert_allclose(session.run(gradient), [1.0, 2.0, 3.0])


def test_initial_value_may_be_a_function(session):
  variable = scaled_variable.get(
      "x", [3], tf.float64, lambda shape, dtype: 4.0 * tf.ones(shape, dtype),
      2.0)
  session.run(tf.global_variables_initializer())
  np.testing.assert_allclose(session.run(variable), np.full(3, 2.0))


def test_clamp_is_one_of_the_value(session):
  variable = scaled_variable.get("x", [3], tf.float64, 0.0, 10.0)
  clamp = scaled_variable.clamp(variable, 5.0, 10.0)
  session.run(variable.assign([-0.6, 0.2, 0.7]))
  session.run(clamp)
  np.testing.assert_allclose(session.run(variable), [-0.5, 0.2, 0.5])


@pytest.mark.parametrize("multiplier", [0, -1.0, float("nan")])
def test_message(multiplier):
  with pytest.raises(ValueError) as error:
    scaled_variable.check_multiplier("a_gate", multiplier)
  assert str(error.value) == (
      "a_gate.learning_rate_multiplier must be greater than 0, but is "
      f"{multiplier!r}. 1 gives the gates the learning rate of all other "
      "variables.")
