"""DCI-ES with random forests: DCI, explicitness and size."""

import gin
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data as gt
from scipy import integrate
from sklearn import ensemble

from sparse_disent.common import checks
from sparse_disent.metrics import codes as codes_lib
from sparse_disent.metrics import dci_scores
from sparse_disent.metrics import fitting
from sparse_disent.metrics import forests
from sparse_disent.metrics import undefined

# Depths of trees, the capacities of DCI-ES's forests.
DEPTHS = [1, 2, 3, 4, 8, 10, 12, 14, 16, 18, 20, 32]
# Losses that are equal to so many digits count as equal.
_NUM_DIGITS = 9


@gin.configurable("dci_random_forest", denylist=codes_lib.GIVEN)
@codes_lib.codes_alone
def compute_dci_random_forest(
    ground_truth_data: gt.GroundTruthData,
    representation_function: codes_lib.RepresentationFunction,
    random_state: np.random.RandomState, artifact_dir: str | None = None, *,
    num_train: int = gin.REQUIRED, num_test: int = gin.REQUIRED,
    num_trees: int = 10, batch_size: int = 16) -> dict:
  """Computes DCI, explicitness and size from random forests of regressors.

    R_ij = importance of latent i in the forest for factor j
    E_j  = 1 - 2 area_j / (32 - 1)
    S    = F / L

  R is the decrease of squared error by splits on a latent. D, C and I follow
  from it and from predictions: see `dci_scores.results`. A forest's depth is
  chosen among those of DCI-ES, for each factor, by the loss on the first half
  of the test set; scores of the test set are those of the other half.

  area_j lies between the loss-capacity curve of factor j and its lowest point:
  the least loss, 1 - R^2 over the other half, of forests up to a depth, from
  depth 1 to 32. E_j is 1 if trees of depth 1 predict as well as any, and 0 if
  the loss falls from 1 to 0 along a straight line. It says how soon a factor is
  found, not how well: it is 1 if codes say nothing. Read it beside I. F and L
  are the numbers of factors and of latents that vary.

  All factors count as numbers, as in Eastwood and Williams; DCI-ES classifies
  categorical ones. Left out of DCI-ES are its other probes (multilayer
  perceptrons, random Fourier features), which cost many trainings of networks,
  and their importances by SAGE.

  If factors depend on each other, a latent that follows one of them helps to
  predict another. Where the right latent is there as well, it gets nearly all
  splits, so that D and C of codes that equal the factors stay near 1. Where it
  is missing, the others get them, and I rises.

  The order of latents decides between equally good splits, and so changes
  scores in the third digit.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    representation_function: Function from observations to codes.
    random_state: NumPy random state.
    artifact_dir: Not used.
    num_train: Number of points to fit to.
    num_test: Number of points to test on, at least two.
    num_trees: Number of trees of a forest; Eastwood and Williams use 10, DCI-ES
      100.
    batch_size: Number of points sampled and encoded at a time.

  Returns:
    results: Dictionary as of `dci_scores.results`, and
      "explicitness": E, mean of E_j over factors, at most 1.
      "size": S, above 0; 1 for as many latents as factors.
      "depths": List of the chosen depth for each factor that varies.
      "loss_capacity": Losses, nested list [num_depths, factors that vary].
      "..._undefined": For each entry that is None, the reason.

  Raises:
    ValueError: If an argument is invalid, or a code is not finite.

  Source: Eastwood and Williams, "A Framework for the Quantitative Evaluation of
  Disentangled Representations" (ICLR 2018), section 2; Eastwood et al.,
  "DCI-ES: An Extended Disentanglement Framework with Connections to
  Identifiability" (ICLR 2023), sections on explicitness and size; depths and
  normalization as in the authors' code (andreinicolicioiu/DCI-ES).
  """
  del artifact_dir
  codes_lib.check_sampling("dci_random_forest", num_train, batch_size, num_test)
  checks.check(num_test > 1, "dci_random_forest.num_test", "be 2 or greater",
               num_test, "One half of these points chooses depths.")
  checks.check(checks.is_integer(num_trees, 1),
               "dci_random_forest.num_trees", "be a positive integer",
               num_trees, "10 is the default.")
  split = dci_scores.Split.draw(
      ground_truth_data, representation_function, num_train, num_test,
      random_state, batch_size)
  return _results(split, _fitted(
      split.codes, split.factors, num_trees, random_state))


def explicitness(depths: list[int], losses: np.ndarray) -> float:
  """1 - 2 area / (largest - least depth), see `compute_dci_random_forest`.

  Args:
    depths: [num_depths], ascending.
    losses: [num_depths], in units of the loss of predicting the mean.

  Returns:
    explicitness: At most 1.
  """
  least = np.minimum.accumulate(losses)
  area = integrate.trapezoid(least - least[-1], depths)
  return float(1.0 - 2.0 * area / (depths[-1] - depths[0]))


def _fitted(codes, factors, num_trees, random_state):
  """A forest for each factor; none if there are no codes to fit to."""
  seeds = random_state.randint(np.iinfo(np.int32).max, size=factors.shape[1])
  with fitting.as_defined():
    return [ensemble.RandomForestRegressor(
        num_trees, max_depth=DEPTHS[-1], random_state=seed).fit(codes, factor)
            for seed, factor in zip(seeds, factors.T, strict=True)
            if codes.size]


def _curves(fitted, codes, factors):
  """Losses, [num_depths, num_factors]; of the means if there are no forests."""
  predictions = np.zeros([len(DEPTHS), *factors.shape])
  for j, forest in enumerate(fitted):
    predictions[:, :, j] = forests.predictions(forest, codes, DEPTHS)
  return np.mean(np.square(predictions - factors), axis=1)


def _results(split, fitted):
  half = len(split.test_codes) // 2
  validation, test = (
      _curves(fitted, split.test_codes[part], split.test_factors[part])
      for part in (slice(half), slice(half, None)))
  train = _curves(fitted, split.codes, split.factors)
  # Of equal losses, but for rounding, that of the least depth.
  chosen = np.argmin(np.round(validation, _NUM_DIGITS), axis=0)
  best = chosen, np.arange(len(chosen))
  importance = np.zeros([split.codes.shape[1], len(chosen)])
  for j, forest in enumerate(fitted):
    importance[:, j] = forests.importances(forest, DEPTHS[chosen[j]])
  lacks = split.sample.lacks()
  return {
      **dci_scores.results(split, importance, train[best], test[best]),
      **undefined.unless(lacks, "explicitness", lambda: np.mean(
          [explicitness(DEPTHS, losses) for losses in test.T])),
      **undefined.unless(lacks, "size", lambda: (
          split.factors.shape[1] / split.codes.shape[1])),
      "depths": [DEPTHS[i] for i in chosen],
      "loss_capacity": test.tolist(),
  }
