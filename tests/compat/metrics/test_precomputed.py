"""Upstream's evaluation with codes that are there."""
import time

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from disentanglement_lib.evaluation import evaluate

from sparse_disent.compat.metrics import precomputed


def test_all_else_of_the_modules_is_theirs():
  before = evaluate.hub, evaluate.time
  with precomputed.representation(None), precomputed.start_time(0):
    assert evaluate.hub.Module is before[0].Module
    assert evaluate.time.sleep is before[1].sleep


def test_upstream_is_left_as_it_was():
  before = evaluate.hub, evaluate.time
  with pytest.raises(KeyError), precomputed.representation(None), \
      precomputed.start_time(0):
    assert evaluate.hub is not before[0]
    raise KeyError
  assert (evaluate.hub, evaluate.time) == before


def test_the_module_is_the_function():
  with precomputed.representation(lambda images: images + 1), \
      evaluate.hub.eval_function_for_module("anywhere") as f:
    assert f(dict(images=2), signature="representation",
             as_dict=True) == {"default": 3}


def test_time_counts_from_the_beginning():
  with precomputed.start_time(time.time() - 100):
    start = evaluate.time.time()
    assert 100 <= evaluate.time.time() - start < 200


@pytest.fixture
def module(tmp_path):
  """Path of a module that encodes x as x + 2 and decodes x as 3 x."""
  path = str(tmp_path / "tfhub")

  def module_fn():
    for name, key, function in (
        ("gaussian_encoder", "images", lambda x: {"mean": x + 2}),
        ("decoder", "latent_vectors", lambda x: {"images": 3 * x}),
        ("representation", "images", lambda x: {"default": x + 2})):
      x = tf.placeholder(tf.float32, [None, 1], name)
      hub.add_signature(name, {key: x}, function(x))

  with tf.Graph().as_default(), tf.Session() as session:
    hub_module = hub.Module(hub.create_module_spec(module_fn))
    tf.no_op()  # TensorFlow runs no empty graph.
    hub_module.export(path, session)
  return path


ONES = np.ones([2, 1], np.float32)


@pytest.mark.parametrize("signature, key, output, expected", [
    ("representation", "images", "default", 10.0),
    ("gaussian_encoder", "images", "mean", 3.0),
    ("decoder", "latent_vectors", "images", 3.0)])
def test_other_signatures_are_the_modules(
    module, signature, key, output, expected):
  with precomputed.representation(lambda x: 10 * x), \
      evaluate.hub.eval_function_for_module(module) as f:
    np.testing.assert_array_equal(
        f({key: ONES}, signature=signature, as_dict=True)[output],
        expected * ONES)


def test_a_forks_evaluate_may_build_the_module_itself(module, monkeypatch):
  def own_evaluate(path):
    with tf.Graph().as_default(), tf.Session() as session:
      codes = evaluate.hub.Module(path)(
          tf.constant(ONES), signature="representation")
      session.run(tf.global_variables_initializer())
      return session.run(codes)

  monkeypatch.setattr(evaluate, "evaluate", own_evaluate)
  with precomputed.representation(lambda x: 10 * x):
    np.testing.assert_array_equal(evaluate.evaluate(module), 3 * ONES)
