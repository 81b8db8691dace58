"""Samples for DCI by regression, and its scores.

Source: Eastwood and Williams, "A Framework for the Quantitative Evaluation of
Disentangled Representations" (ICLR 2018), section 2.
"""
import dataclasses

import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data as gt

from sparse_disent.metrics import codes as codes_lib
from sparse_disent.metrics import importance as importance_lib
from sparse_disent.metrics import undefined
from sparse_disent.metrics import varying


@dataclasses.dataclass(frozen=True)
class Split:
  """A training and a test set of codes and factors.

  Latents and factors that are constant over the training set are left out. All
  columns are shifted and scaled such that in the training set each has mean 0
  and variance 1.

  Attributes:
    sample: The training set as it was sampled.
    codes: [num_train, number of latents that vary].
    factors: [num_train, number of factors that vary].
    test_codes: [num_test, number of latents that vary].
    test_factors: [num_test, number of factors that vary].
  """

  sample: varying.Varying
  codes: np.ndarray
  factors: np.ndarray
  test_codes: np.ndarray
  test_factors: np.ndarray

  @classmethod
  def draw(cls, ground_truth_data: gt.GroundTruthData,
           representation_function: codes_lib.RepresentationFunction,
           num_train: int, num_test: int, random_state: np.random.RandomState,
           batch_size: int) -> "Split":
    """Samples both sets, as upstream's `dci` does.

    Args:
      ground_truth_data: GroundTruthData to be sampled from.
      representation_function: Function from observations to codes.
      num_train: Number of points of the training set.
      num_test: Number of points of the test set.
      random_state: NumPy random state.
      batch_size: Number of points sampled and encoded at a time.

    Raises:
      ValueError: If a code is not finite.
    """
    (codes, factors), (test_codes, test_factors) = (
        codes_lib.sample(ground_truth_data, representation_function, num,
                         random_state, batch_size)
        for num in (num_train, num_test))
    sample = varying.Varying.of(codes, factors)
    return cls(
        sample, *_scaled(sample.codes, sample.factors),
        *_scaled(test_codes[:, sample.latents],
                 test_factors[:, sample.factor_indices], sample))


def results(split: Split, importance: np.ndarray, train_loss: np.ndarray,
            test_loss: np.ndarray) -> dict:
  """Scores of regressions of each factor on the codes.

  Args:
    split: What was fitted.
    importance: R, [number of latents, number of factors that vary]; see
      `importance` for D and C.
    train_loss: Mean squared errors over the training set, in units of the
      variance of the factor there, [number of factors that vary].
    test_loss: The same over the test set, in the same units.

  Returns:
    results: Dictionary with
      "disentanglement": D, from 0 to 1, or None for a single factor.
      "completeness": C, from 0 to 1, or None for a single latent that varies.
      "informativeness_train", "informativeness_test": I, mean over factors of
        R^2 = 1 - loss, at most 1; 0 if each factor is predicted as its mean.
      "error_test": The authors' I, mean over factors of the root of the loss, 0
        or greater; smaller is better.
      "..._undefined": For each entry that is None, the reason.
      "importance": R, nested list [num_latent, num_factors]; 0 for what is
        constant.
      "constant_factors": List of the factors that were left out.
  """
  names = ("informativeness_train", "informativeness_test", "error_test")
  values = (1.0 - train_loss, 1.0 - test_loss, np.sqrt(test_loss))
  scores = {}
  for name, value in zip(names, values, strict=True):
    scores.update(undefined.unless(
        split.sample.lacks(num_latents=0), name, value.mean))
  return {
      **undefined.unless(
          split.sample.lacks(1, 2), "disentanglement",
          lambda: importance_lib.disentanglement(importance)),
      **undefined.unless(
          split.sample.lacks(2), "completeness",
          lambda: importance_lib.completeness(importance)),
      **scores,
      "importance": split.sample.expand(importance),
      "constant_factors": split.sample.constant_factors(),
  }


def _scaled(codes, factors, reference=None):
  """Scales columns as those of a training set, by default these themselves."""
  whole = (codes, factors)
  if reference is not None:
    whole = (reference.codes, reference.factors)
  return [(x - y.mean(axis=0)) / y.std(axis=0)
          for x, y in zip((codes, factors), whole, strict=True)]
