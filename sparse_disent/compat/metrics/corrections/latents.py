"""Metrics that compare variances and covariances of latents.

Each function corrects the module of upstream's whose name it has.
"""
import warnings

import numpy as np
from scipy import linalg

from sparse_disent.compat import ledger
from sparse_disent.compat import patching
from sparse_disent.compat.metrics import undefined
from sparse_disent.compat.metrics.corrections import tools

# An eigenvalue of a correlation matrix below which it counts as singular: a
# millionth of a standard deviation, squared, is what float32 codes resolve.
SINGULAR = 1e-12


def factor_vae(module):
  """Leaves constants out, and counts the others.

  Upstream divides by their variance and counts all latents.
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
    """The default threshold of 0 keeps constants, and divides by 0."""
    active = original(variances) & (variances > 0)
    counts.append(np.sum(active))
    return active

  _count_active(module, "compute_factor_vae", counts)


def irs(module):
  """Counts the active latents; upstream adds their values up."""
  counts = []

  @patching.wrap(module, "_drop_constant_dims")
  def drop_constant_dims(original, codes):
    active = original(codes[~tools.is_constant(codes)])
    counts.append(len(active))
    return active

  _count_active(module, "compute_irs", counts)


def _count_active(module, function_name, counts):
  """Makes `num_active_dims` of a metric the last of `counts`, if it has one.
  """

  @tools.wrap_metric(module, function_name)
  def compute(original, *args, **kwargs):
    counts.clear()
    scores = original(*args, **kwargs)
    if counts and "num_active_dims" in scores:
      scores["num_active_dims"] = counts[-1]
    return scores


def unsupervised_metrics(module):
  """Compares the active latents; upstream compares constants, too."""

  def covariance(codes):
    matrix = np.atleast_2d(np.cov(codes))
    constant = tools.is_constant(codes)
    matrix[constant] = matrix[:, constant] = 0
    if constant.all():
      undefined.note("wasserstein_correlation_norm", "all latents are constant:"
                     " their variance, by which it is divided, is 0")
    if len(codes) == 1:
      undefined.note("mutual_info", "there is one latent: there are no pairs")
    return matrix

  name = f"{module.__name__}:unsupervised_metrics"
  if patching.is_upstreams(
      getattr(module, "unsupervised_metrics", None), name):

    @tools.wrap_metric(module, "unsupervised_metrics")
    def compute(original, *args, **kwargs):
      with patching.temporarily(module, "np", cov=covariance):
        return original(*args, **kwargs)

  else:
    patching.left_alone(name, ledger.OWN)

  @patching.wrap(module, "gaussian_total_correlation")
  def gaussian_total_correlation(original, cov):
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

  @patching.wrap(module, "gaussian_wasserstein_correlation")
  def gaussian_wasserstein_correlation(original, cov):
    """By rounding, upstream's root of a singular matrix may be complex."""
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
