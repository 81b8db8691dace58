"""Total correlation of the active latents, by a Gaussian and by neighbors.

  TC(z) = KL(q(z) || prod_i q(z_i)) = sum_i H(z_i) - H(z)

It is 0 if and only if the latents are independent.
"""

import gin
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data as gt
from scipy import spatial
from scipy import special

from sparse_disent.common import checks
from sparse_disent.metrics import codes as codes_lib
from sparse_disent.metrics import trained_model
from sparse_disent.metrics import undefined
from sparse_disent.ops import statistics

# A correlation matrix with an eigenvalue below this counts as singular. float32
# codes resolve a millionth of a standard deviation; this is its square.
SINGULAR = 1e-12
# Breaks ties between neighbors, in standard deviations (Kraskov et al. and
# scikit-learn use the same).
TIE_BREAKER = 1e-10
# Largest difference, by rounding, of two codes of the same image, in standard
# deviations.
ROUNDING = 1e-5


@gin.configurable("total_correlation", denylist=codes_lib.GIVEN)
@codes_lib.codes_alone
def compute_total_correlation(
    ground_truth_data: gt.GroundTruthData,
    representation_function: codes_lib.RepresentationFunction,
    random_state: np.random.RandomState, artifact_dir: str | None = None, *,
    num_train: int = gin.REQUIRED, num_neighbors: int = 3,
    variance_threshold: float = statistics.ACTIVE_VARIANCE,
    batch_size: int = 16) -> dict:
  """Estimates the total correlation of the active latents in two ways.

  Class probabilities of a categorical latent are left out: they sum to 1, so
  that their total correlation is infinite.

  Both are 0 for fewer than two active latents. If one active latent is a linear
  function of others, the total correlation is infinite and both are undefined.
  Upstream's `unsupervised_metrics` sees the same points under the same random
  state; its Gaussian value is NaN if a latent is constant.

  If an image is drawn twice, the nearest neighbor of its code would be the
  copy. The nearest-neighbor estimate therefore counts copies once. In 10,000
  draws from the 17,568 images of Cars3D, copies would add 2 nats to the
  estimate for independent latents.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    representation_function: Function from observations to codes.
    random_state: NumPy random state.
    artifact_dir: Path from which the search for the model starts, which tells
      what columns are classes.
    num_train: Number of points to be sampled, more than there are latents.
    num_neighbors: k, see `nearest_neighbors`; 2 to 4 in the paper.
    variance_threshold: A latent is active if its variance is above this.
    batch_size: Number of points sampled and encoded at a time.

  Returns:
    results: Dictionary with
      "gaussian_total_correlation": See `gaussian`, nats, or None.
      "nearest_neighbor_total_correlation": See `nearest_neighbors`, nats, or
        None.
      "..._undefined": For each entry that is None, the reason.
      "num_distinct_points": Number of points without copies, as used for the
        nearest neighbors.
      "active_latents": List of the indices of the latents that were used.
      "num_classes": Number of class probabilities that were left out; only if
        there are such.

  Raises:
    ValueError: If an argument is invalid, or a code is not finite.
  """
  _check(num_train, num_neighbors, variance_threshold, batch_size)
  codes, factors = codes_lib.sample(
      ground_truth_data, representation_function, num_train, random_state,
      batch_size)
  classes = trained_model.classes(artifact_dir, codes.shape[1])
  active = [latent for latent in np.flatnonzero(statistics.active(
      codes, variance_threshold)).tolist() if latent not in classes]
  codes = codes[:, active]
  copies = find_copies(codes, factors)
  return {**_estimate(codes, ~copies, num_neighbors, random_state),
          "num_distinct_points": int(np.sum(~copies)), "active_latents": active,
          **({"num_classes": len(classes)} if classes else {})}


def find_copies(codes: np.ndarray, factors: np.ndarray) -> np.ndarray:
  """Finds points that have been drawn before.

  A copy has the factors of another point and, but for rounding, its code. Codes
  with noise have no copies. Nor are copies looked for if every latent takes few
  values: then equal points show how likely those values are.

  Args:
    codes: [num_points, num_latent], none constant.
    factors: [num_points, num_factors].

  Returns:
    copies: Booleans [num_points], True for all but one of each set of equal
      points.
  """
  codes = codes / np.std(codes, axis=0)
  order = np.lexsort([*codes.T, *factors.T])
  same = (np.all(np.abs(np.diff(codes[order], axis=0)) <= ROUNDING, axis=1)
          & np.all(np.diff(factors[order], axis=0) == 0, axis=1))
  copies = np.zeros(len(codes), bool)
  copies[order[1:][same]] = True
  num_values = [len(np.unique(np.round(latent / ROUNDING)))
                for latent in codes[~copies].T]
  is_continuous = 2 * max(num_values, default=0) > np.sum(~copies)
  return copies & is_continuous


def gaussian(codes: np.ndarray) -> float:
  """Total correlation of a Gaussian with the covariance of the codes.

    TC = 0.5 * (sum_i log Sigma_ii - log det Sigma)
       = -0.5 * sum_i log lambda_i

  Sigma is the covariance matrix, lambda_i are the eigenvalues of the
  correlation matrix. If each latent by itself is Gaussian, this is at most the
  true total correlation. It sees linear relations alone.

  Args:
    codes: [num_points, num_latent], at least two latents, none constant.

  Returns:
    total_correlation: Scalar, nats; infinite if the matrix is singular.
  """
  eigenvalues = np.linalg.eigvalsh(np.corrcoef(codes, rowvar=False))
  if eigenvalues[0] < SINGULAR:
    return np.inf
  return float(-0.5 * np.sum(np.log(eigenvalues)))


def nearest_neighbors(codes: np.ndarray, num_neighbors: int,
                      random_state: np.random.RandomState) -> float:
  """Total correlation from the distances to nearest neighbors.

    TC = psi(k) + (m - 1) psi(N) - mean over points of sum_i psi(n_i + 1)

  There are m latents and N points. n_i is the number of other points that are
  nearer in latent i than the k-th nearest neighbor in the maximum norm. psi is
  the digamma function.

  Bias: it vanishes for independent latents, so values slightly below 0 occur.
  For Gaussians (10,000 points, correlations up to 0.99) the estimate is within
  0.1 nats of the truth for 2 and 5 latents, and within 0.4 of 19.6 nats for 10.
  The total correlation of a nonlinear relation without noise is infinite; it
  occurs between the means of more active latents than there are factors. The
  estimate is then finite and grows as log(N): compare such values for equal N
  only.

  Args:
    codes: [num_points, num_latent], at least two latents, none constant.
    num_neighbors: k, less than the number of points.
    random_state: NumPy random state, which breaks ties.

  Returns:
    total_correlation: Scalar, nats.

  Source: Kraskov, Stoegbauer and Grassberger, "Estimating Mutual Information"
  (Physical Review E 69, 2004), the first estimator (eq. 8), for m variables.
  """
  num_points, num_latent = codes.shape
  points = codes / np.std(codes, axis=0)
  points += TIE_BREAKER * random_state.standard_normal(codes.shape)
  distances, _ = spatial.cKDTree(points).query(
      points, num_neighbors + 1, p=np.inf)  # The nearest is the point itself.
  nearer = np.nextafter(distances[:, -1], 0.0)
  within = [spatial.cKDTree(latent).query_ball_point(
      latent, nearer, p=np.inf, return_length=True)
      for latent in points.T[..., np.newaxis]]  # n_i + 1
  return float(special.digamma(num_neighbors)
               + (num_latent - 1) * special.digamma(num_points)
               - np.mean(np.sum(special.digamma(within), axis=0)))


def _estimate(codes, is_distinct, num_neighbors, random_state):
  names = ("gaussian_total_correlation", "nearest_neighbor_total_correlation")
  if codes.shape[1] < 2:
    return dict.fromkeys(names, 0.0)
  of_gaussian = gaussian(codes)
  if np.isinf(of_gaussian):
    reason = (
        "the correlation matrix of the active latents is singular: a latent is "
        "a linear function of others, so the total correlation is infinite"
        if len(codes) > codes.shape[1] else
        f"{len(codes)} points are too few for {codes.shape[1]} active latents: "
        "raise total_correlation.num_train")
    return {key: value for name in names
            for key, value in undefined.report(name, reason).items()}
  if np.sum(is_distinct) <= num_neighbors:
    return {names[0]: of_gaussian, **undefined.report(
        names[1], f"{np.sum(is_distinct)} of the points are distinct, which "
        f"have no {num_neighbors} neighbors each")}
  return dict(zip(names, (of_gaussian, nearest_neighbors(
      codes[is_distinct], num_neighbors, random_state)), strict=True))


def _check(num_train, num_neighbors, variance_threshold, batch_size):
  codes_lib.check_sampling("total_correlation", num_train, batch_size)
  checks.check(checks.is_integer(num_neighbors, 1)
               and num_neighbors < num_train,
               "total_correlation.num_neighbors", "be a positive integer below "
               f"num_train, {num_train}", num_neighbors, "3 is the default.")
  codes_lib.check_threshold(
      "total_correlation.variance_threshold", variance_threshold)
