"""Noise without state: what it depends on, and what it does not."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from scipy import stats

import sparse_disent  # noqa: F401
from sparse_disent.layers import gate
from sparse_disent.ops import noise


def draw_in_graph(seed=0, step=None, name="a", kind=noise.normal,
                  others_first=0):
  with tf.Graph().as_default(), tf.Session() as session:
    if seed is not None:
      tf.set_random_seed(seed)
    for _ in range(others_first):
      tf.random_normal([])
    if step is not None:
      tf.train.get_or_create_global_step()
    values = kind([1000], name=name, draw=noise.training_draw())
    session.run(tf.global_variables_initializer())
    if step is not None:
      session.run(tf.assign(tf.train.get_global_step(), step))
    return session.run(values)


@pytest.mark.parametrize("kind", [noise.normal, noise.uniform])
def test_repeats_for_seed_name_and_step_whatever_else_is_in_the_graph(kind):
  np.testing.assert_array_equal(
      draw_in_graph(step=7, kind=kind),
      draw_in_graph(step=7, kind=kind, others_first=3))


@pytest.mark.parametrize("other", [
    {"seed": 1}, {"seed": None}, {"step": 8}, {"name": "b"}])
def test_everything_it_depends_on_gives_independent_noise(other):
  one = draw_in_graph(**{"step": 7})
  two = draw_in_graph(**{"step": 7, **other})
  correlation = np.corrcoef(one, two)[0, 1]
  assert abs(correlation) < 4.5 / np.sqrt(1000)


def test_without_a_seed_every_run_draws_the_same():
  np.testing.assert_array_equal(
      draw_in_graph(seed=None, step=7), draw_in_graph(seed=None, step=7))


def test_without_a_global_step_the_draw_is_step_zero():
  np.testing.assert_array_equal(draw_in_graph(step=None), draw_in_graph(step=0))


def test_each_step_has_a_draw_of_its_own():
  """Also where the estimator has read the step before the batch."""
  with tf.Graph().as_default(), tf.Session() as session:
    step = tf.train.get_or_create_global_step()
    draws = [noise.training_draw(), gate.training_draw()]
    tf.add_to_collection("step_of_batch", 10 + step)
    draws.append(noise.training_draw())
    session.run(tf.global_variables_initializer())
    for number in range(4):
      session.run(tf.assign(step, number))
      assert session.run(draws) == [number, number, 10 + number]


def test_distributions():
  normal = draw_in_graph(kind=noise.normal)
  uniform = draw_in_graph(kind=noise.uniform)
  assert stats.kstest(normal, "norm").pvalue > 1e-4
  assert stats.kstest(uniform, "uniform").pvalue > 1e-4


def test_uniform_stays_off_the_ends():
  with tf.Graph().as_default(), tf.Session() as session:
    values = session.run(noise.uniform([10000], name="a", draw=0, epsilon=0.4))
  assert 0.4 <= values.min() < 0.41 and 0.59 < values.max() <= 0.6


def test_evaluation_draws_differ_between_batches_and_steps():
  with tf.Graph().as_default(), tf.Session() as session:
    step = tf.train.get_or_create_global_step()
    batch = tf.placeholder(tf.float32, [2, 2])
    draw = noise.evaluation_draw(batch)
    session.run(tf.global_variables_initializer())
    # The two batches hold the same values in another order.
    one, two = np.eye(2), np.eye(2)[::-1]
    draws = [session.run(draw, {batch: values}) for values in (one, one, two)]
    session.run(tf.assign(step, 300_000))
    draws.append(session.run(draw, {batch: one}))
  assert draws[0] == draws[1]
  assert len(set(draws)) == 3 and min(draws) >= 0


def test_permuted_permutes_each_column_by_itself():
  values = np.arange(3000.0).reshape(1000, 3)
  with tf.Graph().as_default(), tf.Session() as session:
    permuted = session.run(
        noise.permuted(tf.constant(values), name="a", draw=0))
  np.testing.assert_array_equal(np.sort(permuted, axis=0), values)
  ranks = permuted // 3
  for one, two in ((0, 1), (0, 2), (1, 2)):
    assert abs(np.corrcoef(ranks[:, one], ranks[:, two])[0, 1]) < 0.15
  assert abs(np.corrcoef(ranks[:, 0], np.arange(1000))[0, 1]) < 0.15


def test_in_eager_code_the_seed_is_the_process_seed():
  values = []
  for seed in (1, 1, 2):
    tf.random.set_random_seed(seed)
    values.append(noise.normal([3], name="a", draw=5).numpy())
  np.testing.assert_array_equal(values[0], values[1])
  assert not np.any(values[0] == values[2])
