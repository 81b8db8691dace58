"""Sought noise against the noise of all the steps before."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.compat.training import noise_position

STEPS = 7
NOISES = {
    "normal": lambda: tf.random_normal([3, 5]),
    "odd normal": lambda: tf.random_normal([7]),
    "single": lambda: tf.random_normal([]),
    "uniform": lambda: tf.random_uniform([2, 9]),
    "truncated": lambda: tf.truncated_normal([3, 3]),
    "integers": lambda: tf.random_uniform([5], 0, 9, tf.int32),
    "shuffle": lambda: tf.random_shuffle(tf.range(10.0) + 1),
    "two": lambda: tf.random_normal([4]) + tf.random_shuffle(
        tf.random_uniform([4])),
}


def draws(noise, sought, steps):
  """The outputs of one session that has sought `sought` steps."""
  with tf.Graph().as_default():
    tf.set_random_seed(3)
    output = noise()
    hook = noise_position.SeekNoise(output, sought)
    hook.begin()
    with tf.Session() as session:
      hook.after_create_session(session, None)
      return [session.run(output) for _ in range(steps)]


@pytest.mark.parametrize("name", NOISES)
def test_noise_goes_on_as_if_it_had_never_stopped(name):
  whole = draws(NOISES[name], 0, STEPS + 3)
  rest = draws(NOISES[name], STEPS, 3)
  np.testing.assert_array_equal(rest, whole[STEPS:])
  assert not np.array_equal(rest[0], whole[0])


@pytest.mark.parametrize("noise", [
    lambda: tf.random_gamma([3], 2.0, name="odd"),
    lambda: tf.random_normal(
        tf.reshape(tf.range(tf.size(tf.random_uniform([1]))) + 1, [1]),
        name="odd")])
def test_noise_that_cannot_be_sought_is_named(noise, capfd):
  draws(noise, 1, 1)
  assert ("The noise of these operations is not that of an uninterrupted run: "
          "odd/" in capfd.readouterr().err)


def test_only_what_a_step_depends_on_is_sought():
  with tf.Graph().as_default():
    first = tf.random_normal([2], name="first")
    tf.random_normal([2], name="second")
    with tf.control_dependencies([first]):
      step = tf.no_op()
    found = noise_position.random_operations(step)
  names = [operation.name for operation in found]
  assert names == ["first/RandomStandardNormal"]
