"""Batches after those that a hook has drawn, from inputs of several kinds."""
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.compat.training import data_position

BATCHES = 3


def numbers():
  return tf.data.Dataset.range(100)


def get_next(data_set):
  return tf.data.make_one_shot_iterator(data_set).get_next()


INPUTS = {
    "plain": lambda: get_next(numbers().batch(2)),
    "mapped": lambda: get_next(numbers().map(lambda x: -x).batch(2)),
    "shuffled": lambda: get_next(numbers().shuffle(9, seed=1).batch(2)),
    "two iterators": lambda: [get_next(numbers().batch(2)),
                              get_next(numbers().batch(5))],
    "none": lambda: tf.constant([1, 2]),
}


def read(make, sought, batches):
  """Reads batches in one session, behind `sought` others."""
  with tf.Graph().as_default():
    tf.set_random_seed(3)
    features = make()
    hook = data_position.SeekBatch(sought)
    hook.begin()
    with tf.Session() as session:
      hook.after_create_session(session, None)
      return [tf.nest.map_structure(lambda x: x.tolist(), session.run(features))
              for _ in range(batches)]


@pytest.mark.parametrize("name", INPUTS)
def test_data_go_on_as_if_they_had_never_stopped(name):
  make = INPUTS[name]
  assert read(make, BATCHES, 2) == read(make, 0, BATCHES + 2)[BATCHES:]


def test_a_long_way_back_shows_its_progress(capfd):
  read(INPUTS["plain"], BATCHES, 1)
  assert "going back to the data's place: 3/3 batches" in capfd.readouterr().err
  read(INPUTS["none"], BATCHES, 1)
  assert not capfd.readouterr().err
