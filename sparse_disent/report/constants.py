"""Scores that change with the number of constant latents alone.

They are upstream's formulas, and upstream's models have no constant latents; a
latent that a gate has pruned is one. Modularity is an average over all latents
in which constants count as 0, mutual information one over all pairs of latents,
and DCI completeness measures entropies in units of the logarithm of the number
of latents. `benchmarks/constant_latents.py` goes through all metrics.
"""
from sparse_disent.report import latents
from sparse_disent.results import summary

# By the metric's gin name.
_SCORES = {
    "dci": "completeness",
    "modularity_explicitness": "modularity_score",
    "unsupervised_metrics": "mutual_info_score",
}
LABELS = tuple(summary.HEADLINES[metric][score]
               for metric, score in _SCORES.items())
NOTE = ("changes with the number of constant latents alone, by upstream's "
        "formula; active_mean leaves constants out")


def remarks(models):
  """Says which scores to compare with care, if any run has constant latents.

  Args:
    models: List of `report.models.Model`.

  Returns:
    remarks: List of at most one sentence.
  """
  found = {label: set() for label in LABELS}
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


def count(run):
  """The number of latents whose mean is constant; None if nobody measured it.

  Args:
    run: A `report.runs.Run`.
  """
  try:
    found = latents.of_run(run)
  except ValueError:  # Damaged pictures, which a report complains of.
    found = []
  if not found:
    return None
  return sum(latent.pruned or latent.variance == 0 for latent in found)


def _label(evaluation):
  """The label of the score that constants change, or None."""
  metric = summary.function_name(
      evaluation.config.get("evaluation.evaluation_fn", ""))
  representation = summary.function_name(
      evaluation.postprocessing.get("postprocess.postprocess_fn", ""))
  if metric not in _SCORES or representation.startswith("active_"):
    return None
  return summary.HEADLINES[metric][_SCORES[metric]]


def _text(counts):
  known = sorted(counts - {None})
  if not known:
    return "unknown"
  text = " to ".join(map(str, dict.fromkeys([known[0], known[-1]])))
  return f"{text} or unknown" if None in counts else text
