"""What is known of each latent of a run: divergence, variance, pruning."""
import dataclasses

from sparse_disent.report import sheets


@dataclasses.dataclass(frozen=True)
class Latent:
  """One latent of a trained model.

  Attributes:
    index: Its place in the code.
    kl: KL divergence from the prior, nats.
    pruned: Whether its gate is closed for good.
    variance: Variance of its mean over the data, or None if nobody measured it.
  """

  index: int
  kl: float
  pruned: bool
  variance: float | None = None


def of_run(run):
  """Reads what the metric `active_latents` or the pictures of a run say.

  Args:
    run: A `runs.Run`.

  Returns:
    latents: List of `Latent`, the most important first; empty if neither is
      there.
  """
  for evaluation in run.evaluations:
    results = evaluation.results
    if {"kl", "variance_of_mean", "pruned_latents"} <= set(results):
      pruned = set(results["pruned_latents"])
      return sort(Latent(i, kl, i in pruned, variance) for i, (kl, variance) in
                  enumerate(zip(results["kl"], results["variance_of_mean"],
                                strict=True)))
  opened = sheets.of_run(run)
  return [] if opened is None else sort(
      Latent(row["latents"][0], row["kl"], row["pruned"])
      for row in opened.rows["traversals"] if len(row["latents"]) == 1)


def sort(latents):
  """Sorts latents: the highest KL first, the pruned ones last.

  Args:
    latents: Iterable of `Latent`.

  Returns:
    latents: List of `Latent`.
  """
  return sorted(latents, key=lambda latent: (
      latent.pruned, -latent.kl, latent.index))
