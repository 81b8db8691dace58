"""InfoMEC: modularity, compactness and explicitness by information.

Source: Hsu, Dorrell, Whittington, Wu and Finn, "Disentanglement via Latent
Quantization" (NeurIPS 2023), section on metrics; constants and estimators are
those of the authors' code (kylehkhsu/disentangle, disentangle/metrics).
"""
import gin
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data as gt
from scipy import special
from sklearn import feature_selection
from sklearn import linear_model
from sklearn import metrics
from sklearn import preprocessing

from sparse_disent.common import checks
from sparse_disent.metrics import codes as codes_lib
from sparse_disent.metrics import fitting
from sparse_disent.metrics import total_correlation
from sparse_disent.metrics import undefined
from sparse_disent.metrics import varying

# A latent is inactive if its range is at most this part of the largest range.
INACTIVE_RANGE = 1 / 8
# Limits of L-BFGS: iterations, and gradient of the loss summed over points.
NUM_ITERATIONS = 100
TOLERANCE = 1e-4


@gin.configurable("infomec", denylist=codes_lib.GIVEN)
@codes_lib.codes_alone
def compute_infomec(
    ground_truth_data: gt.GroundTruthData,
    representation_function: codes_lib.RepresentationFunction,
    random_state: np.random.RandomState, artifact_dir: str | None = None, *,
    num_train: int = gin.REQUIRED, discrete_codes: bool = False,
    batch_size: int = 16) -> dict:
  """Computes InfoM, InfoC and InfoE with the authors' defaults.

    NMI_ij = I(z_i; s_j) / H(s_j)
    InfoM  = (mean_i (max_j NMI_ij / sum_j NMI_ij) - 1/F) / (1 - 1/F)
    InfoC  = (mean_j (max_i NMI_ij / sum_i NMI_ij) - 1/L) / (1 - 1/L)
    InfoE  = mean_j (H0_j - CE_j) / H0_j

  z_i are the L active latents, whose range is above 1/8 of the largest range;
  s_j are the F factors. InfoM asks whether a latent knows of one factor alone,
  InfoC whether a factor is known to one latent alone, InfoE whether factors can
  be read from all latents linearly. See `ratio` and `explicitness`.

  Both ratios say which latent or factor has most of the information, not how
  much there is: among latents that know nearly nothing they rate noise. A
  latent or factor without any information is left out of its mean (the authors'
  InfoC is NaN then). Read them beside InfoE.

  If factors depend on each other, a latent that follows one factor knows of the
  others too. InfoM and InfoC of codes that equal the factors are then below 1,
  and InfoE rises where a missing factor can be read from the others. Evaluate
  on data with independent factors.

  An image that was drawn twice counts once, as the authors' sample has no
  copies, which would be each other's nearest neighbors.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    representation_function: Function from observations to codes.
    random_state: NumPy random state.
    artifact_dir: Not used.
    num_train: Number of points to be sampled; the authors use 10,000.
    discrete_codes: Whether latents have few values, as quantized ones have.
      Then information is counted, not estimated from neighbors, and InfoE sees
      latents in one-hot code.
    batch_size: Number of points sampled and encoded at a time.

  Returns:
    results: Dictionary with
      "info_modularity": InfoM, from 0 to 1, or None for a single factor.
      "info_compactness": InfoC, from 0 to 1, or None for a single active
        latent.
      "info_explicitness": InfoE, at most 1; 0 if codes say nothing. It is
        below 0 if balanced classes fit the sample worse than equal shares.
      "..._undefined": For each entry that is None, the reason.
      "explicitness_per_factor": List over the factors that vary.
      "mutual_information": I, nested list [num_latent, num_factors], nats; 0
        for inactive latents and constant factors.
      "active_latents": List of the indices of the active latents.
      "constant_factors": List of the factors of a single value, which are left
        out.
      "num_distinct_points": Number of points without copies.
      "num_fits_at_limit": Number of logistic regressions that reached the limit
        of iterations.

  Raises:
    ValueError: If an argument is invalid, or a code is not finite.
  """
  del artifact_dir
  codes_lib.check_sampling("infomec", num_train, batch_size)
  checks.check(isinstance(discrete_codes, bool), "infomec.discrete_codes",
               "be True or False", discrete_codes, "False is the default.")
  codes, factors = codes_lib.sample(
      ground_truth_data, representation_function, num_train, random_state,
      batch_size)
  ranges = np.ptp(codes, axis=0)
  is_active = ranges > INACTIVE_RANGE * np.max(ranges)
  codes, factors = _without_copies(codes, factors, is_active)
  sample = varying.Varying.of(codes, factors, is_active)
  information = mutual_information(sample.codes, sample.factors,
                                   discrete_codes, random_state)
  fits = [explicitness(codes, factor, discrete_codes)
          for factor in sample.factors.T]
  return {
      **_scores(sample, information, [score for score, _ in fits]),
      "explicitness_per_factor": [score for score, _ in fits],
      "mutual_information": sample.expand(information),
      "active_latents": sample.latents.tolist(),
      "constant_factors": sample.constant_factors(),
      "num_distinct_points": len(codes),
      "num_fits_at_limit": sum(is_at_limit for _, is_at_limit in fits),
  }


def mutual_information(
    codes: np.ndarray, factors: np.ndarray, discrete_codes: bool,
    random_state: np.random.RandomState) -> np.ndarray:
  """Mutual information of each latent and each factor.

  For continuous codes it is scikit-learn's estimate from the three nearest
  neighbors (Ross, "Mutual Information between Discrete and Continuous Data
  Sets", PLoS ONE 2014). It is about unbiased; what is below 0 becomes 0.

  Args:
    codes: [num_points, num_latent].
    factors: [num_points, num_factors], discrete.
    discrete_codes: Whether to count values instead.
    random_state: NumPy random state, which breaks ties between neighbors.

  Returns:
    mutual_information: [num_latent, num_factors], nats.

  Raises:
    ValueError: If no value of a factor occurs twice: then no point has a
      neighbor.
  """
  checks.check(_has_neighbors(factors), "infomec.num_train", "be so large that "
               "a value of each factor occurs twice", len(factors), "Raise it.")
  information = np.zeros([codes.shape[1], factors.shape[1]])
  for j, factor in enumerate(factors.T if codes.size else []):
    _, classes = np.unique(factor, return_inverse=True)
    information[:, j] = (
        [metrics.mutual_info_score(
            classes, np.unique(code, return_inverse=True)[1])
         for code in codes.T]
        if discrete_codes else feature_selection.mutual_info_classif(
            codes, classes, discrete_features=False, random_state=random_state))
  return information


def ratio(normalized: np.ndarray) -> float:
  """InfoM of a matrix of informations, InfoC of its transpose.

  Args:
    normalized: [num_rows, num_columns], 0 or greater, at least two columns.

  Returns:
    ratio: (mean over rows of max / sum - 1/n) / (1 - 1/n) for n columns, from 0
      to 1; NaN if all entries are 0. Rows of 0 are left out.
  """
  rows = normalized[normalized.sum(axis=1) > 0]
  if not len(rows):
    return np.nan
  least = 1.0 / rows.shape[1]
  return float((np.mean(rows.max(axis=1) / rows.sum(axis=1)) - least)
               / (1.0 - least))


def explicitness(codes: np.ndarray, factor: np.ndarray,
                 discrete_codes: bool) -> tuple[float, bool]:
  """Part of a factor's entropy that a linear classifier reads from codes.

    (H0 - CE) / H0

  CE is the cross entropy, in nats and on the points it was fitted to, of a
  multinomial logistic regression without penalty, on standardized codes, with
  balanced classes and at most 100 iterations of L-BFGS, which latents that
  separate the classes take up. H0 is the same without
  codes: then each of the K classes gets the probability 1/K, so that
  H0 = log(K).

  Args:
    codes: [num_points, num_latent].
    factor: [num_points], of two or more values.
    discrete_codes: Whether codes are put in one-hot code instead.

  Returns:
    explicitness: At most 1.
    is_at_limit: Whether the fit reached the limit of iterations.
  """
  encoder = (preprocessing.OneHotEncoder(sparse_output=False) if discrete_codes
             else preprocessing.StandardScaler())
  features = encoder.fit_transform(codes)
  values, classes = np.unique(factor, return_inverse=True)
  # The authors' scikit-learn sums the loss over points; from 1.4 on it is their
  # mean. The limit of its gradient must follow.
  classifier = linear_model.LogisticRegression(
      C=np.inf, class_weight="balanced", max_iter=NUM_ITERATIONS,
      tol=TOLERANCE / len(codes))
  with fitting.as_defined():
    logits = classifier.fit(features, classes).decision_function(features)
  if len(values) == 2:
    logits = np.stack([np.zeros(len(logits)), logits], axis=1)
  logs = special.log_softmax(logits, axis=1)[np.arange(len(classes)), classes]
  largest = np.log(len(values))
  return (float((largest + np.mean(logs)) / largest),
          bool(classifier.n_iter_[0] >= NUM_ITERATIONS))


def _without_copies(codes, factors, is_active):
  """Points that were drawn once, unless none of them has a neighbor."""
  distinct = ~total_correlation.find_copies(codes[:, is_active], factors)
  if not _has_neighbors(factors[distinct]):
    return codes, factors
  return codes[distinct], factors[distinct]


def _has_neighbors(factors):
  """Tells whether for each factor two points have the same value."""
  return all(len(np.unique(factor)) < len(factor) for factor in factors.T)


def _scores(sample, information, explicitness_per_factor):
  entropies = [special.entr(np.unique(factor, return_counts=True)[1]
                            / len(factor)).sum() for factor in sample.factors.T]
  normalized = information / np.array(entropies)
  reason = None if information.any() else (
      "no active latent has information on a factor")
  return {
      **undefined.unless(sample.lacks(num_factors=2) or reason,
                         "info_modularity", lambda: ratio(normalized)),
      **undefined.unless(sample.lacks(num_latents=2) or reason,
                         "info_compactness", lambda: ratio(normalized.T)),
      **undefined.unless(sample.lacks(num_latents=0), "info_explicitness",
                         lambda: np.mean(explicitness_per_factor)),
  }
