"""Metrics that aggregate a matrix of latents and factors.

Each public function corrects upstream's module of the same name.
"""
import functools
from typing import Any

import numpy as np

from sparse_disent.compat import patching
from sparse_disent.compat.metrics import undefined
from sparse_disent.compat.metrics.corrections import tools

# Pattern of the scores "mig", "mig.factor_0" and so on.
_MIG = r"mig(\.factor_\d+)?$"
_NO_ENTROPY = "so that the entropy by which the gap is divided is 0"


def utils(module: Any) -> None:
  """Discretizes latents that hardly vary, and normalizes constants."""

  def histogram(values, num_bins=10, **kwargs):
    """Returns bin edges, even closer ones than the values' type can tell apart.

    NumPy refuses such bins.
    """
    try:
      return np.histogram(values, num_bins, **kwargs)
    except ValueError as error:
      if "Too many bins" not in str(error) or kwargs:
        raise
      ends = np.min(values).astype(float), np.max(values).astype(float)
      return None, np.linspace(*ends, num_bins + 1)

  patching.stand_in(module, "np", histogram=histogram)

  @patching.wrap(module, "normalize_data")
  def normalize_data(original, data, mean, stddev):
    """Makes a constant 0; upstream divides it by a deviation of 0."""
    if stddev is None:
      stddev = np.where(tools.is_constant(data), 0, np.std(data, axis=1))
    normalized, mean, stddev = original(data, mean, stddev)
    normalized[stddev == 0] = 0
    return normalized, mean, stddev


def _beside_constants(codes):
  """Adds two constants, as pruned latents, to a single latent.

  There are two because a constant can be the best predictor. The next best is
  then a constant as well.

  Args:
    codes: Array `[num_latent, num_points]`, or a matrix of importances
      `[num_latent, num_factors]`.

  Returns:
    Array `[3, ...]` if there is one latent; `codes` if there are several.
  """
  if len(codes) > 1:
    return codes
  return np.concatenate([codes, np.zeros([2, codes.shape[1]], codes.dtype)])


def dci(module: Any) -> None:
  """Supports splits without gain, a single latent and a single factor."""

  @patching.wrap(module, "compute_importance_gbt")
  def compute_importance_gbt(original):
    """Makes the importance of splits without gain 0; scikit-learn's is NaN."""
    importance, *accuracies = original()
    return np.nan_to_num(importance, nan=0), *accuracies

  @patching.wrap(module, "disentanglement_per_code")
  def disentanglement_per_code(original, importance):
    tools.note_single_factor(importance.T, r"disentanglement|dci$")
    return original(importance)

  @patching.wrap(module, "completeness_per_factor")
  def completeness_per_factor(original, importance):
    return original(_beside_constants(importance))


def mig(module: Any) -> None:
  """Supports a single latent."""

  @patching.wrap(module, "_compute_mig")
  def compute_mig(original, codes, factors):
    tools.note_constant(factors, _MIG, _NO_ENTROPY)
    return original(_beside_constants(codes), factors)


def sap_score(module: Any) -> None:
  """Supports a single latent."""

  @patching.wrap(module, "_compute_sap")
  def compute_sap(original, codes, factors, codes_test, factors_test,
                  continuous_factors):
    if continuous_factors:
      tools.note_constant(factors, "SAP_score", "no variance to be explained")
    return original(_beside_constants(codes), factors,
                    _beside_constants(codes_test), factors_test,
                    continuous_factors)


def modularity_explicitness(module: Any) -> None:
  """Notes reasons for a single factor, and for classes without a ROC curve."""

  @patching.wrap(module, "modularity")
  def modularity(original, mutual_information):
    tools.note_single_factor(mutual_information.T, "modularity")
    return original(mutual_information)

  @patching.wrap(module, "explicitness_per_factor")
  def explicitness_per_factor(original, x_train, y_train, x_test, y_test):
    """Scores a test sample only if it has the classes of the training sample.

    Upstream pairs the classes of both samples by their order, so that it would
    compare different classes.
    """
    known, asked = np.unique(y_train), np.unique(y_test)
    if np.array_equal(known, asked) and len(known) > 1:
      return original(x_train, y_train, x_test, y_test)
    undefined.note(
        "explicitness_score_test",
        f"a factor has the values {known.tolist()} in the training sample and "
        f"{asked.tolist()} in the test sample: not each has a ROC curve")
    if len(known) > 1:
      return original(x_train, y_train, x_train, y_train)[0], np.nan
    undefined.note(
        "explicitness_score_train",
        "a factor has one value only in the training sample: there are no "
        "values to tell apart")
    return np.nan, np.nan


def unified_scores(module: Any) -> None:
  """Notes a reason where there is one latent; draws no tree of one factor."""

  def compared(aggregate, matrix, factors):
    """Makes a gap to the next best latent NaN if there is one latent only."""
    if len(matrix) > 1:
      tools.note_constant(factors, _MIG, _NO_ENTROPY)
      return aggregate(matrix, factors)
    score = aggregate.__name__.removeprefix("aggregation_")
    names = [score, *(f"{score}.factor_{index}"
                      for index in range(matrix.shape[1]))]
    undefined.note(rf"{score}(\.factor_\d+)?$", "there is one latent, and no "
                   "next best. The metrics mig and sap_score compare it with "
                   "constants")
    return dict.fromkeys(names, np.nan)

  gaps = [getattr(module, f"aggregation_{name}", None)
          for name in ("mig", "sap")]
  functions = getattr(module, "AGGREGATION_FN", [])
  functions[:] = [
      functools.partial(compared, aggregate) if aggregate in gaps else aggregate
      for aggregate in functions]

  def dendrogram_plot(matrix, *args, **kwargs):
    """Returns no tree for one factor, as it has no branches."""
    if len(matrix) == 1:
      return {}
    return dendrogram.dendrogram_plot(matrix, *args, **kwargs)

  dendrogram = getattr(module, "dendrogram", None)
  patching.stand_in(module, "dendrogram", dendrogram_plot=dendrogram_plot)
