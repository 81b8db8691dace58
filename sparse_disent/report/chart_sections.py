"""Sections with curves over training, and with losses of prefixes of groups."""
import re

import numpy as np

from sparse_disent.common import checks
from sparse_disent.common import counts as counts_lib
from sparse_disent.report import blocks
from sparse_disent.report import charts
from sparse_disent.report import drawing
from sparse_disent.report import events
from sparse_disent.results import models as models_lib
from sparse_disent.results import summary

# Tag, title, unit, and whether the axis is logarithmic; in the report's order.
_CURVES = (
    ("reconstruction_loss", "Reconstruction loss", "nats", True),
    ("kl_loss", "KL divergence", "nats", False),
    ("active_latents", "Active latents, test-time gates", "latents", False),
    ("expected_active_latents", "Active latents, expected in training",
     "latents", False),
)
_DENSITY = "density/"
_PREFIX = re.compile(r"reconstruction_loss_prefix_(\d+)")
_CLOSED = 1e-9  # Gates up to this count as closed.
_MOST_POINTS = 400


def training(models: list[models_lib.Model]) -> blocks.Section | None:
  """Returns the section with curves over training, or None."""
  logs = [[events.read(run.model_dir / "tf_checkpoint", run.left_out)
           for run in model.runs if run.model_dir is not None]
          for model in models]
  figures = [figure for curve in _CURVES
             if (figure := _curve(models, logs, *curve)) is not None]
  for draw in (_gates, _densities):
    figures += [figure for model, read in zip(models, logs, strict=True)
                for figure in read[:1] and draw(models, model, *read[0])]
  text = ("Values on training batches, which are noisy. Lines are medians over "
          "the runs of a model, bands reach from quartile to quartile. Gates "
          "and densities are those of the run with the lowest seed.")
  return None if not figures else blocks.Section(
      "training", "Over training", [blocks.Text(text), blocks.Grid(figures)])


def prefixes(models: list[models_lib.Model]) -> blocks.Section | None:
  """Returns the section with the loss of each prefix, or None."""
  found, undefined = [], 0
  for index, model in enumerate(models):
    losses = [_prefix_losses(run) for run in model.runs]
    if len(losses[0]) > 1 and len({len(row) for row in losses}) == 1:
      defined = [row for row in losses if all(map(checks.is_number, row))]
      undefined += len(losses) - len(defined)
      if defined:
        found.append((model, index, np.array(defined)))
  if not found:
    return None
  alt = "Reconstruction loss of each prefix: " + "; ".join(
      f"{model.name} {', '.join(map(summary.text, medians.tolist()))}"
      for model, _, values in found
      for medians in [np.median(values, axis=0)])
  with drawing.style():
    png, svg = drawing.render(charts.prefixes(
        "Reconstruction loss per prefix", "nats",
        [(_key(models, model), index, values)
         for model, index, values in found]), "prefixes", alt)
  explanation = blocks.Text(
      "Reconstruction loss when only the first groups of latents are decoded "
      "and the others are 0: medians, and quartiles where there are several "
      "runs of a model." + (
          f" Not finite, and left out: {counts_lib.text(undefined, 'run')}."
          if undefined else ""))
  return blocks.Section("prefixes", "Reconstruction per prefix", [
      explanation,
      blocks.Grid([blocks.Figure("prefixes", "", alt, png, svg)]),
      _prefix_table(models, found)])


def common(curves: list[dict[int, float]]) -> tuple[np.ndarray, np.ndarray]:
  """Selects the values of several runs at the steps that all of them have.

  Args:
    curves: List of dictionaries from steps to numbers, at least one.

  Returns:
    steps: Integers [num_steps], ascending, at most 400 of them.
    values: [num_runs, num_steps].
  """
  steps = sorted(set.intersection(*map(set, curves)))
  steps = steps[::-(-len(steps) // _MOST_POINTS) or 1]
  return np.array(steps), np.array([[curve[step] for step in steps]
                                    for curve in curves], np.float64)


def _key(models, model):
  return model.key if len(models) > 1 else ""


def _curve(models, logs, tag, title, unit, log):
  series = []
  for index, (model, read) in enumerate(zip(models, logs, strict=True)):
    curves = [_finite(scalars[tag]) for scalars, _ in read if tag in scalars]
    steps, values = common(curves) if curves else ((), ())
    if len(steps):
      series.append((_key(models, model), index, steps, values))
  if not series:
    return None
  name = "training-" + tag.replace("_", "-")
  alt = f"{title} over training steps: " + "; ".join(
      f"{models[index].name} from {summary.text(float(medians[0]))} to "
      f"{summary.text(float(medians[-1]))} at step {steps[-1]}"
      for _, index, steps, values in series
      for medians in [np.median(values, axis=0)])
  positive = all(values.min() > 0 for _, _, _, values in series)
  with drawing.style():
    png, svg = drawing.render(charts.curves(
        title, unit, series, log=log and positive), name, alt)
  return blocks.Figure(name, "", alt, png, svg)


def _finite(curve):
  return {step: value for step, value in curve.items() if np.isfinite(value)}


def _gates(models, model, unused_scalars, histograms):
  """The gates of latents of one run; at most one figure."""
  if "gates" not in histograms:
    return []
  steps, counts = _gate_counts(histograms["gates"])
  alt = (f"Gates of latents of {model.name} over training: at step {steps[-1]} "
         f"{counts[0][-1]:.0f} closed, {counts[1][-1]:.0f} partly open and "
         f"{counts[2][-1]:.0f} open (above {charts.OPEN:g})")
  return [_one_run(
      models, model, "gates",
      f"Closed is a gate of 0, open one above {charts.OPEN:g}, and partly open "
      "one between. Active latents are those that are not closed.", alt,
      lambda end: charts.gates(f"Gates of latents{end}", steps, *counts))]


def _densities(models, model, scalars, unused_histograms):
  """The densities of masks of one run; at most one figure."""
  layers = {tag.removeprefix(_DENSITY): _steps_and_values(curve)
            for tag, curve in scalars.items() if tag.startswith(_DENSITY)}
  if not layers:
    return []
  alt = f"Densities of masks of {model.name}, at the end of training: " + (
      ", ".join(f"{layer} {values[-1]:.2f}"
                for layer, (_, values) in layers.items()))
  return [_one_run(
      models, model, "densities",
      "Encoder blue, decoder orange; dashes tell the layers of each apart.",
      alt,
      lambda end: charts.densities(f"Density of masks{end}", layers))]


def _one_run(models, model, kind, caption, alt, draw):
  """A figure of one run.

  Args:
    models: List of `Model`.
    model: The run's model.
    kind: Part of the name of the figure's file.
    caption: Caption of the figure.
    alt: The figure in words.
    draw: Function from the end of a title to a matplotlib figure.
  """
  several = len(models) > 1
  name = f"training-{kind}" + (f"-{model.key}" if several else "")
  with drawing.style():
    png, svg = drawing.render(
        draw(f", {model.key}" if several else ""), name, alt)
  return blocks.Figure(name, caption, alt, png, svg)


def _steps_and_values(curve):
  steps, values = common([curve])
  return steps, values[0]


def _gate_counts(histograms):
  """Numbers of gates that are closed, partly open and open at each step."""
  steps, _ = common([dict.fromkeys(histograms, 0)])
  counts = np.zeros([3, len(steps)])
  for i, step in enumerate(steps):
    histogram = histograms[step]
    lowest = np.concatenate([[-np.inf], histogram.limits[:-1]])
    closed = histogram.limits <= _CLOSED
    fully = lowest >= charts.OPEN
    for row, mask in zip(counts, (closed, ~closed & ~fully, fully),
                         strict=True):
      row[i] = histogram.counts[mask].sum()
  return steps, counts


def _prefix_losses(run):
  """Losses of the run's prefixes, shortest first; empty without groups.

  They are those of the metric `reconstruction`. Without that metric they are
  those on evaluation batches at the end of training.
  """
  for evaluation in run.evaluations:
    if "prefix_losses" in evaluation.results:
      return evaluation.results["prefix_losses"]
  found = {int(match.group(1)): value for name, value in run.training.items()
           if (match := _PREFIX.fullmatch(name))}
  return [found[i] for i in sorted(found)]


def _prefix_table(models, found):
  most = max(values.shape[1] for _, _, values in found)
  rows = []
  for model, _, values in found:
    cells = []
    for column in values.T:
      spread = summary.spread(column.tolist())
      detail = "" if spread.count == 1 else (
          f"{summary.text(spread.lower)} to {summary.text(spread.upper)}")
      cells.append(blocks.Cell(summary.text(spread.median), detail))
    rows.append([f"{_key(models, model)} {model.name}".strip(), *cells,
                 *[""] * (most - len(cells))])
  return blocks.Table(
      "Reconstruction loss (nats) per prefix.",
      ["Groups decoded", *(f"1 to {i}" if i > 1 else "1"
                           for i in range(1, most + 1))], rows)
