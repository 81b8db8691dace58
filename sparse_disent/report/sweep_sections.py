"""Sections on what varies: scores over settings, rank correlation of scores."""
import dataclasses
from collections.abc import Sequence

import numpy as np

from sparse_disent.report import blocks
from sparse_disent.report import drawing
from sparse_disent.report import sweep_charts
from sparse_disent.results import axes as axes_lib
from sparse_disent.results import models as models_lib
from sparse_disent.results import rank_correlation
from sparse_disent.results import repeats
from sparse_disent.results import summary

_MOST_SCORES, _MOST_PANELS = 20, 6
_NONE = "\N{EN DASH}"


def over_settings(models: Sequence[models_lib.Model],
                  scores: Sequence[summary.Score]) -> blocks.Section | None:
  """Returns the section with scores over each numeric setting, or None.

  Args:
    models: List of `models.Model`.
    scores: List of `summary.Score`.
  """
  main = _main(scores)
  shown = [score for score in main if _varies(score)]
  content = []
  for axis in axes_lib.of_models(models):
    panels = list(axis.panels.items())[:_MOST_PANELS]
    figures = [figure for score in shown for panel in panels
               if (figure := _figure(models, axis, panel, score)) is not None]
    # Names of files have no signs, so that -1 and 1 have the same one.
    names = blocks.told_apart(figure.name for figure in figures)
    figures = [dataclasses.replace(figure, name=name)
               for figure, name in zip(figures, names, strict=True)]
    if figures:
      content += [blocks.Heading(f"Over {axis.name}"),
                  blocks.Text(_about(axis, len(panels))), blocks.Grid(figures)]
  if not content:
    return None
  explanation = blocks.Text(
      "Each line joins the medians over the seeds of models that differ in one "
      "setting alone. Bands reach from quartile to quartile; small dots are "
      "runs. Where other numbers differ, too, medians are not joined.")
  same = ", ".join(score.label for score in main if score not in shown)
  return blocks.Section("varied", "What varies", [
      explanation, *content,
      *[blocks.Text(f"The same in all runs: {same}.")] * bool(same)])


def _varies(score):
  return len({measured.value for found in score.values.values()
              for measured in found} - {None}) > 1


def _main(scores):
  """The main scores of the training and of the first representation."""
  first = repeats.in_order(
      score.representation for score in scores if score.representation)[:1]
  return [score for score in scores if score.label
          and score.representation in ("", *first)][:_MOST_SCORES]


def _about(axis, num_panels):
  parts = []
  if axis.lines_by:
    parts.append(f"{'Lines' if axis.is_joined else 'Colours'} differ in "
                 f"{axis.lines_by}.")
  if num_panels < len(axis.panels):
    parts.append(f"Shown are {num_panels} of {len(axis.panels)} combinations "
                 "of the other settings.")
  values = [f"{value:g}" for value in axis.values]
  told = (f"Values: {', '.join(values)}." if axis.is_joined else
          f"{len(values)} values from {values[0]} to {values[-1]}; other "
          "settings differ along with them.")
  return " ".join([told, *parts])


def _figure(models, axis, panel, score):
  told, lines = panel
  series = []
  for line in lines:
    points = [(value, found) for value, i in line.models
              if (found := [each.value for each in score.values.get(i, ())
                            if each.value is not None])]
    if points:
      series.append((line.label, line.index, points))
  if not series:
    return None
  name = blocks.slug(f"over-{axis.name}-{score.place}-{score.name}-{told}")
  title = ", ".join(filter(None, (f"{score.label} over {axis.name}", told)))
  alt = f"{title}: " + "; ".join(
      f"{label}{' ' * bool(label)}" + ", ".join(
          f"{summary.text(float(np.median(values)))} at {value:g}"
          for value, values in points) for label, _, points in series)
  with drawing.style():
    png, svg = drawing.render(sweep_charts.over(
        score.label, axis.name, series, ticks=axis.values, log=axis.log,
        is_joined=axis.is_joined), name, alt)
  return blocks.Figure(
      name, ", ".join(filter(None, (score.place, told))), alt, png, svg)


def correlations(models: Sequence[models_lib.Model],
                 scores: Sequence[summary.Score]) -> blocks.Section | None:
  """Returns the section with rank correlations on each data set, or None.

  Args:
    models: List of `models.Model`.
    scores: List of `summary.Score`.
  """
  shown = _main(scores)
  found: dict[str, list] = {}
  for model in models:
    for run in model.runs:
      dataset = str(run.bound("dataset.name", "unknown"))
      found.setdefault(dataset, []).append(run)
  tables = [table for dataset, runs in found.items()
            if (table := _table(dataset, runs, shown)) is not None]
  explanation = blocks.Text(
      "Spearman's rank correlation of each pair of scores: 1 if both rank the "
      "networks alike, \N{MINUS SIGN}1 if in opposite order. Each trained "
      "network counts, seeds included. Shades show the strength.")
  return None if not tables else blocks.Section(
      "correlation", "Rank correlation of scores", [explanation, *tables])


def _table(dataset, runs, scores):
  matrix = rank_correlation.spearman(scores, runs)
  off_diagonal = np.where(np.eye(len(scores), dtype=bool), np.nan, matrix)
  kept = np.flatnonzero(~np.isnan(off_diagonal).all(axis=1))
  if len(kept) < 2:
    return None
  matrix = matrix[np.ix_(kept, kept)]
  rows = [[blocks.Cell(f"{i + 1} {scores[score].label}"),
           *(_cell(matrix[i, j]) if j < i else ""
             for j in range(len(kept) - 1))]
          for i, score in enumerate(kept)]
  caption = f"Rank correlation over {len(runs)} networks on {dataset}."
  name = blocks.slug(f"rank-correlation-{dataset}")
  with drawing.style():
    png, _ = drawing.render(sweep_charts.correlations(
        f"Rank correlation, {dataset}", matrix,
        [row[0].text for row in rows]), name, caption)
  return blocks.Table(
      caption, ["Score", *(str(i + 1) for i in range(len(kept) - 1))], rows,
      picture=blocks.Figure(name, caption, caption, png))


def _cell(value):
  if np.isnan(value):
    return blocks.Cell(_NONE)
  text = f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
  return blocks.Cell(text, shade=abs(float(value)))
