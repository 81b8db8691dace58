"""The section with scores along training."""
import numpy as np

from sparse_disent.report import blocks
from sparse_disent.report import chart_sections
from sparse_disent.report import charts
from sparse_disent.report import drawing
from sparse_disent.results import along_training
from sparse_disent.results import models as models_lib
from sparse_disent.results import summary

_MOST = 24  # Charts; a protocol may have many scores.


def section(models: list[models_lib.Model]) -> blocks.Section | None:
  """Returns the section, or None without scores of checkpoints."""
  read = [[along_training.scores(run) for run in model.runs]
          for model in models]
  keys = list(dict.fromkeys(
      key for runs in read for scores in runs for key in scores))
  names = blocks.told_apart(
      blocks.slug(f"along-{label}-{representation}".lower())
      for representation, label in keys)
  figures = [_figure(models, read, key, name)
             for key, name in zip(keys[:_MOST], names, strict=False)]
  text = ("Scores of checkpoints, which `sparse-disent evaluate --checkpoint "
          "all` computes. Lines are medians over the runs of a model, bands "
          "reach from quartile to quartile.")
  return None if not figures else blocks.Section(
      "along", "Scores along training",
      [blocks.Text(text), blocks.Grid(figures)])


def _figure(models, read, key, name):
  representation, label = key
  series = []
  for index, (model, runs) in enumerate(zip(models, read, strict=True)):
    curves = [scores[key] for scores in runs if key in scores]
    steps, values = chart_sections.common(curves) if curves else ((), ())
    if len(steps):
      letter = model.key if len(models) > 1 else ""
      series.append((letter, index, steps, values))
  title = f"{label}, {representation}"
  alt = f"{title} over training steps: " + "; ".join(
      f"{models[index].name} {summary.text(float(np.median(values[:, -1])))} "
      f"at step {steps[-1]}" for _, index, steps, values in series)
  with drawing.style():
    png, svg = drawing.render(charts.curves(title, "", series), name, alt)
  return blocks.Figure(name, "", alt, png, svg)
