"""Labels of the scores that readers look for first.

A metric that is not in `HEADLINES` is labelled by its own name, so that the
metrics of users and of forks stand in every table.
"""
import re
from collections.abc import Iterable

TRAINING = "training"
HEADLINES = {
    TRAINING: {
        "reconstruction_loss": "Reconstruction loss (nats)",
        "kl_loss": "KL divergence (nats)",
        "elbo": "ELBO (nats)",
        "active_latents": "Active latents",
    },
    "beta_vae_sklearn": {"eval_accuracy": "BetaVAE score"},
    "factor_vae_score": {"eval_accuracy": "FactorVAE score"},
    "mig": {"discrete_mig": "MIG"},
    "dci": {"disentanglement": "DCI disentanglement",
            "completeness": "DCI completeness",
            "informativeness_test": "DCI informativeness"},
    "modularity_explicitness": {
        "modularity_score": "Modularity",
        "explicitness_score_test": "Explicitness"},
    "sap_score": {"SAP_score": "SAP"},
    "irs": {"IRS": "IRS"},
    "unsupervised_metrics": {
        "gaussian_total_correlation": "Total correlation, Gaussian (nats)",
        "gaussian_wasserstein_correlation_norm":
            "Wasserstein correlation, normalized",
        "mutual_info_score": "Mutual information of latents (nats)"},
    "total_correlation": {
        "gaussian_total_correlation": "Total correlation, Gaussian (nats)",
        "nearest_neighbor_total_correlation":
            "Total correlation, nearest neighbors (nats)"},
    "factor_sparsity": {
        "mean_factors_per_latent": "Factors per latent",
        "mean_latents_per_factor": "Latents per factor",
        "disentangled_fraction": "Latents moved by at most one factor"},
    "active_latents": {
        "num_active_latents": "Active latents, by variance",
        "num_pruned_latents": "Pruned latents"},
    "reconstruction": {
        "reconstruction_loss": "Reconstruction loss of the mean code"},
    "connectivity": {
        "density": "Density of masks",
        "num_dead_outputs": "Dead output channels"},
}
ORDER = tuple(label for names in HEADLINES.values()
              for label in names.values())
_ACCURACY = re.compile(r"(\d+):mean_test_accuracy")
_MIC = re.compile(r"mic:(.*):(?:group_(\d+)|(largest))")
# Most groups of latents whose MIC is told one by one. With more, that of the
# best group is told for each factor.
_MOST_GROUPS = 4
# Largest number of main scores of a user's metric, in the order of its results.
_MOST_OF_OWN = 12


def labels(function: str, names: Iterable[str]) -> dict[str, str]:
  """Chooses the main scores of a metric.

  Args:
    function: The metric's gin name, or else the name of its folder; or
      "training".
    names: Names of all its scores.

  Returns:
    Dictionary from the names of the main scores to their labels.
  """
  names = list(names)
  known = HEADLINES.get(function, {})
  found = {name: known[name] for name in names if name in known}
  if found or function == TRAINING:
    return found
  found = _of_groups(names) or {
      name: f"Accuracy after {int(match.group(1)):,} examples"
      for name in names if (match := _ACCURACY.fullmatch(name))}
  return found or {name: f"{function}: {name}" for name in names[:_MOST_OF_OWN]}


def label(function: str, name: str) -> str:
  """The label of one score, whether or not it is a main one."""
  return labels(function, [name]).get(name, f"{function}: {name}")


def is_known(function: str, name: str) -> bool:
  """Tells whether a score is a main one of upstream's metrics or of ours."""
  return (name in HEADLINES.get(function, {})
          or function == "downstream_task" and bool(_ACCURACY.fullmatch(name)))


def _of_groups(names):
  """Labels of MIC, see `scalars.with_mic`."""
  found = {name: match for name in names if (match := _MIC.fullmatch(name))}
  most = max((int(match.group(2) or 0) for match in found.values()), default=0)
  return {
      name: f"MIC of {match.group(1)}, "
      + ("largest" if match.group(3) else f"group {match.group(2)}")
      for name, match in found.items()
      if bool(match.group(3)) == (most > _MOST_GROUPS)}
