"""DCI with lasso regression."""
import gin
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data as gt
from sklearn import linear_model

from sparse_disent.common import checks
from sparse_disent.metrics import codes as codes_lib
from sparse_disent.metrics import dci_scores
from sparse_disent.metrics import fitting

# Of the optimum, which does not depend on the order of latents; scikit-learn's
# default tolerance does.
_PRECISE = {"tol": 1e-12, "max_iter": 100_000}


@gin.configurable("dci_lasso", denylist=codes_lib.GIVEN)
@codes_lib.codes_alone
def compute_dci_lasso(
    ground_truth_data: gt.GroundTruthData,
    representation_function: codes_lib.RepresentationFunction,
    random_state: np.random.RandomState, artifact_dir: str | None = None, *,
    num_train: int = gin.REQUIRED, num_test: int = gin.REQUIRED,
    alpha: float = 0.02, batch_size: int = 16) -> dict:
  """Computes DCI from the weights of lasso regressions.

    w_j  = argmin_w ||s_j - c w||^2 / (2 num_train) + alpha ||w||_1
    R_ij = |w_ij|

  c are the codes and s_j is factor j, all with mean 0 and variance 1. D, C and
  I follow from R and the predictions: see `dci_scores.results`.

  Lasso sees linear relations alone, and takes a factor for a number, so that
  the order of a categorical factor's values matters. It asks for linear
  disentanglement; `dci_random_forest` sees other relations too.

  If factors depend on each other, a latent that follows one of them helps to
  predict another. Where the right latent is there as well, that one gets the
  weight, so that D and C of codes that equal the factors stay near 1. Where it
  is missing, the others get it, and I rises.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    representation_function: Function from observations to codes.
    random_state: NumPy random state.
    artifact_dir: Not used.
    num_train: Number of points to fit to.
    num_test: Number of points to test on.
    alpha: Strength of the penalty; the authors use 0.02.
    batch_size: Number of points sampled and encoded at a time.

  Returns:
    results: Dictionary, see `dci_scores.results`.

  Raises:
    ValueError: If an argument is invalid, or a code is not finite.

  Source: Eastwood and Williams, "A Framework for the Quantitative Evaluation of
  Disentangled Representations" (ICLR 2018), section 2; penalty and scaling as
  in the authors' code (cianeastwood/qedr).
  """
  del artifact_dir
  codes_lib.check_sampling("dci_lasso", num_train, batch_size, num_test)
  checks.check(lambda x: x > 0, "dci_lasso.alpha", "be a positive number",
               alpha, "0.02 is the default.")
  split = dci_scores.Split.draw(
      ground_truth_data, representation_function, num_train, num_test,
      random_state, batch_size)
  weights = _weights(split.codes, split.factors, alpha)
  return dci_scores.results(
      split, np.abs(weights),
      _loss(split.codes @ weights, split.factors),
      _loss(split.test_codes @ weights, split.test_factors))


def _weights(codes, factors, alpha):
  """Weights w, [num_latent, num_factors]; there are no intercepts to fit."""
  weights = np.zeros([codes.shape[1], factors.shape[1]])
  if weights.size:
    model = linear_model.Lasso(alpha=alpha, fit_intercept=False, **_PRECISE)
    with fitting.as_defined():
      weights.T[:] = model.fit(codes, factors).coef_.reshape(weights.T.shape)
  return weights


def _loss(predictions, factors):
  return np.mean(np.square(predictions - factors), axis=0)
