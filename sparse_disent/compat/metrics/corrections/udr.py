"""UDR, which compares models with each other, for models that have collapsed.

A latent of a model is informative if its KL is above a threshold. A model
without informative latents has collapsed. For two models with a and b
informative latents, UDR is the mean over these a + b latents of

  max_j R_ij^2 / sum_j R_ij

with R the correlations of the latents of one with those of the other (Duan et
al. 2020, equation 3; upstream takes the mean of either model first). If one
model has collapsed, each latent of the other counts 0, as no latent resembles
it. If both have collapsed, there is no latent, and the mean is undefined.
"""
import functools
import warnings
from typing import Any

import numpy as np

from sparse_disent.compat import patching
from sparse_disent.compat.metrics import patches
from sparse_disent.compat.metrics import undefined


def patch(module: Any) -> None:
  """Corrects upstream's module of UDR, which upstream's wheel lacks."""
  _define_pairs(module)

  def corrected(compute):

    @functools.wraps(compute)
    def compute_udr_sklearn(ground_truth_data, representation_functions, *args,
                            **kwargs):
      with patching.temporarily(module, "np", median=_median):
        return undefined.explained(
            _with_reasons, compute, ground_truth_data,
            _checked(representation_functions), *args, **kwargs)

    return compute_udr_sklearn

  patches.register(module, "compute_udr_sklearn", "representation_functions",
                   corrected)


def _with_reasons(compute, ground_truth_data, representation_functions, *args,
                  **kwargs):
  if len(representation_functions) == 1:
    undefined.note("model_scores", "there is one model: UDR compares several")
  undefined.note(
      "model_scores|pairwise", "models that have collapsed, without a latent "
      "whose KL is above the threshold, are compared with each other alone")
  undefined.note("raw_correlations", "a constant latent has no rank "
                 "correlation")
  with warnings.catch_warnings():
    # SciPy warns of each pair with a constant.
    warnings.filterwarnings("ignore", "An input array is constant")
    warnings.filterwarnings("ignore", "All-NaN slice encountered")
    return compute(ground_truth_data, representation_functions, *args, **kwargs)


def _define_pairs(module):

  @patching.wrap(module, "relative_strength_disentanglement")
  def relative_strength_disentanglement(original, corr_matrix):
    if corr_matrix.size:
      return original(corr_matrix)
    return 0.0 if max(corr_matrix.shape) else np.nan

  @patching.wrap(module, "lasso_correlation_matrix")
  def lasso_correlation_matrix(original, vec1, vec2):
    """Restores the axis that scikit-learn drops if there is one latent."""
    matrix = original(vec1, vec2)
    return np.reshape(matrix, [vec1.shape[1], vec2.shape[1]])


def _median(scores):
  """Returns the median of the defined scores; NaN if there are none."""
  return np.nanmedian(scores) if np.size(scores) else np.nan


def _checked(representation_functions):
  """Wraps representation functions so that they refuse unusable codes.

  They raise a ValueError as soon as codes are not finite or two models differ
  in their number of latents, not after all codes have been computed.
  """
  widths = {}

  def checked(index, represent, observations):
    codes, kl = represent(observations)
    if not (np.isfinite(codes).all() and np.isfinite(kl).all()):
      raise ValueError(
          f"The representation of model {index} (of model_dirs, from 0) is not "
          "finite: the model has diverged, or its module is damaged. Leave it "
          "out, or train it again.")
    widths[index] = codes.shape[1]
    if len(set(widths.values())) > 1:
      raise ValueError(
          "UDR compares models with as many latents each, got "
          f"{list(widths.values())} (of model_dirs, in this order). Compare "
          "models as they were before `compact`, or those of one width.")
    return codes, kl

  return [functools.partial(checked, index, represent)
          for index, represent in enumerate(representation_functions)]
