"""L0 gates on connections: distribution, penalty, clamp, modes."""
import itertools

import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from scipy import stats
from support.small_layers import ARRIVING
from support.small_layers import Built
from support.small_layers import message

from sparse_disent.layers import HardConcreteGate
from sparse_disent.layers import masked

LOG_ALPHA = "layer/hard_concrete_gate/scaled_log_alpha"
TRAINING = "layer/hard_concrete_gate/training_mask"
LOCATIONS = np.linspace(-4.0, 4.0, 12).reshape(4, 3)


def large_layer(gate, seed=0):
  """1000 x 100 gates, and their variable."""
  graph = tf.Graph()
  with graph.as_default(), tf.Session() as session:
    tf.set_random_seed(seed)
    tf.train.get_or_create_global_step()
    masked.dense(tf.ones([1, 1000]), 100, name="layer", gate=gate,
                 is_training=True)
    session.run(tf.global_variables_initializer())
    return session.run([f"{TRAINING}:0", f"{LOG_ALPHA}/Read/ReadVariableOp:0"])


@pytest.mark.parametrize("drop_rate", [0.2, 0.5])
def test_distribution_is_louizos_at_the_start(drop_rate, record_property):
  mask, log_alpha = large_layer(HardConcreteGate(drop_rate=drop_rate))
  location = np.log(1 - drop_rate) - np.log(drop_rate)
  # Normal with standard deviation .01, 100,000 of them.
  assert abs(log_alpha.mean() - location) < 4.5 * 0.01 / np.sqrt(1e5)
  assert stats.kstest(log_alpha.ravel(), "norm",
                      (location, 0.01)).pvalue > 1e-4
  for name, actual, threshold in [("P(M > 0)", (mask > 0).mean(), 0.1 / 1.2),
                                  ("P(M = 1)", (mask == 1).mean(), 1.1 / 1.2)]:
    expected = stats.logistic.sf(
        2 / 3 * np.log(threshold / (1 - threshold)) - location)
    error = np.sqrt(expected * (1 - expected) / 1e5)
    record_property(name, [float(actual), float(expected), float(error)])
    assert abs(actual - expected) < 4.5 * error


def test_initial_locations_depend_on_the_models_seed_only():
  one, two, other = (large_layer(HardConcreteGate(), seed)[1]
                     for seed in (0, 0, 1))
  np.testing.assert_array_equal(one, two)
  assert not np.any(one == other)


def test_one_draw_a_step():
  built = Built(HardConcreteGate())
  mask = built.tensor(TRAINING)
  one, again, *others = (built.run(mask, step) for step in (1, 1, 2, 3, 4))
  np.testing.assert_array_equal(one, again)
  for before, after in itertools.pairwise([one, *others]):
    assert not np.array_equal(before, after)


def test_layers_draw_independently():
  """Masks and initial locations of two layers of the same shape."""
  with tf.Graph().as_default() as graph, tf.Session() as session:
    tf.set_random_seed(0)
    tf.train.get_or_create_global_step()
    for name in ("one", "two"):
      masked.dense(tf.ones([1, 50]), 40, name=name, gate=HardConcreteGate(),
                   is_training=True)
    session.run(tf.global_variables_initializer())
    one, two = (session.run([
        graph.get_tensor_by_name(f"{layer}/hard_concrete_gate/{tensor}:0")
        for tensor in ("training_mask", "scaled_log_alpha/Read/ReadVariableOp")
    ]) for layer in ("one", "two"))
  for actual, other in zip(one, two, strict=True):
    correlation = np.corrcoef(actual.ravel(), other.ravel())[0, 1]
    assert abs(correlation) < 4.5 / np.sqrt(2000)


def penalty_gradient(weight, locations):
  """d/d log_alpha of weight * sum P(M > 0), by SciPy."""
  return weight * stats.logistic.pdf(locations - 2 / 3 * np.log(0.1 / 1.1))


def sample_gradient(mask):
  """d mask / d log_alpha: 1.2 s (1 - s) / temperature inside the clip."""
  s = (mask + 0.1) / 1.2
  return ((mask > 0) & (mask < 1)) * 1.2 * s * (1 - s) * 1.5


@pytest.mark.parametrize("multiplier", [1.0, 5.0])
@pytest.mark.parametrize("factor", [1.0, 100.0, 0.0])
@pytest.mark.parametrize("applications", [1, 2])
def test_gradient_is_the_losses_plus_the_penaltys(
    multiplier, factor, applications):
  built = Built(HardConcreteGate(
      lambda_l0=0.3, learning_rate_multiplier=multiplier),
                applications=applications)
  built.assign(LOG_ALPHA, LOCATIONS / multiplier)
  loss = built.weighted_outputs(factor)
  gradient, kernel_gradient, mask = built.run([
      *built.gradients(loss, [LOG_ALPHA, "layer/kernel"]),
      built.tensor(TRAINING)])
  arriving = applications * factor * ARRIVING
  assert ((mask > 0) & (mask < 1)).any()
  np.testing.assert_allclose(
      gradient, arriving * built.value("layer/kernel") * sample_gradient(mask) +
      penalty_gradient(0.3, LOCATIONS), rtol=1e-4, atol=1e-5)
  np.testing.assert_allclose(
      kernel_gradient, arriving * mask, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("multiplier", [1.0, 10.0])
def test_a_step_reads_clamped_locations(multiplier):
  built = Built(HardConcreteGate(
      lambda_l0=1.0, learning_rate_multiplier=multiplier))
  built.assign(LOG_ALPHA, np.full([4, 3], 9.0) / multiplier)
  gradient, = built.run(
      built.gradients(built.weighted_outputs(factor=0.0), [LOG_ALPHA]))
  np.testing.assert_allclose(
      built.value(LOG_ALPHA) * multiplier, np.full([4, 3], np.log(100)),
      rtol=1e-6)
  # At the bound a gate still feels its gradient, so it can come back.
  np.testing.assert_allclose(
      gradient, penalty_gradient(1.0, np.full([4, 3], np.log(100))), rtol=1e-4)


@pytest.mark.parametrize("multiplier", [1.0, 5.0])
def test_an_evaluation_reports_the_penalty_of_the_locations(multiplier):
  built = Built(HardConcreteGate(
      lambda_l0=0.3, learning_rate_multiplier=multiplier), is_training=False)
  built.assign(LOG_ALPHA, LOCATIONS / multiplier)
  np.testing.assert_allclose(
      built.run(built.tensor("layer/hard_concrete_gate/current_penalty")),
      0.3 * stats.logistic.cdf(
          LOCATIONS - 2 / 3 * np.log(0.1 / 1.1)).sum(), rtol=1e-6)


@pytest.mark.parametrize("reduction, scale", [
    ("sum", 1), ("root", np.sqrt(12)), ("mean", 12)])
def test_the_penalty_is_scaled_by_the_size_of_the_layer(reduction, scale):
  """A mask of 12 entries, in evaluation and in the gradient of training."""
  gate = HardConcreteGate(lambda_l0=6.0, penalty_reduction=reduction)
  evaluated = Built(gate, is_training=False)
  evaluated.assign(LOG_ALPHA, LOCATIONS)
  np.testing.assert_allclose(
      evaluated.run(
          evaluated.tensor("layer/hard_concrete_gate/current_penalty")),
      6.0 * stats.logistic.cdf(
          LOCATIONS - 2 / 3 * np.log(0.1 / 1.1)).sum() / scale, rtol=1e-6)
  trained = Built(gate)
  trained.assign(LOG_ALPHA, LOCATIONS)
  gradient, = trained.run(
      trained.gradients(trained.weighted_outputs(factor=0.0), [LOG_ALPHA]))
  np.testing.assert_allclose(
      gradient, penalty_gradient(6.0 / scale, LOCATIONS), rtol=1e-4, atol=1e-6)


def expected_mask(locations):
  """E[M] at temperature 2/3: the mean of P(M > t) over t in (0, 1)."""
  t = (np.arange(10_000) + 0.5) / 10_000
  thresholds = 2 / 3 * np.log((t + 0.1) / (1.1 - t))
  return stats.logistic.cdf(locations[..., None] - thresholds).mean(-1)


@pytest.mark.parametrize("test_gate, expected", [
    ("louizos", np.clip(1.2 * stats.logistic.cdf(LOCATIONS) - 0.1, 0, 1)),
    ("median", LOCATIONS > 0), ("mean", expected_mask(LOCATIONS))])
def test_test_gates(test_gate, expected):
  built = Built(HardConcreteGate(test_gate=test_gate), is_training=False)
  built.assign(LOG_ALPHA, LOCATIONS)
  np.testing.assert_allclose(
      built.run(built.tensor("layer/hard_concrete_gate/test_mask")), expected,
      rtol=1e-6, atol=1e-5 if test_gate == "mean" else 0)


def test_gin():
  gin.parse_config("""
    hard_concrete_gate.lambda_l0 = 2.0
    hard_concrete_gate.temperature = 1.0
  """)
  with tf.Graph().as_default(), tf.Session() as session:
    np.testing.assert_allclose(
        session.run(HardConcreteGate().penalty(tf.zeros([3], tf.float64))),
        2.0 * 3 * stats.logistic.cdf(np.log(11)), rtol=1e-12)


@pytest.mark.parametrize("argument, value, expected", [
    ("lambda_l0", -1.0, "hard_concrete_gate.lambda_l0 must be 0 or greater, "
     "but is -1.0. 1e-3 is the default; 0 turns the penalty off."),
    ("drop_rate", 1.0, "hard_concrete_gate.drop_rate must lie in [1/101, "
     "100/101], where log_alpha is within +-log(100), but is 1.0. Louizos et "
     "al. use 0.5."),
    ("temperature", 0.0, "hard_concrete_gate.temperature must be greater than "
     "0, but is 0.0. Louizos et al. use 2/3."),
    ("gamma", 0.0, "hard_concrete_gate.gamma must be below 0, or no gate could "
     "close, but is 0.0. Louizos et al. use -0.1."),
    ("zeta", 1.0, "hard_concrete_gate.zeta must be above 1, or no gate could "
     "open fully, but is 1.0. Louizos et al. use 1.1."),
    ("test_gate", "mode", "hard_concrete_gate.test_gate must be one of "
     "louizos, median, mean, but is 'mode'. Use \"median\" for gates that are "
     "0 or 1."),
    ("penalty_reduction", None, "hard_concrete_gate.penalty_reduction must be "
     "one of sum, root, mean, but is None. Use \"root\" for one weight that "
     "prunes layers of all sizes alike."),
    ("learning_rate_multiplier", -2, "hard_concrete_gate."
     "learning_rate_multiplier must be greater than 0, but is -2. 1 gives the "
     "gates the learning rate of all other variables."),
])
def test_messages(argument, value, expected):
  with pytest.raises(ValueError) as error:
    HardConcreteGate(**{argument: value})
  assert message(error) == expected
