"""Grouped-VAE: Jacobian blocks, parity, principal components, messages."""
import random

import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import vae
from scipy import stats
from support.small_models import EVAL
from support.small_models import IMAGES
from support.small_models import LOG_ALPHA
from support.small_models import NETWORKS
from support.small_models import TRAIN
from support.small_models import Built

from sparse_disent.layers import L0Pair
from sparse_disent.models import SparseVAE
from sparse_disent.models import grouped

GROUPS = [2, 1, 2]


@pytest.fixture(autouse=True)
def networks(clean_gin):
  # Keras draws the seeds of initial weights from Python's own generator.
  random.seed(0)
  gin.parse_config(NETWORKS)


def prefix_losses(built, num_groups=3):
  return [built.scalars[f"reconstruction_loss_prefix_{i + 1}"]
          for i in range(num_groups)]


def is_own_group(groups=GROUPS):
  """[num_groups, num_latent]: which latents a prefix may train."""
  group_of_latent = np.repeat(np.arange(len(groups)), groups)
  return group_of_latent == np.arange(len(groups))[:, None]


@pytest.mark.parametrize("latent", [None, L0Pair])
def test_prefix_i_trains_only_the_encoder_outputs_of_z_i(latent):
  parts = {"groups": GROUPS, "latent": latent and latent(temperature=2 / 3)}
  built = Built(parts=parts)
  sample, losses = built.sample, prefix_losses(built)
  jacobian = built.run([
      built.gradients(loss, [sample.z_mean, sample.z_logvar])
      for loss in losses], {"l0_pair/gates:0": [1.0, 0.5, 1.0, 0.75, 1.0]})
  for outputs in range(2):
    blocks = np.array([np.abs(gradients[outputs]).max(axis=0)
                       for gradients in jacobian])
    np.testing.assert_array_equal(blocks > 0, is_own_group())
    np.testing.assert_array_equal(blocks[~is_own_group()], 0.0)


def test_prefix_i_trains_only_the_gates_of_z_i():
  built = Built(parts={"groups": GROUPS, "latent": L0Pair(temperature=20.0)})
  gates, *gradients = built.run([built.sample.gates, *(
      built.gradients(loss, [built.variable(LOG_ALPHA)])[0]
      for loss in prefix_losses(built))])
  assert np.all((gates > 0) & (gates < 1))
  np.testing.assert_array_equal(np.array(gradients) != 0, is_own_group())


def test_gradient_of_the_decoder_is_the_sum_over_prefixes():
  weights = [0.5, 2.0, 3.0]
  built = Built(dtype=tf.float64, parts={
      "groups": GROUPS, "group_weights": weights})
  decoder = [built.variable(f"decoder/d1/{name}:0")
             for name in ("kernel", "bias")]
  total, parts = built.run([
      built.gradients(built.scalars["grouped_reconstruction_loss"], decoder),
      [built.gradients(loss, decoder) for loss in prefix_losses(built)]])
  for variable in range(2):
    expected = sum(weight * gradients[variable]
                   for weight, gradients in zip(weights, parts, strict=True))
    np.testing.assert_allclose(total[variable], expected, rtol=1e-9, atol=1e-12)
    # Each prefix has a part in it.
    assert all(np.abs(gradients[variable]).max() > 1e-3 for gradients in parts)


@pytest.mark.parametrize("mode", [TRAIN, EVAL])
@pytest.mark.parametrize("weights", [None, [0.5, 2.0, 3.0]])
def test_losses_are_those_of_the_prefixes(mode, weights):
  built = Built(vae.BetaVAE(4.0), dtype=tf.float64, mode=mode, parts={
      "groups": GROUPS, "group_weights": weights})
  code, kernel, bias, scalars = built.run([
      built.sample.code, built.variable("decoder/d1/kernel:0"),
      built.variable("decoder/d1/bias:0"), built.scalars])
  expected = []
  for length in (2, 3, 5):
    prefix = np.where(np.arange(5) < length, code, 0.0)
    p = stats.logistic.cdf(prefix @ kernel + bias)
    pixels = IMAGES.reshape([8, 36])
    expected.append(-(pixels * np.log(p) + (1 - pixels) * np.log1p(-p))
                    .sum(axis=1).mean())
  actual = [scalars[f"reconstruction_loss_prefix_{i}"] for i in (1, 2, 3)]
  np.testing.assert_allclose(actual, expected, rtol=1e-9)
  total = np.dot(weights or [1, 1, 1], expected)
  np.testing.assert_allclose(scalars["reconstruction_loss"], expected[2])
  np.testing.assert_allclose(scalars["grouped_reconstruction_loss"], total)
  np.testing.assert_allclose(
      scalars["loss"], total + 4 * scalars["kl_loss"], rtol=1e-9)
  np.testing.assert_allclose(
      scalars["elbo"], -expected[2] - scalars["kl_loss"], rtol=1e-9)


def test_the_decoder_is_called_once():
  built = Built(parts={"groups": GROUPS})
  # RecordingDIPVAE keeps the last input: all prefixes are in it.
  assert built.objective.decoder_input.shape == (3 * 8, 5)
  kernel = built.variable("decoder/d1/kernel:0").name.removesuffix(":0")
  calls = [op for op in built.graph.get_operations() if op.type == "MatMul"
           and kernel in op.inputs[1].op.inputs[0].name]
  assert len(calls) == 1


def test_one_group_is_the_ungrouped_model_exactly():
  values = []
  for parts in ({}, {"groups": [5]}):
    random.seed(0)
    built = Built(parts={"latent": L0Pair(temperature=2 / 3), **parts})
    values.append(built.run(
        [built.scalars["loss"], built.scalars["reconstruction_loss"],
         *built.gradients(built.scalars["loss"])]))
  for one, two in zip(*values, strict=True):
    np.testing.assert_array_equal(one, two)


STANDARD_DEVIATIONS = np.array([3.0, 2.0, 1.2])


def principal_components():
  """Orthonormal directions [3, 6] of the data; their order is known."""
  basis, _ = np.linalg.qr(np.random.RandomState(7).normal(size=[6, 6]))
  return basis.T[:3]


def squared_error(true_images, reconstructed_images, activation):
  """-log p(x | z) of a linear Gaussian decoder, up to a constant, nats."""
  del activation
  return 0.5 * tf.reduce_sum(
      tf.square(true_images - reconstructed_images) / 0.25, [1, 2, 3])


def train_on_known_covariance(groups, seed):
  """Trains a linear VAE; returns the decoder's kernel [3, 6]."""
  gin.bind_parameter("encoder.num_latent", 3)
  gin.bind_parameter("reconstruction_loss.loss_fn", squared_error)
  random.seed(seed)
  with tf.Graph().as_default() as graph, tf.Session() as session:
    tf.set_random_seed(seed)
    tf.train.get_or_create_global_step()
    data = tf.random_normal([64, 3], seed=seed) * STANDARD_DEVIATIONS.astype(
        np.float32) @ tf.constant(principal_components(), tf.float32)
    spec = SparseVAE(vae.BetaVAE(1.0), groups=groups).model_fn(
        tf.reshape(data, [64, 3, 2, 1]), None, TRAIN, {})
    session.run(tf.global_variables_initializer())
    for _ in range(1500):
      session.run(spec.train_op)
    kernel, = (variable for variable in graph.get_collection(
        tf.GraphKeys.TRAINABLE_VARIABLES)
               if variable.name == "decoder/d1/kernel:0")
    return session.run(kernel)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_groups_of_one_find_principal_components_in_order(seed):
  kernel = train_on_known_covariance([1, 1, 1], seed)
  directions = kernel / np.linalg.norm(kernel, axis=1, keepdims=True)
  cosines = np.abs(directions @ principal_components().T)
  np.testing.assert_allclose(cosines, np.eye(3), atol=0.1)


def test_without_groups_the_order_is_arbitrary():
  orders = {tuple(np.argmax(np.abs(
      train_on_known_covariance([3], seed) @ principal_components().T), axis=1))
            for seed in range(3)}
  assert orders != {(0, 1, 2)}


@pytest.mark.parametrize("groups, weights, message", [
    ([3, 0], None, "sparse_vae.groups must be a list of positive integers, but "
     "is [3, 0]. Give the size of each group, e.g. [3, 3]."),
    ([], None, "sparse_vae.groups must be a list of positive integers, but is "
     "[]. Give the size of each group, e.g. [3, 3]."),
    (5, None, "sparse_vae.groups must be a list of positive integers, but is "
     "5. Give the size of each group, e.g. [3, 3]."),
    ([2.5, 2.5], None, "sparse_vae.groups must be a list of positive integers, "
     "but is [2.5, 2.5]. Give the size of each group, e.g. [3, 3]."),
    ([True, 4], None, "sparse_vae.groups must be a list of positive integers, "
     "but is [True, 4]. Give the size of each group, e.g. [3, 3]."),
    ([3, 3], None, "sparse_vae.groups must sum to encoder.num_latent, but "
     "[3, 3] sums to 6 and encoder.num_latent is 5. Change one of the two."),
    ([2, 3], [1.0], "sparse_vae.group_weights must be a list of numbers of 0 "
     "or greater, one for each of the 2 groups, but is [1.0]. Leave it out to "
     "weigh all prefixes alike, as the paper does."),
    ([2, 3], [1.0, -1.0], "sparse_vae.group_weights must be a list of numbers "
     "of 0 or greater, one for each of the 2 groups, but is [1.0, -1.0]. Leave "
     "it out to weigh all prefixes alike, as the paper does."),
    ([2, 3], [1.0, True], "sparse_vae.group_weights must be a list of numbers "
     "of 0 or greater, one for each of the 2 groups, but is [1.0, True]. Leave "
     "it out to weigh all prefixes alike, as the paper does."),
    # float(10**400) raises an OverflowError.
    ([2, 3], [1.0, 10**400], "sparse_vae.group_weights must be a list of "
     "numbers of 0 or greater, one for each of the 2 groups, but is "
     f"[1.0, {10**400}]. Leave it out to weigh all prefixes alike, as the "
     "paper does."),
    ([2, 3], [0, 0.0], "sparse_vae.group_weights must have a weight above 0, "
     "or nothing would be reconstructed, but is [0, 0.0]. Leave it out to "
     "weigh all prefixes alike, as the paper does."),
    (None, [1.0], "sparse_vae.group_weights is [1.0], but there are no groups. "
     "Set sparse_vae.groups, or leave the weights out."),
])
def test_messages(groups, weights, message):
  # Raised when the model is made, before anything is built or overwritten.
  with pytest.raises(ValueError) as error:
    SparseVAE(vae.BetaVAE(1.0), groups=groups, group_weights=weights)
  assert str(error.value).splitlines()[0] == message


@pytest.mark.parametrize("groups", [[3, 2], [4, 1], [1, 2, 2], [2, 2, 1]])
def test_groups_may_not_split_the_classes(groups):
  with pytest.raises(ValueError) as error:
    grouped.check_size(groups, 5, num_classes=3)
  assert str(error.value) == (
      "sparse_vae.groups must leave the 3 classes, the last entries of the "
      f"code, in one group, but {groups} splits them. The first 2 entries can "
      "be grouped at will.")


@pytest.mark.parametrize("groups", [[2, 3], [1, 4], [1, 1, 3], [5]])
def test_groups_that_leave_the_classes_together(groups):
  grouped.check_size(groups, 5, num_classes=3)


def test_sizes_are_checked_when_the_graph_is_built_if_gin_does_not_know_them():
  model = SparseVAE(vae.BetaVAE(1.0), groups=[2, 3])
  gin.bind_parameter("encoder.num_latent", 4)
  with tf.Graph().as_default():
    with pytest.raises(ValueError, match="groups must sum to encoder.num_late"):
      model.build(tf.constant(IMAGES, tf.float32), is_training=True)
