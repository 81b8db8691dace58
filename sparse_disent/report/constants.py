"""Warns of scores that depend on the number of constant latents.

Upstream's models have no constant latents, but a latent that a gate has pruned
is constant. Adding such latents changes three of upstream's scores, although
the other latents stay the same. Modularity averages over all latents and counts
constant ones as 0. The mutual information averages over all pairs of latents.
DCI completeness divides entropies by the logarithm of the number of latents.
`benchmarks/constant_latents.py` checks all metrics.
"""
from sparse_disent.report import latents
from sparse_disent.results import headlines
from sparse_disent.results import models as models_lib
from sparse_disent.results import repeats
from sparse_disent.results import runs as runs_lib
from sparse_disent.results import summary

# From the metric's gin name to the key of the score.
_SCORES = {
    "dci": "completeness",
    "modularity_explicitness": "modularity_score",
    "unsupervised_metrics": "mutual_info_score",
}
_LABELS = {metric: headlines.HEADLINES[metric][score]
           for metric, score in _SCORES.items()}
NOTE = ("changes with the number of constant latents alone, by upstream's "
        "formula; active_mean leaves constants out")


def changes(score: summary.Score) -> bool:
  """Tells whether constant latents alone change a score."""
  return _SCORES.get(score.function) == score.name


def remarks(models: list[models_lib.Model]) -> list[str]:
  """Lists the scores to compare with care, if any run has constant latents.

  Args:
    models: List of `results.models.Model`.

  Returns:
    remarks: List of at most one sentence.
  """
  found = {label: set() for label in _LABELS.values()}
  counts = {model.key: set() for model in models}
  for model in models:
    for run in model.runs:
      counts[model.key].add(count(run))
      for evaluation in run.evaluations:
        label = _label(evaluation)
        if label:
          found[label].add(run.path)
  labels = [label for label, paths in found.items() if paths]
  if not labels or not any(filter(None, set().union(*counts.values()))):
    return []
  numbers = "; ".join(
      f"{key} {_text(values)}" if len(models) > 1 else _text(values)
      for key, values in counts.items())
  change = "changes" if len(labels) == 1 else "change"
  return [f"{', '.join(labels)}: {change} with the number of constant latents "
          f"alone, here {numbers}. Compare on active_mean, which leaves "
          "constants out."]


def count(run: runs_lib.Run) -> int | None:
  """Counts latents whose mean is constant; None if it was not measured.

  Args:
    run: A `results.runs.Run`.
  """
  try:
    found = latents.of_run(run)
  except ValueError:  # Damaged pictures; the report has its own message.
    found = []
  if not found:
    return None
  return sum(latent.pruned or latent.variance == 0 for latent in found)


def _label(evaluation):
  """The label of the score that constants change, or None."""
  metric = repeats.function_name(
      evaluation.config.get("evaluation.evaluation_fn", ""))
  representation = repeats.function_name(
      evaluation.postprocessing.get("postprocess.postprocess_fn", ""))
  if metric not in _SCORES or representation.startswith("active_"):
    return None
  return _LABELS[metric]


def _text(counts):
  known = sorted(counts - {None})
  if not known:
    return "unknown"
  text = " to ".join(map(str, dict.fromkeys([known[0], known[-1]])))
  return f"{text} or unknown" if None in counts else text
