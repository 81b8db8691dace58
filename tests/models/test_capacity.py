"""The weight of `@capacity_vae()`, beside its recursion retyped in NumPy."""
import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import train
from support import catalogue

from sparse_disent.models import CapacityVAE


class Controlled:
  """The weight alone, fed with divergences."""

  def __init__(self, **arguments):
    self._step = tf.train.get_or_create_global_step()
    self._kl = tf.placeholder(tf.float32, [])
    self.loss = CapacityVAE(**arguments).regularizer(
        self._kl, None, None, None)
    self.gradient, = tf.gradients(self.loss, self._kl)
    self._update = tf.group(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    self._next = self._step.assign_add(1)
    self._session = tf.Session()
    self._session.run(tf.global_variables_initializer())

  def losses(self, divergences):
    """Losses and gradients of steps that have these divergences."""
    found = []
    for divergence in divergences:
      found.append(self._session.run(
          [self.loss, self.gradient, self._update],
          {self._kl: divergence})[:2])
      self._session.run(self._next)
    return np.transpose(found)


def test_the_weight_follows_the_capacity():
  divergences = [0., 3., 5., 1.25, 2., 9., 4.1, 3.9]
  beta, expected = 2., []
  for step, divergence in enumerate(divergences):
    capacity = 1. + 3. * min(step / 4, 1.)
    expected.append(beta)
    beta *= np.exp(.5 * np.clip(divergence - capacity, -1, 1))
  with tf.Graph().as_default():
    losses, gradients = Controlled(
        c_min=1., c_max=4., iteration_threshold=4, initial_beta=2., rate=.5
    ).losses(divergences)
  np.testing.assert_allclose(losses, np.multiply(expected, divergences),
                             rtol=1e-5)
  # The weight is no function of the divergence that it multiplies.
  np.testing.assert_allclose(gradients, expected, rtol=1e-5)


@pytest.mark.parametrize("divergence, limit", [(100., 1e3), (0., 1e-3)])
def test_the_weight_has_limits(divergence, limit):
  with tf.Graph().as_default():
    _, betas = Controlled(c_max=16., iteration_threshold=1, rate=1.).losses(
        [divergence] * 30)
  np.testing.assert_allclose(betas[-1], limit, rtol=1e-5)


@pytest.mark.parametrize("model", [
    "model.model = @capacity_vae()",
    """
    model.model = @sparse_vae()
    sparse_vae.objective = @capacity_vae()
    sparse_vae.latent = @l0_pair()
    sparse_vae.groups = [2, 4]
    """])
def test_a_training_updates_it_once_a_step(model, tmp_path):
  """The capacity is never reached, so that each step takes the same off."""
  gin.clear_config()
  train.train_with_gin(str(tmp_path / "model"), gin_bindings=[
      line for line in (catalogue.BASE + model + """
          capacity_vae.c_min = 500.
          capacity_vae.c_max = 500.
          capacity_vae.iteration_threshold = 1
      """).splitlines() if line.strip()])
  reader = tf.train.load_checkpoint(str(tmp_path / "model/tf_checkpoint"))
  np.testing.assert_allclose(
      reader.get_tensor("capacity_vae/log_beta"), np.log(10.) - 5 * .01,
      rtol=1e-5)


@pytest.mark.parametrize("arguments, message", [
    ({"c_min": -1.}, "capacity_vae.c_min must be 0 or greater, but is -1.0."),
    ({"c_max": .2}, "capacity_vae.c_max must be at least c_min = 0.5, but is "
     "0.2."),
    ({"c_max": float("nan")}, "capacity_vae.c_max must be at least"),
    ({"iteration_threshold": 0}, "capacity_vae.iteration_threshold must be an "
     "integer of 1 or greater, but is 0."),
    ({"initial_beta": 0}, "capacity_vae.initial_beta must lie in 0.001 to 1000,"
     " but is 0."),
    ({"rate": 2.}, "capacity_vae.rate must be above 0 and at most 1, but is "
     "2.0.")])
def test_messages(arguments, message):
  with pytest.raises(ValueError) as error:
    CapacityVAE(**{"c_max": 16., "iteration_threshold": 10, **arguments})
  assert str(error.value).startswith(message)
