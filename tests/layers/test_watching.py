"""Densities and penalties of several layers."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.layers import L1Gate
from sparse_disent.layers import RandomGate
from sparse_disent.layers import masked
from sparse_disent.layers import watching


def summaries_of(session):
  return {value.tag: value for summary in session.run(
      tf.get_collection(tf.GraphKeys.SUMMARIES))
          for value in tf.Summary.FromString(summary).value}


def build(gate, is_training=True):
  tf.train.get_or_create_global_step()
  hidden = masked.dense(tf.ones([2, 5]), 4, name="one", gate=gate,
                        is_training=is_training)
  hidden = masked.dense(hidden, 10, name="two", gate=gate,
                        is_training=is_training)
  masked.dense(hidden, 3, name="three", gate=None, is_training=is_training)


def test_the_penalty_of_a_kind_is_the_sum_over_its_layers():
  with tf.Graph().as_default(), tf.Session() as session:
    build(L1Gate(lambda_l1=0.5, lambda_l2=2.0))
    session.run(tf.global_variables_initializer())
    kernels = session.run([
        variable for variable in tf.trainable_variables()
        if variable.name in ("one/kernel:0", "two/kernel:0")])
    values = summaries_of(session)
  assert set(values) == {"density/one", "density/two", "mask/one", "mask/two",
                         "penalty/l1_gate"}
  expected = 0.5 * (20 + 40) + 2.0 * sum(
      np.sqrt((kernel**2).sum()) for kernel in kernels)
  np.testing.assert_allclose(
      values["penalty/l1_gate"].simple_value, expected, rtol=1e-6)


@pytest.mark.parametrize("reduction, expected", [
    ("sum", 20 + 40), ("root", np.sqrt(20) + np.sqrt(40)), ("mean", 2)])
def test_the_share_of_each_layer_in_the_penalty(reduction, expected):
  """Two layers of 20 and 40 connections, all open."""
  with tf.Graph().as_default(), tf.Session() as session:
    build(L1Gate(lambda_l1=0.5, lambda_l2=0.0, penalty_reduction=reduction))
    session.run(tf.global_variables_initializer())
    np.testing.assert_allclose(
        summaries_of(session)["penalty/l1_gate"].simple_value, 0.5 * expected,
        rtol=1e-6)


@pytest.mark.parametrize("is_training", [True, False])
def test_densities(is_training):
  with tf.Graph().as_default(), tf.Session() as session:
    build(RandomGate(sparsity=0.25), is_training)
    densities = watching.densities()
    session.run(tf.global_variables_initializer())
    assert session.run(densities) == {"density/one": 0.75, "density/two": 0.75}
    if is_training:
      assert summaries_of(session)["density/two"].simple_value == 0.75


def test_an_evaluation_reports_what_training_charges():
  gate = L1Gate(lambda_l1=0.5, lambda_l2=0.0)
  with tf.Graph().as_default(), tf.Session() as session:
    build(gate, is_training=False)
    session.run(tf.global_variables_initializer())
    assert session.run(watching.evaluation_scalars()) == {
        "density/one": 1.0, "density/two": 1.0,
        "penalty/l1_gate": 0.5 * (20 + 40)}


def test_density_is_that_of_the_test_time_mask():
  with tf.Graph().as_default(), tf.Session() as session:
    build(L1Gate(threshold=0.5))
    session.run(tf.global_variables_initializer())
    mask, = (variable for variable in tf.trainable_variables()
             if variable.name == "one/l1_gate/scaled_mask:0")
    session.run(mask.assign(np.linspace(0.03, 0.98, 20).reshape(5, 4)))
    values = summaries_of(session)
  assert values["density/one"].simple_value == 0.5
  # The histogram shows what training multiplies with.
  assert values["mask/one"].histo.min == pytest.approx(0.03)
