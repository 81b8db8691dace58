"""Seeds, inputs and arguments of a graph that is built."""
import pytest
import tensorflow.compat.v1 as tf
from tf_keras.src import backend

from sparse_disent.compat.training import building
from sparse_disent.compat.training import run_config


def test_kerass_generator_of_seeds_is_put_back():
  before = getattr(backend._SEED_GENERATOR, "generator", None)
  with tf.Graph().as_default(), pytest.raises(KeyError), building.seeded(3):
    assert backend._SEED_GENERATOR.generator is not before
    raise KeyError
  assert getattr(backend._SEED_GENERATOR, "generator", None) is before


@pytest.mark.parametrize("layer", [
    lambda x: tf.layers.dense(x, 3),
    lambda x: tf.keras.layers.Dense(3, kernel_initializer="lecun_normal")(x)])
def test_a_seed_fixes_initial_weights(layer):
  """tf-keras alone draws other weights in every graph."""
  kernels = []
  for seed in (1, 1, 2):
    with (tf.Graph().as_default(), building.seeded(seed),
          tf.Session() as session):
      layer(tf.ones([2, 4]))
      session.run(tf.global_variables_initializer())
      kernels.append(session.run(tf.trainable_variables()[0]).tolist())
  assert kernels[0] == kernels[1] != kernels[2]


def test_features_and_labels_are_taken_apart():
  with tf.Graph().as_default():
    for inputs in ((1, 2), tf.data.Dataset.from_tensors((1, 2))):
      assert len(building.features_and_labels(inputs)) == 2
    assert building.features_and_labels(5) == (5, None)


@pytest.mark.parametrize("model_fn, names", [
    (lambda features, mode: None, {"mode"}),
    (lambda features, config: None, {"config"}),
    (lambda features, **others: None, {"labels", "mode", "params"})])
def test_a_model_gets_what_it_asks_for(model_fn, names):
  assert building.asked_for(
      model_fn, labels=0, mode=0, params=0, config=0).keys() == names


@pytest.mark.parametrize("call, expected", [
    (None, []), ((lambda x, y: [x, [y]], [1, 2]), [1, 2]),
    ((lambda x, y: (y, x), {"x": 1, "y": 2}), [2, 1])])
def test_a_host_call_gets_its_tensors(call, expected):
  spec = run_config.TPUEstimatorSpec("train", host_call=call)
  assert building.host_call(spec) == expected
