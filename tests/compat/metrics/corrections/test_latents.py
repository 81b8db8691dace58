"""Expected are closed forms, or scores without the constants."""
import functools
import types

import numpy as np
import pytest
from disentanglement_lib.evaluation.metrics import factor_vae
from disentanglement_lib.evaluation.metrics import unsupervised_metrics
from support.small_metrics import compute
from support.small_metrics import latents
from support.small_metrics import only
from support.small_metrics import pruned

from sparse_disent.compat.metrics.corrections import latents as corrections


@pytest.mark.parametrize("metric", ["factor_vae", "factor_vae_default"])
@pytest.mark.parametrize("value", [0, 0.1])
@pytest.mark.parametrize("active", [(0, 1, 4), (2,)])
def test_factor_vae_counts_and_uses_the_active_latents(metric, value, active):
  scores = compute(metric, pruned(*active, value=value))
  assert scores["num_active_dims"] == len(active)
  assert scores == compute(metric, only(*active))


def test_factor_vae_counts_above_its_threshold():
  """The default threshold keeps all that varies, the study's does not."""
  assert compute("factor_vae", "nearly constant")["num_active_dims"] == 2
  assert compute("factor_vae_default", "nearly constant")[
      "num_active_dims"] == 4


def test_factor_vae_without_active_latents_is_zero():
  for representation in ("all constant", "all constant, not 0"):
    assert compute("factor_vae_default", representation) == {
        "train_accuracy": 0, "eval_accuracy": 0, "num_active_dims": 0}


def test_factor_vae_votes_of_two_active_latents():
  """Each varies least where its own factor is fixed."""
  def represent(factors):
    return np.c_[np.zeros(len(factors)), factors[:, 0], factors[:, 1]]

  scores = compute("factor_vae_default", represent, sizes=(9, 9))
  assert scores["eval_accuracy"] == 1
  assert scores["num_active_dims"] == 2


@pytest.mark.parametrize("value", [0, 0.1])
@pytest.mark.parametrize("active", [(0, 1, 4), (2,)])
def test_irs_counts_and_uses_the_active_latents(value, active):
  scores = compute("irs", pruned(*active, value=value))
  assert scores["num_active_dims"] == len(active)
  assert scores == compute("irs", only(*active))


@pytest.mark.parametrize("representation", [
    "one constant", "all constant", "all constant, not 0"])
def test_irs_without_active_latents_is_zero(representation):
  """Upstream's was -1.75 where rounding gave the constants a variance."""
  assert compute("irs", representation) == {"IRS": 0, "num_active_dims": 0}


def test_irs_of_a_copy_of_the_factors_is_one():
  scores = compute("irs", lambda factors: np.c_[
      factors, np.full(len(factors), 0.1)].astype(np.float32))
  assert scores["IRS"] == pytest.approx(1)
  assert scores["num_active_dims"] == 3


def covariance(correlation, *, constants=0):
  """Of two latents with variance 1, and constants between them."""
  matrix = np.zeros([2 + constants] * 2)
  matrix[0, 0] = matrix[-1, -1] = 1
  matrix[0, -1] = matrix[-1, 0] = correlation
  return matrix


@pytest.mark.parametrize("correlation", [0, 0.5, -0.9])
@pytest.mark.parametrize("constants", [0, 3])
def test_gaussian_correlations_are_those_of_active_latents(
    correlation, constants):
  cov = covariance(correlation, constants=constants)
  assert unsupervised_metrics.gaussian_total_correlation(
      cov) == pytest.approx(-0.5 * np.log(1 - correlation ** 2))
  # tr sqrt(S), the eigenvalues of S being 1 +- the correlation.
  root = np.sqrt(1 + correlation) + np.sqrt(1 - correlation)
  assert unsupervised_metrics.gaussian_wasserstein_correlation(
      cov) == pytest.approx(4 - 2 * root)


def test_gaussian_correlations_of_twins():
  cov = covariance(1.0)
  assert unsupervised_metrics.gaussian_total_correlation(cov) == np.inf
  distance = unsupervised_metrics.gaussian_wasserstein_correlation(cov)
  assert distance == pytest.approx(4 - 2 * np.sqrt(2))
  assert not np.iscomplexobj(distance)


def test_a_complex_root_is_replaced(monkeypatch):
  """By rounding, scipy's root of a singular matrix can be complex."""
  monkeypatch.setattr("scipy.linalg.sqrtm", lambda matrix: matrix * 1j)
  assert unsupervised_metrics.gaussian_wasserstein_correlation(
      covariance(0.5)) == pytest.approx(4 - 2 * (1.5 ** 0.5 + 0.5 ** 0.5))


def test_unsupervised_scores_of_twins():
  scores = compute("unsupervised", "twins")
  assert scores["gaussian_total_correlation"] is None
  assert scores["gaussian_total_correlation_undefined"] == (
      "the correlation matrix of the active latents is singular: one is a "
      "linear function of others, or there are fewer points than latents. The "
      "total correlation is infinite")
  assert scores["gaussian_wasserstein_correlation"] > 0


def test_a_linear_function_is_seen_through_rounding():
  """Upstream's value is 20 nats of rounding."""
  def represent(factors):
    codes = latents(factors, 3)
    return np.c_[codes, codes @ np.array([0.3, 1.7, 2.1], np.float32)]

  assert compute("unsupervised", represent)[
      "gaussian_total_correlation"] is None


@pytest.mark.parametrize("value", [0, 0.1])
def test_unsupervised_scores_are_those_of_the_active_latents(value):
  scores = compute("unsupervised", pruned(0, 1, 4, value=value))
  expected = compute("unsupervised", only(0, 1, 4))
  # The average is over all pairs: 3 * 2 have information, of 5 * 4.
  expected["mutual_info_score"] *= 6 / 20
  assert scores == pytest.approx(expected)


@pytest.mark.parametrize("representation, undefined", [
    ("one of many", {}), ("one", {"mutual_info_score"}),
    ("all constant", {"gaussian_wasserstein_correlation_norm"}),
    ("all constant, not 0", {"gaussian_wasserstein_correlation_norm"}),
    ("one constant", {"mutual_info_score",
                      "gaussian_wasserstein_correlation_norm"})])
def test_unsupervised_scores_of_one_latent_or_none(representation, undefined):
  scores = compute("unsupervised", representation)
  for name in ("gaussian_total_correlation", "gaussian_wasserstein_correlation",
               "gaussian_wasserstein_correlation_norm", "mutual_info_score"):
    assert scores[name] == (None if name in undefined else 0)
    assert (f"{name}_undefined" in scores) == (name in undefined)


def test_a_fork_may_count_its_active_latents_itself():
  """Its metric does not ask `_prune_dims`, and has what results it likes."""
  def compute_factor_vae(representation_function):
    return {"num_active_dims": 7}

  module = types.ModuleType(factor_vae.__name__)
  module.compute_factor_vae = functools.wraps(compute_factor_vae)(
      lambda *unused: None)
  module._prune_dims = lambda variances: variances > 0
  module._compute_variances = (
      lambda ground_truth_data, representation_function: np.ones(3))
  corrections.factor_vae(module)
  assert module.compute_factor_vae.__wrapped__(None) == {"num_active_dims": 7}
