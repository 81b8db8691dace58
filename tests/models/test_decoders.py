"""Masked decoders against upstream's: shapes, names, outputs.

Losses and gradients are compared in test_masked_networks.py.
"""
import random

import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.shared import architectures

from sparse_disent.models import decoders

CODES = np.random.RandomState(0).normal(size=[3, 7])
PAIRS = {
    "deconv": (decoders.masked_deconv_decoder, architectures.deconv_decoder, 6),
    "fc": (decoders.masked_fc_decoder, architectures.fc_decoder, 4),
}


def decode(decoder, is_training):
  # Keras draws the seeds of initial weights from Python's own generator.
  random.seed(0)
  with tf.Graph().as_default(), tf.Session() as session:
    tf.set_random_seed(0)
    with tf.variable_scope("decoder"):
      images = decoder(tf.constant(CODES, tf.float32), [64, 64, 3], is_training)
    session.run(tf.global_variables_initializer())
    names = [variable.name for variable in tf.trainable_variables()]
    return session.run(images), names


@pytest.mark.slow
@pytest.mark.parametrize("is_training", [True, False])
@pytest.mark.parametrize("kind", sorted(PAIRS))
def test_the_same_seed_starts_from_upstreams_weights(kind, is_training):
  gin.parse_config(
      "random_gate.sparsity = 0.0\nchannel_mask.gate = @random_gate()")
  ours, theirs, num_layers = PAIRS[kind]
  actual, names = decode(ours, is_training)
  expected, _ = decode(theirs, is_training)
  assert actual.shape == (3, 64, 64, 3)
  np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-6)
  assert np.abs(expected).max() > 0.01
  assert names == [f"decoder/d{i + 1}/{name}:0" for i in range(num_layers)
                   for name in ("kernel", "bias")]
