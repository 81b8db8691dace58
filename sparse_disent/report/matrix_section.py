"""Section with the mutual information of latents and factors, as a matrix."""
import numpy as np

from sparse_disent.data import factors
from sparse_disent.report import blocks
from sparse_disent.report import charts
from sparse_disent.report import drawing
from sparse_disent.report import latents as latents_lib
from sparse_disent.results import models as models_lib
from sparse_disent.results import summary

_EXPLANATION = (
    "Each cell is the mutual information of a latent and a factor, as a share "
    "of the factor's entropy: 0 is none, 1 is all of it. The best "
    "disentanglement has one dark cell in each column, and one in each row.")
_NONE = "\N{EN DASH}"


def section(models: list[models_lib.Model]) -> blocks.Section | None:
  """Returns the section with a table for each model, or None."""
  content = []
  for model in models:
    run, evaluation = model.first(_evaluation)
    if run is not None:
      content += [blocks.Heading(f"{model.key} {model.name}")] if (
          len(models) > 1) else []
      content.append(_table(models, model, run, evaluation))
  return None if not content else blocks.Section(
      "information", "Latents and factors",
      [blocks.Text(_EXPLANATION), *content])


def _evaluation(run):
  """An evaluation with mutual information, if possible on the mean."""
  found = [evaluation for evaluation in run.evaluations
           # InfoMEC has no entropies.
           if {"mutual_information", "factor_entropies"}
           <= evaluation.results.keys()]
  found.sort(key=lambda evaluation: evaluation.representation != "mean")
  return found[0] if found else None


def _table(models, model, run, evaluation):
  shares, entropies = _shares(evaluation.results)
  names = factors.names(run.bound("dataset.name"), len(entropies))
  known = _known(run, evaluation, len(shares))
  order = list(dict.fromkeys([*known, *range(len(shares))]))
  titles, read = _columns(known)
  rows = [[f"z{i}", *(read_one(known.get(i)) for read_one in read),
           *(blocks.Cell(f"{share:.2f}", shade=share or None)
             for share in shares[i].tolist())]
          for i in order]
  entropy = [*[_NONE] * len(read), *map(summary.text, entropies.tolist())]
  caption = (f"Representation {evaluation.representation or 'unknown'}. "
             "Shaded: mutual information as a share of the factor's entropy. "
             f"{model.which(run)}").strip()
  return blocks.Table(
      caption, ["Latent", *titles, *names],
      [*rows, ["Entropy (nats)", *entropy]],
      muted=frozenset(place for place, i in enumerate(order)
                      if i in known and known[i].pruned),
      picture=_picture(models, model, shares[order], order, names, caption))


def _shares(results):
  """Mutual information as shares of entropies, and the entropies in nats."""
  information = np.array(results["mutual_information"], np.float64)
  entropies = np.array(results["factor_entropies"], np.float64)
  # A factor of a single value has the entropy 0; its shares are set to 0.
  shares = np.divide(information, entropies, where=entropies > 0,
                     out=np.zeros_like(information))
  return np.clip(shares, 0.0, 1.0), entropies


def _known(run, evaluation, count):
  """Dictionary from indices of the representation to `latents.Latent`."""
  if evaluation.representation not in ("mean", "sampled"):
    return {}  # The columns need not be the model's latents.
  return {latent.index: latent for latent in latents_lib.of_run(run)
          if latent.index < count}


def _columns(known):
  """Columns for KL and variance of latents, as far as they are known.

  Args:
    known: Dictionary from indices to `latents.Latent`.

  Returns:
    titles: List of strings.
    read: List of functions from a `Latent`, or None, to text.
  """
  columns = {}
  if known:
    columns["KL (nats)"] = lambda latent: _NONE if latent is None else (
        "pruned" if latent.pruned else f"{latent.kl:.2f}")
  if any(latent.variance is not None for latent in known.values()):
    columns["Variance"] = lambda latent: _NONE if latent is None else (
        summary.text(latent.variance))
  return list(columns), list(columns.values())


def _picture(models, model, shares, order, names, caption):
  name = "mutual-information" + (f"-{model.key}" if len(models) > 1 else "")
  with drawing.style():
    png, _ = drawing.render(charts.matrix(
        "Mutual information / entropy", shares, [f"z{i}" for i in order],
        names), name, caption)
  return blocks.Figure(name, caption, caption, png)
