"""sparse_vae: what the gates do to losses and gradients, and messages."""
import functools
import itertools
import random

import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import vae
from scipy import special
from scipy import stats
from support.masked_models import OBJECTIVES
from support.small_models import EVAL
from support.small_models import LOG_ALPHA
from support.small_models import NETWORKS
from support.small_models import TRAIN
from support.small_models import Built

from sparse_disent.layers import CategoricalLatent
from sparse_disent.layers import L0Pair
from sparse_disent.models import SparseVAE


@pytest.fixture(autouse=True)
def networks(clean_gin):
  # Keras draws the seeds of initial weights from Python's own generator.
  random.seed(0)
  gin.parse_config(NETWORKS)


def kl(mean, logvar):
  return 0.5 * (mean**2 + np.exp(logvar) - 1 - logvar)


def dip(mean):
  """DIP-VAE-I with lambda_od 20 and lambda_d 2, by NumPy's covariance."""
  covariance = np.cov(mean.T, bias=True)
  diagonal = np.diag(covariance)
  off_diagonal = (covariance**2).sum() - (diagonal**2).sum()
  return 20 * off_diagonal + 2 * ((diagonal - 1)**2).sum()


FED_GATES = np.array([1.0, 0.0, 0.5, 0.125, 0.75])


@pytest.mark.parametrize("feeds", [{}, {"l0_pair/gates:0": FED_GATES}])
@pytest.mark.parametrize("mode", [TRAIN, EVAL])
def test_one_draw_in_decoder_input_kl_and_covariance(mode, feeds):
  # At this temperature nearly all gates are fractions: a second draw shows.
  built = Built(dtype=tf.float64, mode=mode, temperature=2 / 3,
                initial_log_alpha=0.3)
  fetches = [
      built.objective.posterior, built.tensor("l0_pair/gates:0"),
      built.tensor("latent_noise:0"), built.objective.decoder_input,
      built.objective.regularized, built.scalars]
  (mean, logvar), gates, noise, decoded, regularized, scalars = built.run(
      fetches, feeds)
  if feeds:
    np.testing.assert_array_equal(gates, FED_GATES)
  assert gates.shape == (5,) and ((gates > 0) & (gates < 1)).sum() >= 2
  code = gates * (mean + np.exp(logvar / 2) * noise)
  np.testing.assert_allclose(decoded, code, rtol=1e-9)
  np.testing.assert_allclose(regularized[2], code, rtol=1e-9)
  np.testing.assert_allclose(regularized[0], gates * mean, rtol=1e-9)
  expected_kl = (gates * kl(mean, logvar)).sum(1).mean()
  np.testing.assert_allclose(scalars["kl_loss"], expected_kl, rtol=1e-9)
  np.testing.assert_allclose(
      scalars["regularizer"], expected_kl + dip(gates * mean), rtol=1e-9)


@pytest.mark.parametrize("mode", [TRAIN, EVAL])
def test_loss_counts_the_penalty_once(mode):
  built = Built(dtype=tf.float64, mode=mode, tau=7.0, temperature=2 / 3)
  scalars = built.run(built.scalars)
  expected = 7 * 5 * stats.logistic.cdf(
      np.log(4) - 2 / 3 * np.log(0.1 / 1.1))
  np.testing.assert_allclose(scalars["l0_penalty"], expected, rtol=1e-9)
  np.testing.assert_allclose(
      scalars["loss"] - scalars["reconstruction_loss"] - scalars["regularizer"],
      expected, rtol=1e-9)
  np.testing.assert_allclose(
      scalars["expected_active_latents"], expected / 7, rtol=1e-9)
  np.testing.assert_allclose(
      -scalars["elbo"], scalars["reconstruction_loss"] + scalars["kl_loss"])


def test_active_latents_are_those_whose_test_gate_is_open():
  built = Built()
  # The Louizos gate closes at log_alpha = log(1 / 11) = -2.398.
  built.assign(LOG_ALPHA, [-4.0, -2.41, -2.39, 0.0, 4.0])
  assert built.run(built.scalars["active_latents"]) == 3
  built = Built(test_gate="median")
  built.assign(LOG_ALPHA, [-4.0, -2.39, 0.0, 0.01, 4.0])
  assert built.run(built.scalars["active_latents"]) == 2


@functools.cache
def gradients_and_differences():
  """Gradients of each term for log_alpha, and central differences of each."""
  gin.parse_config(NETWORKS)
  built = Built(dtype=tf.float64, temperature=2 / 3)
  start = np.array([-2.0, -0.5, 0.0, 0.4, 1.0])
  built.assign(LOG_ALPHA, start)
  terms = dict(built.scalars)
  with built.graph.as_default():
    terms["dip"] = terms["regularizer"] - terms["kl_loss"]
  variables = [built.variable(LOG_ALPHA)]
  names = ["reconstruction_loss", "kl_loss", "dip", "l0_penalty", "loss"]
  gates, gradients = built.run([built.tensor("l0_pair/gates:0"), {
      name: built.gradients(terms[name], variables)[0] for name in names}])
  differences = {name: np.zeros(5) for name in names}
  for i in range(5):
    for sign in (1, -1):
      built.assign(LOG_ALPHA, start + sign * 1e-6 * np.eye(5)[i])
      values = built.run(terms)
      for name in names:
        differences[name][i] += sign * values[name] / 2e-6
  return gates, gradients, differences


@pytest.mark.parametrize(
    "name", ["reconstruction_loss", "kl_loss", "dip", "l0_penalty", "loss"])
def test_gates_learn_from_each_term(name):
  gates, gradients, differences = gradients_and_differences()
  np.testing.assert_allclose(
      gradients[name], differences[name], rtol=1e-5, atol=1e-7)
  inside = (gates > 0) & (gates < 1)
  assert 0 < inside.sum() < 5
  assert np.all(gradients[name][inside] != 0)
  # A clipped gate learns from the penalty alone.
  if name in ("reconstruction_loss", "kl_loss", "dip"):
    np.testing.assert_array_equal(gradients[name][~inside], 0)
  else:
    assert np.all(gradients[name][~inside] > 0)


def test_closed_gates_pass_nothing_to_the_encoder():
  built = Built()
  gradients = dict(zip(
      [variable.name for variable in built.graph.get_collection(
          tf.GraphKeys.TRAINABLE_VARIABLES)],
      built.run(built.gradients(built.scalars["loss"]),
                {"l0_pair/gates:0": [1.0, 0.0, 1.0, 0.0, 1.0]}), strict=True))
  for name in ("encoder/e1/kernel:0", "encoder/e2/kernel:0"):
    moved = np.any(gradients[name] != 0, axis=0)
    np.testing.assert_array_equal(moved, [True, False, True, False, True])
  moved = np.any(gradients["decoder/d1/kernel:0"] != 0, axis=1)
  np.testing.assert_array_equal(moved, [True, False, True, False, True])


PARTS = {
    "l0_pair": lambda: {"latent": L0Pair()},
    "active_diagonal": lambda: {"latent": L0Pair(), "dip_diagonal": "active"},
    "everything": lambda: {
        "latent": L0Pair(), "groups": [1, 2, 2],
        "categorical": CategoricalLatent(num_classes=2)},
}
CASES = [(objective, parts) for objective in OBJECTIVES for parts in PARTS
         if parts != "active_diagonal" or objective.startswith("dip_vae")]


@pytest.mark.parametrize("objective, parts", CASES)
def test_finite_whichever_gates_are_closed(objective, parts):
  built = Built(OBJECTIVES[objective](), parts=PARTS[parts]())
  losses = [built.scalars["loss"]]
  if objective == "factor_vae":
    losses.append(built.discriminator_loss)
  fetches = [built.scalars, losses, [
      gradient for loss in losses for gradient in built.gradients(loss)
      if gradient is not None]]
  num_gates = built.sample.gates.shape[0]
  for gates in [*itertools.product([0.0, 1.0], repeat=num_gates),
                [1e-8, 0.0, 1.0, 0.5, 1.0][:num_gates]]:
    scalars, losses, gradients = built.run(
        fetches, {"l0_pair/gates:0": gates})
    assert np.isfinite([*scalars.values(), *losses]).all()
    for gradient in gradients:
      assert np.isfinite(gradient).all()
      assert np.abs(gradient).max() < 1e6


def total_correlation(code, mean, variance):
  """Eq. 4 of beta-TC-VAE on a batch, by SciPy's densities; no constants."""
  log_density = stats.norm.logpdf(
      code[:, None], mean[None], np.sqrt(variance)[None])
  log_joint = special.logsumexp(log_density.sum(2), axis=1)
  return (log_joint - special.logsumexp(log_density, axis=1).sum(1)).mean()


@pytest.mark.parametrize("gates", [
    [1.0, 0.0, 0.5, 0.0, 0.75], [0.0, 0.0, 0.0, 1.0, 0.0]])
def test_total_correlation_is_that_of_the_open_latents(gates):
  built = Built(vae.BetaTCVAE(6.0))
  code, mean, logvar, scalars = built.run(
      [built.sample.code, built.sample.z_mean, built.sample.z_logvar,
       built.scalars], {"l0_pair/gates:0": gates})
  is_open = np.array(gates) > 0
  expected = total_correlation(
      code[:, is_open], (gates * mean)[:, is_open],
      (gates * np.exp(logvar))[:, is_open])
  # A latent that says nothing adds -log(batch size), whether its gate closed
  # it or the encoder put it on the prior.
  expected -= (~is_open).sum() * np.log(8)
  np.testing.assert_allclose(
      (scalars["regularizer"] - scalars["kl_loss"]) / 5, expected, rtol=1e-5)


@pytest.mark.parametrize("objective", [vae.BetaVAE, "dip_vae"])
def test_an_objective_is_checked_without_layers_as_well(objective):
  with pytest.raises(ValueError, match="sparse_vae.objective must be one of"):
    SparseVAE(objective)


def test_messages():
  objective = vae.DIPVAE(20.0, 0.1)
  with pytest.raises(ValueError) as error:
    SparseVAE(objective, L0Pair)
  assert str(error.value).splitlines()[0] == (
      f"sparse_vae.latent must be a latent layer, but is {L0Pair!r}. Write "
      "sparse_vae.latent = @l0_pair() with the parentheses, or leave it out.")
  with pytest.raises(NotImplementedError) as error:
    SparseVAE(objective, L0Pair()).model_fn(None, None, "infer", {})
  assert str(error.value) == (
      "sparse_vae has no mode 'infer'; use 'train' or 'eval'.")
