"""Gradients of each objective where gates are closed, or nothing is learned."""
import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from support.masked_models import OBJECTIVES
from support.small_models import NETWORKS
from support.small_models import Built

ENCODER = [f"encoder/{layer}/{weight}:0" for layer in ("e1", "e2")
           for weight in ("kernel", "bias")]


def gradients(objective, gates, scale):
  """Of the model's loss and of its discriminator's, by variable."""
  gin.parse_config(NETWORKS)
  built = Built(OBJECTIVES[objective]())
  losses = [built.scalars["loss"], built.discriminator_loss]
  with built.graph.as_default():
    variables = tf.trainable_variables()
    built.session.run([variable.assign(scale * variable)
                       for variable in variables])
  found = [tensor for loss in losses if loss is not None
           for tensor in built.gradients(loss, variables) if tensor is not None]
  encoder = built.gradients(losses[0], [built.variable(n) for n in ENCODER])
  return built.run([found, encoder], {built.tensor("l0_pair/gates:0"): gates})


@pytest.mark.parametrize("objective", sorted(OBJECTIVES))
# Weights of 0 make all codes equal, and those times 30 saturate everything.
@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0])
def test_closed_gates_train_no_encoder(objective, scale):
  found, encoder = gradients(objective, np.zeros(5), scale)
  assert all(np.isfinite(value).all() for value in found)
  for value in encoder:
    np.testing.assert_array_equal(value, np.zeros_like(value))


@pytest.mark.parametrize("objective", sorted(OBJECTIVES))
def test_gates_that_are_hardly_open(objective):
  """1e-8 is about the smallest gate above 0 that a sample has in float32."""
  found, encoder = gradients(
      objective, np.array([0.0, 1e-8, 1.0, 0.5, 1e-8]), 1.0)
  assert all(np.isfinite(value).all() for value in found)
  # Nothing for the mean of latent 0, something for that of latent 2.
  assert not encoder[0][:, 0].any() and encoder[0][:, 2].any()
