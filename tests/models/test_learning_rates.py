import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.models import warm_up


def test_the_rate_rises_and_stays():
  with tf.Graph().as_default(), tf.Session() as session:
    step = tf.train.get_or_create_global_step()
    rate = warm_up(initial=1e-4, final=5e-4, steps=1000)
    session.run(tf.global_variables_initializer())
    found = []
    for number in (0, 250, 1000, 30000):
      session.run(step.assign(number))
      found.append(session.run(rate))
  np.testing.assert_allclose(found, [1e-4, 2e-4, 5e-4, 5e-4], rtol=1e-6)


@pytest.mark.parametrize("arguments, message", [
    ({"initial": 0}, "warm_up.initial must be above 0, but is 0. Upstream's "),
    ({"final": "1"}, "warm_up.final must be above 0, but is '1'."),
    ({"steps": 1.5}, "warm_up.steps must be an integer of 1 or greater, but is "
     "1.5.")])
def test_messages(arguments, message):
  with pytest.raises(ValueError) as error:
    warm_up(**{"final": 1e-3, **arguments})
  assert str(error.value).startswith(message)
