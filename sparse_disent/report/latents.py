"""Reads the KL divergence, variance and pruning of each latent of a run."""
import dataclasses
from collections.abc import Iterable

from sparse_disent.report import sheets
from sparse_disent.results import runs as runs_lib

# Rows of pruned latents in a picture.
DRAWN_PRUNED = 3


@dataclasses.dataclass(frozen=True)
class Latent:
  """One latent of a trained model.

  Attributes:
    index: Its position in the code.
    kl: KL divergence from the prior, nats.
    pruned: Whether its mean and variance are 0 for all images.
    variance: Variance of its mean over the data, or None if it was not
      measured.
  """

  index: int
  kl: float
  pruned: bool
  variance: float | None = None


def of_run(run: runs_lib.Run) -> list[Latent]:
  """Reads the latents of a run from `active_latents` or from its pictures.

  Args:
    run: A `runs.Run`.

  Returns:
    latents: List of `Latent`, sorted as by `sort`; empty if the run has neither
      the metric nor pictures.
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


def for_pictures(latents: Iterable[Latent]) -> list[Latent]:
  """Sorts latents, and leaves out most of the pruned ones.

  Their rows of images are all alike: `DRAWN_PRUNED` of them tell as much as
  fifty.
  """
  ordered = sort(latents)
  num_others = sum(not latent.pruned for latent in ordered)
  return ordered[:num_others + DRAWN_PRUNED]


def sort(latents: Iterable[Latent]) -> list[Latent]:
  """Sorts latents: the highest KL first, the pruned ones last.

  Args:
    latents: Iterable of `Latent`.

  Returns:
    latents: List of `Latent`.
  """
  return sorted(latents, key=lambda latent: (
      latent.pruned, -latent.kl, latent.index))
