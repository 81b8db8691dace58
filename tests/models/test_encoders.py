"""Masked encoders against upstream's: shapes, names, initial weights.

Losses and gradients are compared in test_masked_networks.py.
"""
import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.shared import architectures

from sparse_disent.compat.training import estimator
from sparse_disent.models import encoders

IMAGES = np.random.RandomState(0).uniform(size=[3, 64, 64, 3])
PAIRS = {
    "conv": (encoders.masked_conv_encoder, architectures.conv_encoder),
    "fc": (encoders.masked_fc_encoder, architectures.fc_encoder),
}


def posterior(encoder, tmp_path, name):
  """Means and log variances at the seed of an estimator, after no step."""
  results = {}

  def model_fn(features, labels, mode, params):
    del labels, params
    with tf.variable_scope("encoder"):
      outputs = encoder(features, num_latent=7,
                        is_training=mode == tf.estimator.ModeKeys.TRAIN)
    loss = tf.reduce_sum(outputs[0] + outputs[1])
    step = tf.train.get_global_step()

    class Fetch(tf.train.SessionRunHook):

      def before_run(self, run_context):
        return tf.train.SessionRunArgs(outputs)

      def after_run(self, run_context, run_values):
        results["posterior"] = run_values.results

    results["names"] = [variable.name for variable in tf.trainable_variables()]
    return estimator.TPUEstimatorSpec(
        mode=mode, loss=loss, train_op=tf.assign_add(step, 1),
        training_hooks=[Fetch()])

  estimator.TPUEstimator(
      model_fn, tmp_path / name, estimator.RunConfig(tf_random_seed=5)).train(
          lambda: tf.constant(IMAGES, tf.float32), steps=1)
  return results


@pytest.mark.parametrize("gate", [
    "random_gate.sparsity = 0.0\nchannel_mask.gate = @random_gate()",
    "channel_mask.gate = @l1_gate()"])
@pytest.mark.parametrize("kind", sorted(PAIRS))
def test_the_same_seed_starts_from_upstreams_weights(kind, gate, tmp_path):
  gin.parse_config(gate)
  ours, theirs = PAIRS[kind]
  actual = posterior(ours, tmp_path, "ours")
  expected = posterior(theirs, tmp_path, "theirs")
  assert [value.shape for value in actual["posterior"]] == [(3, 7), (3, 7)]
  for one, two in zip(actual["posterior"], expected["posterior"], strict=True):
    np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)
    assert np.abs(two).max() > 0.01
  layers = ["e1", "e2", "e3", "e4", "e5"] if kind == "conv" else ["e1", "e2"]
  assert [name for name in actual["names"] if "gate" not in name] == [
      f"encoder/{layer}/{name}:0" for layer in [*layers, "means", "log_var"]
      for name in ("kernel", "bias")]
