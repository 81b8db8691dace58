"""Scores of the mutual information of binned latents and factors.

Upstream's `mig` and `mic` see the same information.
"""
import gin
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data as gt
from disentanglement_lib.evaluation.metrics import utils

from sparse_disent.metrics import codes as codes_lib
from sparse_disent.metrics import importance as importance_lib
from sparse_disent.metrics import undefined
from sparse_disent.metrics import varying


@gin.configurable("information_scores", denylist=codes_lib.GIVEN)
@codes_lib.codes_alone
def compute_information_scores(
    ground_truth_data: gt.GroundTruthData,
    representation_function: codes_lib.RepresentationFunction,
    random_state: np.random.RandomState, artifact_dir: str | None = None, *,
    num_train: int = gin.REQUIRED, batch_size: int = 16) -> dict:
  """Computes JEMMIG, MIG-sup, DCIMIG and MED.

  I_ij is the mutual information of latent i, discretized by `discretizer` as
  for upstream's `mig`, and factor j. H are entropies. Under the same random
  state `mig`, `mic` and this metric see the same points. The estimate of each I
  is too large by about (bins - 1) * (values - 1) / (2 * num_train) nats.

  See `jemmig`, `mig_sup`, `dcimig` and, for MED, `importance`: MED is D and C
  of the importances I_ij / sum_k I_kj. Constant latents and factors of a single
  value are left out.

  If factors depend on each other, a latent that follows one factor has
  information on the others too: all five are then below 1 for codes that equal
  the factors. Evaluate on data with independent factors.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    representation_function: Function from observations to codes.
    random_state: NumPy random state.
    artifact_dir: Not used.
    num_train: Number of points to be sampled.
    batch_size: Number of points sampled and encoded at a time.

  Returns:
    results: Dictionary with
      "jemmig": JEMMIG, normalized, at most 1; None if no factor varies.
      "mig_sup": MIG-sup, from 0 to 1, or None.
      "dcimig": DCIMIG, from 0 to 1, or None.
      "med_disentanglement": D of MED, from 0 to 1, or None.
      "med_completeness": C of MED, from 0 to 1, or None.
      "..._undefined": For each entry that is None, the reason.
      "mutual_information": I, nested list [num_latent, num_factors], nats; 0
        for what is constant.
      "constant_factors": List of the factors that were left out.

  Raises:
    ValueError: If an argument is invalid, or a code is not finite.

  Source of MED: Cao, Nai, Yang, Huang and Gao, "An Empirical Study on
  Disentanglement of Negative-free Contrastive Learning" (NeurIPS 2022).
  """
  del artifact_dir
  codes_lib.check_sampling("information_scores", num_train, batch_size)
  codes, factors = codes_lib.sample(
      ground_truth_data, representation_function, num_train, random_state,
      batch_size)
  sample = varying.Varying.of(codes, factors)
  bins = np.zeros([len(sample.latents), num_train], int)
  if bins.size:
    bins = utils.make_discretizer(sample.codes.T).astype(int)
  information = utils.discrete_mutual_info(bins, sample.factors.T)
  return {
      **_scores(sample, bins, information),
      "mutual_information": sample.expand(information),
      "constant_factors": sample.constant_factors(),
  }


def jemmig(information: np.ndarray, latent_entropies: np.ndarray,
           factor_entropies: np.ndarray, num_bins: int) -> float:
  """Joint Entropy Minus Mutual Information Gap, normalized.

    JEMMIG_j = H(z_i, s_j) - I_ij + I_kj,  i and k the latents with the most
                                           and second most information on s_j
    mean over j of 1 - JEMMIG_j / (H(s_j) + log(bins))

  It asks that one latent knows a factor (as MIG does) and little else: what the
  latent holds beside the factor is in its joint entropy. So it is below 1 for a
  latent with more bins than the factor has values, unless they are empty.

  Args:
    information: I, [num_latent, num_factors], nats.
    latent_entropies: H(z_i), [num_latent], nats.
    factor_entropies: H(s_j), [num_factors], above 0, nats.
    num_bins: Number of bins of a latent.

  Returns:
    jemmig: At most 1. With a single latent the second most information is 0.

  Source: Do and Tran, "Theory and Evaluation Metrics for Learning Disentangled
  Representations" (ICLR 2020); normalization as in the code of Carbonneau et
  al., "Measuring Disentanglement: A Review of Metrics" (2022).
  """
  best = np.argmax(information, axis=0)
  first, second = _top_two(information)
  excess = (latent_entropies[best] + factor_entropies - 2.0 * first) + second
  return float(np.mean(
      1.0 - excess / (factor_entropies + np.log(num_bins))))


def mig_sup(information: np.ndarray, factor_entropies: np.ndarray) -> float:
  """MIG-sup: the gap of each latent's two best known factors.

    mean over latents i of (I_ij / H(s_j) - I_ik / H(s_k)),  j and k the factors
                                                     with the two largest ratios

  MIG asks whether a factor is known to one latent alone, MIG-sup whether a
  latent knows one factor alone. A latent that knows none has the gap 0.

  Args:
    information: I, [num_latent, num_factors], nats.
    factor_entropies: H(s_j), [num_factors], above 0, nats.

  Returns:
    mig_sup: From 0 to 1. With a single factor the second ratio is 0.

  Source: Li, Murkute, Gyawali and Wang, "Progressive Learning and
  Disentanglement of Hierarchical Representations" (ICLR 2020).
  """
  first, second = _top_two((information / factor_entropies).T)
  return float(np.mean(first - second))


def dcimig(information: np.ndarray, factor_entropies: np.ndarray) -> float:
  """DCIMIG: for each factor the best latent that knows of it alone.

    gap_i = I_ij - I_ik,  j and k the factors that latent i knows best
    DCIMIG = sum over j of max of gap_i over latents i that know j best
             / sum over j of H(s_j)

  It is 1 if each factor has a latent that knows all of it and nothing of
  others; further latents do not matter.

  Args:
    information: I, [num_latent, num_factors], nats.
    factor_entropies: H(s_j), [num_factors], above 0, nats.

  Returns:
    dcimig: From 0 to 1. With a single factor, I_ik is 0.

  Source: Sepliarskaia, Kiseleva and de Rijke, "How to Not Measure
  Disentanglement" (2019).
  """
  first, second = _top_two(information.T)
  gaps = np.zeros(information.shape)
  gaps[np.arange(len(gaps)), np.argmax(information, axis=1)] = first - second
  return float(np.sum(np.max(gaps, axis=0)) / np.sum(factor_entropies))


def _top_two(rows):
  """Largest and second largest entry of each column; 0 if there is one row."""
  padded = np.sort(np.pad(rows, [(1, 0), (0, 0)]), axis=0)
  return padded[-1], padded[-2]


def _scores(sample, bins, information):
  entropies = utils.discrete_entropy(sample.factors.T)
  sums = information.sum(axis=0)
  importance = np.divide(information, sums, where=sums > 0,
                         out=np.zeros(information.shape))
  lacks = sample.lacks()
  # Upstream's discretizers number the bins from 1.
  return {
      **undefined.unless(lacks, "jemmig", lambda: jemmig(
          information, utils.discrete_entropy(bins), entropies, bins.max())),
      **undefined.unless(lacks, "mig_sup", lambda: mig_sup(
          information, entropies)),
      **undefined.unless(lacks, "dcimig", lambda: dcimig(
          information, entropies)),
      **undefined.unless(
          lacks or sample.lacks(num_factors=2), "med_disentanglement",
          lambda: importance_lib.disentanglement(importance)),
      **undefined.unless(
          lacks or sample.lacks(num_latents=2), "med_completeness",
          lambda: importance_lib.completeness(importance)),
  }
