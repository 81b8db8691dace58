"""Mutual Information Concentration (MIC) of factors in groups of latents.

Source: Halevi, "Important Groups First: Encouraging Disentanglement in
Variational Autoencoders", section 5.
"""

import gin
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data as gt
from disentanglement_lib.evaluation.metrics import utils

from sparse_disent.common import checks
from sparse_disent.metrics import codes as codes_lib
from sparse_disent.metrics import trained_model
from sparse_disent.metrics import undefined


@gin.configurable("mic", denylist=codes_lib.GIVEN)
@codes_lib.codes_alone
def compute_mic(
    ground_truth_data: gt.GroundTruthData,
    representation_function: codes_lib.RepresentationFunction,
    random_state: np.random.RandomState, artifact_dir: str | None = None, *,
    num_train: int = gin.REQUIRED, groups: list[list[int]] | None = None,
    batch_size: int = 16) -> dict:
  """Computes the MIC of every factor in every group of latents.

    MIC(f, S) = (sum over n in S of I(d_n, f)
                 - sum over n not in S of I(d_n, f)) / H(f)       (eq. 13)

  d_n is latent n, discretized by `discretizer` as for upstream's `mig`. Both
  metrics see the same points under the same random state. The paper has
  num_train = 10000 and 20 bins. The estimate of each I is too large by about
  (bins - 1) * (values of f - 1) / (2 * num_train) nats, for a latent of pure
  noise too. The paper averages no MIC, so there is no summary here. The paper
  uses a test set; here, as in upstream's metrics, points are drawn from the
  whole data set, which is also the training set. Factors that depend on each
  other share information: a latent of one counts for the other as well.

  If factors depend on each other, a latent that follows one factor has
  information on the others too, which counts against these: the MIC of codes
  that equal the factors is then below 1. Evaluate on data with independent
  factors.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    representation_function: Function from observations to codes.
    random_state: NumPy random state.
    artifact_dir: Path below the representation, whose results say which latent
      each column is.
    num_train: Number of points to be sampled.
    groups: The subsets S, each a list of indices of latents, e.g.
      [[0, 1, 2], [3, 4, 5]]; they need not be a partition. Indices are always
      those of the trained model. If compaction or `active_mean_representation`
      has left a latent out, it counts as having no information on any factor.
      None makes each column a group.
    batch_size: Number of points sampled and encoded at a time.

  Returns:
    results: Dictionary with
      "mic": MIC, nested list [num_factors, num_groups]. It is 1 if the latents
        of S hold all information on f, without overlap, and the others none.
        It is None for a factor of entropy 0.
      "mic_undefined": The factors of entropy 0; only if there are any.
      "groups": The subsets, list of lists.
      "latents": Index of the latent in each column; only if these are not
        0, 1, 2 and so on.
      "mutual_information": I, nested list [num_columns, num_factors], nats.
      "factor_entropies": H, list [num_factors], nats.

  Raises:
    ValueError: If an argument is invalid, or a code is not finite.
  """
  codes_lib.check_sampling("mic", num_train, batch_size)
  _check_groups(groups)
  codes, factors = codes_lib.sample(
      ground_truth_data, representation_function, num_train, random_state,
      batch_size)
  latents, num_latent = trained_model.columns(artifact_dir, codes.shape[1])
  if groups is None:
    groups = [[latent] for latent in latents]
  _check_indices(groups, num_latent)
  information = utils.discrete_mutual_info(
      utils.make_discretizer(codes.T), factors.T)
  entropies = utils.discrete_entropy(factors.T)
  return {
      **_report(concentration(information, entropies, [
          [latents.index(latent) for latent in group if latent in latents]
          for group in groups])),
      "groups": [list(group) for group in groups],
      **({} if latents == list(range(len(latents))) else {"latents": latents}),
      "mutual_information": information.tolist(),
      "factor_entropies": entropies.tolist(),
  }


def concentration(mutual_information: np.ndarray, entropies: np.ndarray,
                  groups: list[list[int]]) -> np.ndarray:
  """MIC from mutual information (eq. 13).

  Args:
    mutual_information: I, [num_latent, num_factors], nats.
    entropies: H, [num_factors], nats.
    groups: The subsets S, lists of indices of latents.

  Returns:
    mic: [num_factors, num_groups]; NaN for factors of entropy 0.
  """
  signs = np.full([len(groups), len(mutual_information)], -1.0)
  for sign, group in zip(signs, groups, strict=True):
    sign[list(group)] = 1.0
  sums = np.matmul(signs, mutual_information)
  return np.divide(sums, entropies, where=np.greater(entropies, 0.0),
                   out=np.full(sums.shape, np.nan)).T


def _report(mic):
  single = np.isnan(mic).all(axis=1)
  rows = [[None] * len(row) if missing else row.tolist()
          for row, missing in zip(mic, single, strict=True)]
  if not single.any():
    return {"mic": rows}
  return undefined.report(
      "mic", f"the factors {np.flatnonzero(single).tolist()} have a single "
      "value among the sampled points, so their entropy is 0", rows)


def _check_groups(groups):
  """Checks that groups are lists of indices, or None."""
  cure = ("List the latents of each group: sizes [3, 3] are "
          "[[0, 1, 2], [3, 4, 5]].")
  if groups is not None:
    checks.check(_is_list(groups) and all(map(_is_group, groups)), "mic.groups",
                 "be lists of different indices of latents", groups, cure)


def _check_indices(groups, num_latent):
  """Checks that each index is that of a latent."""
  checks.check(all(max(group) < num_latent for group in groups), "mic.groups",
               f"hold indices below {num_latent}, the number of latents",
               groups, "The first latent has the index 0.")


def _is_group(group):
  return (_is_list(group)
          and all(checks.is_integer(latent, 0) for latent in group)
          and len(set(group)) == len(group))


def _is_list(value):
  return isinstance(value, (list, tuple)) and len(value) > 0
