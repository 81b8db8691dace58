"""Section with the scores and their spread over seeds."""
from typing import Any

from sparse_disent.common import counts as counts_lib
from sparse_disent.report import blocks
from sparse_disent.report import charts
from sparse_disent.report import constants
from sparse_disent.report import drawing
from sparse_disent.results import headlines as headlines_lib
from sparse_disent.results import models as models_lib
from sparse_disent.results import repeats
from sparse_disent.results import summary

_NONE = blocks.Cell("\N{EN DASH}")
_MOST_SHOWN = 24  # Models in a chart that is not folded.


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
      _explanation(models), *_about_seeds(scores),
      *summary.differing_settings(models), *summary.counted_twice(models),
      *constants.remarks(models))]
  content += map(blocks.folded, _tables("Main scores", models, headlines))
  content += _charts(models, headlines)
  if others:
    content.append(blocks.Details(
        f"All other numbers in the result files ({len(others)})",
        _tables("Other numbers", models, others)))
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


def _about_seeds(scores):
  """A sentence on seeds of the evaluation, if there are several."""
  counts = [len(measured.by_seed) for score in scores
            for runs in score.values.values() for measured in runs]
  if max(counts, default=1) > 1:
    yield (f"Metrics were measured with up to {max(counts)} seeds. A run "
           "counts once, with their mean. Where there is only one run, the "
           "standard deviation over seeds stands below it; the CSV file has "
           "every seed.")


def _tables(caption, models, scores):
  """The scores of the training, and below them those of representations."""
  training = [score for score in scores
              if score.metric == headlines_lib.TRAINING]
  others = [score for score in scores if score not in training]
  if training:
    yield table(f"{caption} of the training.", models, training)
  if others:
    yield table(f"{caption}, with a column for each representation.", models,
                others)


def table(caption: str, models: list[models_lib.Model],
          scores: list[summary.Score]) -> blocks.Table:
  """Returns a table of medians over the runs of each model.

  A row is a score of a model that has it. A column is a representation, so that
  controls stand beside what they are compared with.

  Args:
    caption: Caption of the table.
    models: List of `models.Model`.
    scores: List of `summary.Score`.
  """
  notes, rows = [], []
  columns = repeats.in_order(score.representation for score in scores)
  same = {}
  for score in scores:
    same.setdefault((score.metric, score.name), {})[
        score.representation] = score
  for found in same.values():
    for i, model in enumerate(models):
      if not any(score.values.get(i) for score in found.values()):
        continue
      rows.append([
          _header(next(iter(found.values())), notes), *_model(models, model),
          *(_cell(found[column].values.get(i, []), found[column].counts, notes)
            if column in found else _NONE for column in columns)])
  alone = len(models) == 1
  return blocks.Table(
      caption, ["Score", *([] if alone else ["Model"]),
                *(_column(column, models[0] if alone else None)
                  for column in columns)], rows, tuple(notes),
      words=frozenset() if alone else frozenset({1}))


def _column(representation, model):
  """Header of a column; it counts the runs if there is only one model."""
  if representation or model is None:
    return representation or "Median"
  return blocks.Cell(
      "Median" if len(model.runs) > 1 else "Value",
      counts_lib.text(len(model.runs), "run"))


def _model(models, model):
  """The cell with the key of a model, unless it is the only one."""
  return [] if len(models) == 1 else [model.key]


def _cell(values, counts, notes):
  """The median over runs; a numbered note says why scores are undefined."""
  if not values:
    return _NONE
  defined = [measured.value for measured in values
             if measured.value is not None]
  reasons = sorted({measured.reason for measured in values if measured.reason})
  mark = ""
  if reasons:
    text = "; ".join(reasons)
    if 0 < len(defined) < len(values):
      missing = len(values) - len(defined)
      text = f"{missing} of {len(values)} runs: {text}"
    mark = _mark(text, notes)
  if not defined:
    return blocks.Cell(f"undefined{mark}")
  spread = summary.spread(defined)
  return blocks.Cell(summary.text(spread.median, counts) + mark,
                     _spread(spread, values, counts))


def _spread(spread, values, counts):
  """Quartiles over runs, or of one run the deviation over seeds."""
  if spread.count > 1:
    return (f"{summary.text(spread.lower, counts)} to "
            f"{summary.text(spread.upper, counts)}")
  deviation = next(filter(None, (each.deviation for each in values)), None)
  return f"\N{PLUS-MINUS SIGN} {summary.text(deviation)}" if deviation else ""


def _header(score, notes):
  """Name of a score; a numbered note warns if constant latents change it."""
  name = score.headline or score.name  # Its metric stands below it.
  if constants.changes(score):
    name += _mark(constants.NOTE, notes)
  return blocks.Cell(
      name, "" if score.metric == headlines_lib.TRAINING else score.metric)


def _mark(text, notes):
  notes += [] if text in notes else [text]
  return f" ({notes.index(text) + 1})"


def _charts(models, scores):
  """Charts; those of all representations but the first one are folded.

  If there are many models, all of them are: each has a row for each model.
  """
  first = repeats.in_order(
      score.representation for score in scores if score.representation)[:1]
  of_all = len(models) > _MOST_SHOWN
  shown, folded = [], []
  # Names of representations that differ in signs or script have one slug.
  names = blocks.told_apart(
      blocks.slug(f"score-{score.place}-{score.name}") for score in scores)
  for score, name in zip(scores, names, strict=True):
    figure = _figure(models, score, name)
    if figure is not None:
      (shown if score.representation in ("", *first) and not of_all
       else folded).append(figure)
  if shown:
    yield blocks.Grid(shown)
  if folded:
    yield blocks.Details(
        f"Charts of {'all' if of_all else 'the other'} representations "
        f"({len(folded)})", [blocks.Grid(folded)])


def _figure(models, score, name):
  """Chart with a dot for each run, or None if there is only one run."""
  rows = [(model, [measured.value for measured in score.values.get(i, [])
                   if measured.value is not None])
          for i, model in enumerate(models)]
  rows = [(model, values) for model, values in rows if values]
  if sum(len(values) for _, values in rows) < 2:
    return None
  alt = f"{score.label}: " + "; ".join(
      f"{model.key} {model.name} {', '.join(map(summary.text, values))}"
      for model, values in rows)
  with drawing.style():
    png, svg = drawing.render(charts.dots(score.label, [
        (model.key if len(models) > 1 else "", values)
        for model, values in rows]), name, alt)
  return blocks.Figure(name, score.place, alt, png, svg)
