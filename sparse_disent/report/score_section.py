"""Section with the scores and their spread over seeds."""
from typing import Any

from sparse_disent.report import blocks
from sparse_disent.report import charts
from sparse_disent.report import constants
from sparse_disent.report import drawing
from sparse_disent.results import models as models_lib
from sparse_disent.results import summary

# With more models than this, models are the rows of tables, not the columns.
_MOST_COLUMNS = 5


def section(models: list[models_lib.Model],
            scores: list[summary.Score]) -> blocks.Section:
  """Returns the section with all scores.

  Args:
    models: List of `models.Model`.
    scores: List of `summary.Score`.
  """
  headlines = [score for score in scores if score.label]
  others = [score for score in scores if not score.label]
  content: list[Any] = [blocks.Text(text) for text in (
      _explanation(models), *summary.differing_settings(models),
      *constants.remarks(models))]
  if headlines:
    content.append(table("Main scores.", models, headlines))
  figures = [figure for score in headlines
             if (figure := _figure(models, score)) is not None]
  if figures:
    content.append(blocks.Grid(figures))
  if others:
    content.append(blocks.Details(
        f"All other numbers in the result files ({len(others)})",
        [table("All other numbers.", models, others)]))
  return blocks.Section("scores", "Scores", content)


def model_table(models: list[models_lib.Model]) -> blocks.Table:
  """Returns the table of models and of the settings in which they differ."""
  settings = models_lib.telling(models)
  rows = [[blocks.Cell(model.key), model.name, str(len(model.runs)),
           _seeds(model), *map(model.settings.get, settings)]
          for model in models]
  return blocks.Table(
      "Models. Pictures name them by their keys.",
      ["Key", "Model", "Runs", "Seeds",
       *(blocks.Cell(name.split(".")[-1], name.rpartition(".")[0])
         for name in settings)], rows,
      words=frozenset(range(1, 4 + len(settings))) - {2})


def _seeds(model):
  seeds = [run.seed for run in model.runs if run.seed is not None]
  return ", ".join(map(str, seeds)) or "unknown"


def _explanation(models):
  if all(len(model.runs) == 1 for model in models):
    runs = "One run of each model" if len(models) > 1 else "One run"
    return f"{runs}: nothing here tells how much scores vary with the seed."
  return ("Median over the runs of a model; below it the quartiles, where "
          "there is more than one run. Each dot of a chart is a run, the bar "
          "reaches from quartile to quartile and the line is the median.")


def table(caption: str, models: list[models_lib.Model],
          scores: list[summary.Score]) -> blocks.Table:
  """Returns a table of medians over the runs of each model.

  Args:
    caption: Caption of the table.
    models: List of `models.Model`; if there are many, they are the rows.
    scores: List of `summary.Score`.
  """
  notes = []
  header = [_column(model, len(models) == 1) for model in models]
  rows = [[blocks.Cell(_name(score, notes), score.place)]
          + [_cell(score.values.get(i, []), score.counts, notes)
             for i in range(len(models))] for score in scores]
  columns = ["Score", *header]
  if len(models) > _MOST_COLUMNS:
    columns, *rows = map(list, zip(columns, *rows, strict=True))
    columns[0] = "Model"
  return blocks.Table(caption, columns, rows, tuple(notes))


def _column(model, alone):
  count = len(model.runs)
  runs = f"{count} runs" if count > 1 else "1 run"
  if alone:
    return blocks.Cell("Median" if count > 1 else "Value", runs)
  return blocks.Cell(model.key, f"{model.name}, {runs}")


def _cell(values, counts, notes):
  """The median over runs; a numbered note says why scores are undefined."""
  if not values:
    return blocks.Cell("\N{EN DASH}")
  defined = [value for _, value, _ in values if value is not None]
  reasons = sorted({reason for _, value, reason in values if value is None})
  mark = ""
  if reasons:
    missing = len(values) - len(defined)
    text = "; ".join(reasons)
    if defined:
      text = f"{missing} of {len(values)} runs: {text}"
    mark = _mark(text, notes)
  if not defined:
    return blocks.Cell(f"undefined{mark}")
  spread = summary.spread(defined)
  median, lower, upper = (summary.text(value, counts) for value in (
      spread.median, spread.lower, spread.upper))
  return blocks.Cell(
      median + mark, "" if len(defined) == 1 else f"{lower} to {upper}")


def _name(score, notes):
  """Name of a score; a numbered note warns if constant latents change it."""
  if score.label in constants.LABELS:
    return score.label + _mark(constants.NOTE, notes)
  return score.label or score.name


def _mark(text, notes):
  notes += [] if text in notes else [text]
  return f" ({notes.index(text) + 1})"


def _figure(models, score):
  """Chart with a dot for each run, or None if there is only one run."""
  rows = [(model, [value for _, value, _ in score.values.get(i, [])
                   if value is not None]) for i, model in enumerate(models)]
  rows = [(model, values) for model, values in rows if values]
  if sum(len(values) for _, values in rows) < 2:
    return None
  name = blocks.slug(f"score-{score.place}-{score.name}")
  alt = f"{score.label}: " + "; ".join(
      f"{model.key} {model.name} {', '.join(map(summary.text, values))}"
      for model, values in rows)
  with drawing.style():
    png, svg = drawing.render(charts.dots(score.label, [
        (model.key if len(models) > 1 else "", values)
        for model, values in rows]), name, alt)
  return blocks.Figure(name, score.place, alt, png, svg)
