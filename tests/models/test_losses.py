"""Scalars that are reported of losses."""
import tensorflow.compat.v1 as tf

import sparse_disent  # noqa: F401
from sparse_disent.models import latents
from sparse_disent.models import losses


def test_without_layers_only_what_upstream_reports():
  made = losses.Losses(
      total=tf.constant(12.0), regularizer=tf.constant(2.0),
      reconstruction=losses.Reconstruction(tf.constant(10.0)),
      charges=latents.Charges(kl_loss=tf.constant(0.5)))
  assert made.reconstruction.charged == 10
  assert {name: float(value) for name, value in made.scalars().items()} == {
      "reconstruction_loss": 10, "kl_loss": 0.5, "loss": 12, "regularizer": 2,
      "elbo": -10.5}


def test_with_everything():
  reconstruction = losses.Reconstruction(
      tf.constant(10.0), tf.constant(60.0), [tf.constant(25.0),
                                             tf.constant(10.0)])
  charges = latents.Charges(
      kl_loss=tf.constant(0.5), categorical_kl_loss=tf.constant(0.25),
      l0_penalty=tf.constant(3.0), expected_active_latents=tf.constant(4.5),
      active_latents=tf.constant(4.0))
  made = losses.Losses(
      total=tf.constant(70.0), reconstruction=reconstruction, charges=charges,
      regularizer=tf.constant(2.0), discriminator=tf.constant(9.0))
  assert made.reconstruction.charged == 60
  assert {name: float(value) for name, value in made.scalars().items()} == {
      "reconstruction_loss": 10, "grouped_reconstruction_loss": 60,
      "reconstruction_loss_prefix_1": 25, "reconstruction_loss_prefix_2": 10,
      "kl_loss": 0.5, "categorical_kl_loss": 0.25, "l0_penalty": 3,
      "expected_active_latents": 4.5, "active_latents": 4, "loss": 70,
      "regularizer": 2, "elbo": -10.75}
