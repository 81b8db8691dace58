"""Collects the scores of models, and their spread over seeds."""
import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from sparse_disent.results import models as models_lib
from sparse_disent.results import runs as runs_lib

TRAINING = "training"
# Settings of a metric that may differ between runs that are compared.
_FREE = ("evaluation.random_seed", "dataset.name")
# Labels of the scores that readers look for first, by the metric's gin name.
# Reports list all scores further below.
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
    "downstream_task": {
        "10000:mean_test_accuracy": "Accuracy after 10,000 examples"},
}
# Upstream's metrics and ours without such scores. A metric in neither list is a
# user's own, and its first scores count as main scores.
_WITHOUT_HEADLINES = (
    "", "fairness", "mic", "reduced_downstream_task", "strong_downstream_task",
    "unified_scores")
# Largest number of main scores of a user's metric, in the order of its results.
_MOST_OF_OWN = 12


@dataclasses.dataclass
class Score:
  """One number that was measured on some models.

  Attributes:
    representation: Name of the representation; "" for the training's own.
    metric: Name of the metric's folder, or "training".
    name: Key in the result file.
    label: Name for people if it is a main score (see `HEADLINES`), else None.
    values: Dictionary from the index of a model to a list of (run, value,
      reason), one for each run. For an undefined score value is None and reason
      a text; for all others reason is None.
  """

  representation: str
  metric: str
  name: str
  label: str | None
  values: dict = dataclasses.field(default_factory=dict)

  @property
  def place(self) -> str:
    """Representation and metric, such as "mean/mig"."""
    return "/".join(filter(None, (self.representation, self.metric)))

  @property
  def counts(self) -> bool:
    """True for a count: integers, or whole numbers that are not all 0 or 1."""
    values = [value for runs in self.values.values() for _, value, _ in runs
              if value is not None]
    return all(isinstance(value, int) for value in values) or (
        all(value == int(value) for value in values)
        and any(abs(value) > 1 for value in values))


@dataclasses.dataclass(frozen=True)
class Spread:
  """Summary of the scores of several seeds; the quartiles are NumPy's."""

  count: int
  median: float
  lower: float
  upper: float
  lowest: float
  highest: float


def spread(values: list[float]) -> Spread:
  """Summarizes numbers.

  Args:
    values: List of finite numbers, at least one.

  Returns:
    A `Spread`.
  """
  quantiles = np.quantile(np.asarray(values, np.float64),
                          [0.0, 0.25, 0.5, 0.75, 1.0])
  lowest, lower, median, upper, highest = map(float, quantiles)
  return Spread(len(values), median, lower, upper, lowest, highest)


def scores(models: list[models_lib.Model]) -> list[Score]:
  """Collects every scalar in the result files of some models.

  Args:
    models: List of `Model`.

  Returns:
    scores: List of `Score`: first those of the training, then metric by metric.
  """
  found = {}
  for index, model in enumerate(models):
    for run in model.runs:
      for place, function, results in _sources(run):
        known = _labels(function, results)
        for name, value, reason in scalars(results):
          key = (*place, name)
          representation, metric = place
          score = found.setdefault(key, Score(
              representation, metric, name, known.get(name)))
          score.values.setdefault(index, []).append((run, value, reason))
  labels = [label for names in HEADLINES.values() for label in names.values()]
  return sorted(found.values(), key=lambda score: (
      score.metric != TRAINING, score.representation,
      labels.index(score.label) if score.label in labels
      else len(labels) + (score.label is None), score.metric))


def _labels(function, results):
  """Dictionary from the main scores of a metric to their labels."""
  if function in HEADLINES or function in _WITHOUT_HEADLINES:
    return HEADLINES.get(function, {})
  names = [name for name, *_ in scalars(results)]
  return {name: f"{function}: {name}" for name in names[:_MOST_OF_OWN]}


def scalars(results: dict[str, Any]
            ) -> Iterator[tuple[str, float | None, str | None]]:
  """Yields the numbers in a result file, and its undefined scores.

  Args:
    results: Dictionary. An undefined score is None, and "<name>_undefined"
      holds the reason.

  Yields:
    (name, value, reason): The value is a finite number and the reason None, or
      the value is None and the reason a text.
  """
  for name, value in results.items():
    if name in runs_lib.BOOKKEEPING or isinstance(value, bool):
      continue
    if value is None:
      yield name, None, str(results.get(f"{name}_undefined", "no reason given"))
    elif isinstance(value, (int, float)):
      if math.isfinite(value):
        yield name, value, None
      else:
        yield name, None, f"the metric returned {value}"


def differing_settings(models: list[models_lib.Model]) -> list[str]:
  """Names scores that cannot be compared because their settings differ.

  Args:
    models: List of `Model`.

  Returns:
    remarks: List of sentences. It is empty if the settings of each metric are
      the same in all runs, except for its seed.
  """
  found = {}
  for model in models:
    for run in model.runs:
      for evaluation in run.evaluations:
        place = "/".join(filter(
            None, (evaluation.representation, evaluation.metric)))
        for name, value in evaluation.config.items():
          if name not in _FREE:
            found.setdefault((place, name), []).append(value)
  return [
      f"Not comparable: {place} was measured with {name} = "
      f"{' and with '.join(sorted(set(values)))}."
      for (place, name), values in sorted(found.items())
      if len(set(values)) > 1]


def _sources(run):
  """Yields ((representation, metric), gin name, results) of a run."""
  yield ("", TRAINING), TRAINING, run.training
  for evaluation in run.evaluations:
    yield ((evaluation.representation, evaluation.metric),
           function_name(evaluation.config.get("evaluation.evaluation_fn", "")),
           evaluation.results)


def function_name(reference: str) -> str:
  """The name of a function that gin refers to: "@scope/module.mig()" is mig."""
  return reference.removeprefix("@").removesuffix("()").split("/")[-1].split(
      ".")[-1]


def text(value: float, counts: bool = False) -> str:
  """Formats a number for a table, with about three digits.

  Args:
    value: A finite number.
    counts: Whether it is a count; then whole numbers get no decimal places.
  """
  if isinstance(value, int) or counts and value == int(value):
    return f"{int(value):,}".replace("-", "\N{MINUS SIGN}")
  size = abs(value)
  if size and (size < 0.0005 or size >= 1e6):
    result = f"{value:.2e}"
  else:
    digits = 3 if size < 10 else 2 if size < 100 else 1
    result = f"{value:,.{digits}f}"
  return result.replace("-", "\N{MINUS SIGN}")
