"""Metrics that compare variances and covariances of latents.

Each public function corrects upstream's module of the same name.
"""
import warnings
from typing import Any

import numpy as np
from scipy import linalg

from sparse_disent.compat import ledger
from sparse_disent.compat import patching
from sparse_disent.compat.metrics import undefined
from sparse_disent.compat.metrics.corrections import tools

# Smallest eigenvalue of a correlation matrix below which it counts as singular.
# float32 codes resolve a millionth of a standard deviation; this is its square.
SINGULAR = 1e-12


def factor_vae(module: Any) -> None:
  """Leaves constant latents out, and counts the others as active.

  Upstream divides by the variance of a constant, and counts all latents.
  """
  counts = []

  @patching.wrap(module, "_compute_variances")
  def compute_variances(original, ground_truth_data, representation_function):
    batches = []

    def represent(observations):
      batches.append(representation_function(observations))
      return batches[-1]

    variances = original(ground_truth_data, represent)
    variances[tools.is_constant(np.concatenate(batches).T)] = 0
    return variances

  @patching.wrap(module, "_prune_dims")
  def prune_dims(original, variances):
    """Drops constants, which upstream's default threshold of 0 keeps."""
    active = original(variances) & (variances > 0)
    counts.append(np.sum(active))
    return active

  _count_active(module, "compute_factor_vae", counts)


def irs(module: Any) -> None:
  """Counts the active latents; upstream adds up their values instead."""
  counts = []

  @patching.wrap(module, "_drop_constant_dims")
  def drop_constant_dims(original, codes):
    active = original(codes[~tools.is_constant(codes)])
    counts.append(len(active))
    return active

  _count_active(module, "compute_irs", counts)


def _count_active(module, function_name, counts):
  """Sets the `num_active_dims` of a metric, if it has one.

  Args:
    module: Module of upstream's.
    function_name: String, the metric's name in it.
    counts: List that receives the count when the metric runs; its last entry is
      used.
  """

  @tools.wrap_metric(module, function_name)
  def compute(original, *args, **kwargs):
    counts.clear()
    scores = original(*args, **kwargs)
    if counts and "num_active_dims" in scores:
      scores["num_active_dims"] = counts[-1]
    return scores


def unsupervised_metrics(module: Any) -> None:
  """Compares the active latents only; upstream also compares constants."""
  name = f"{module.__name__}:unsupervised_metrics"
  if patching.is_upstreams(
      getattr(module, "unsupervised_metrics", None), name):

    @tools.wrap_metric(module, "unsupervised_metrics")
    def compute(original, *args, **kwargs):
      with patching.temporarily(module, "np", cov=_covariance):
        return original(*args, **kwargs)

  else:
    patching.left_alone(name, ledger.OWN)

  patching.wrap(module, "gaussian_total_correlation")(_total_correlation)
  patching.wrap(module, "gaussian_wasserstein_correlation")(
      _wasserstein_correlation)


def _covariance(codes):
  """Replaces NumPy's `cov`: 0 for constants, whose variance is rounding."""
  matrix = np.atleast_2d(np.cov(codes))
  constant = tools.is_constant(codes)
  matrix[constant] = matrix[:, constant] = 0
  if constant.all():
    undefined.note("wasserstein_correlation_norm", "all latents are constant:"
                   " their variance, by which it is divided, is 0")
  if len(codes) == 1:
    undefined.note("mutual_info", "there is one latent: there are no pairs")
  return matrix


def _total_correlation(original, cov):
  cov = _of_active(cov)
  if len(cov) < 2:
    return 0.0
  if not _is_singular(cov):
    return original(cov)
  undefined.note(
      "total_correlation", "the correlation matrix of the active latents is "
      "singular: one is a linear function of others, or there are fewer "
      "points than latents. The total correlation is infinite")
  return np.inf


def _wasserstein_correlation(original, cov):
  """Computes the distance from eigenvalues if upstream's is complex or NaN.

  Rounding makes upstream's root of a singular matrix complex.
  """
  cov = _of_active(cov)
  if len(cov) < 2:
    return 0.0
  with warnings.catch_warnings():
    warnings.simplefilter("ignore", linalg.LinAlgWarning)
    distance = original(cov)
  if np.iscomplexobj(distance) or np.isnan(distance):
    # 2 tr S - 2 tr sqrt(D S) with D = diag S; D S has the eigenvalues of
    # sqrt(D) S sqrt(D), which is symmetric.
    scale = np.sqrt(np.diag(cov))
    eigenvalues = np.linalg.eigvalsh(cov * np.outer(scale, scale))
    roots = np.sqrt(np.maximum(eigenvalues, 0))
    distance = 2 * np.trace(cov) - 2 * np.sum(roots)
  return distance


def _of_active(cov):
  active = np.diag(cov) > 0
  return cov[active][:, active]


def _is_singular(cov):
  scale = np.sqrt(np.diag(cov))
  return np.linalg.eigvalsh(cov / np.outer(scale, scale))[0] < SINGULAR
