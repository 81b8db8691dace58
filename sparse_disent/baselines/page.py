"""Turns a comparison into a document, to be written as a report is."""
from typing import Any

from sparse_disent.baselines import boxes
from sparse_disent.baselines import comparison as comparison_lib
from sparse_disent.baselines import distributions
from sparse_disent.baselines import own as own_lib
from sparse_disent.baselines import record as record_lib
from sparse_disent.baselines import table
from sparse_disent.common import progress
from sparse_disent.report import blocks
from sparse_disent.report import constants
from sparse_disent.report import document as document_lib
from sparse_disent.report import drawing
from sparse_disent.report import score_section
from sparse_disent.results import headlines
from sparse_disent.results import summary

KIND = "Comparison with baselines"
# Scores on sparsity and reconstruction, which most baselines lack.
_BESIDE = ("Reconstruction loss (nats)", "KL divergence (nats)",
           "Active latents", "Active latents, by variance", "Pruned latents",
           "Density of masks", "Reconstruction loss of the mean code")

_LEGEND = (
    "In the pictures, a letter is an own model: points are its runs, and the "
    "line is their median. A number is a baseline, that of its row in the "
    "table below, and a star marks a baseline with notes. Boxes reach from "
    "quartile to quartile, and the stroke inside is the median. Whiskers, the "
    "thin lines, reach to the lowest and highest run where these are known. "
    f"A baseline of fewer than {distributions.FEWEST} runs has a stroke for "
    "each instead.")


def make(comparison: comparison_lib.Comparison) -> document_lib.Document:
  """Makes the document.

  Args:
    comparison: A `comparison.Comparison`.

  Returns:
    A `document.Document`.
  """
  places = {}
  for panel in comparison.panels:
    places.setdefault(panel.place, []).append(panel)
  sections = [_own_section(comparison)]
  with progress.progress(len(places), "drawing", "sections") as shown:
    for place, panels in places.items():
      sections.append(_section(place, panels))
      shown.update()
  sections.append(_source_section(comparison))
  sections += document_lib.damaged(
      [run for model in comparison.models for run in model.runs])
  names = list(dict.fromkeys(model.name for model in comparison.models))
  title = f"{len(names)} models" if len(names) > 3 else ", ".join(names)
  return document_lib.Document(
      f"{title}, and what is published", _facts(comparison), sections, [],
      comparison.models, [], KIND)


def _facts(comparison):
  runs = sum(len(model.runs) for model in comparison.models)
  return [("Data sets", ", ".join(comparison.origins)), ("Own runs", str(runs)),
          ("Baselines", ", ".join(
              source.title for source in comparison.sources))]


def _own_section(comparison):
  content: list[Any] = [blocks.Text(text) for text in table.nearest(comparison)]
  tables = [score_section.model_table(comparison.models)]
  scores = [score for score in summary.scores(comparison.models)
            if score.headline in _BESIDE]
  if scores:
    tables.append(score_section.table(
        "Further scores of own runs: medians, and quartiles of several runs.",
        comparison.models, scores))
  content += map(blocks.folded, tables)
  content += [blocks.Text(text) for text in (
      *_about_data(comparison), *_without(comparison),
      *constants.remarks(comparison.models))]
  return blocks.Section("own", "Own runs", content)


def _about_data(comparison):
  for dataset, origin in comparison.origins.items():
    if "dsprites" not in dataset:
      continue
    if origin == record_lib.UNKNOWN:
      yield (f"Result files do not say whether {dataset} was the original or "
             "re-rendered, and the data directory holds no file that would.")
    else:
      yield (f"{dataset} is taken to be {origin}, as is the file in the data "
             "directory now; result files do not say.")


def _without(comparison):
  labels = dict.fromkeys(
      panel.label for panel in comparison.alone
      if headlines.is_known(panel.metric, panel.score))
  if labels:
    yield f"No baseline has: {'; '.join(labels)}."


def _section(place, panels):
  content = [blocks.Text(
      "Percentages are the share of a baseline's runs below the median of own "
      "runs. Notes are below the tables.")]
  main, further = table.chosen(panels)
  names = dict(zip(map(id, panels), _names(panels), strict=True))
  content += _pictures_and_tables(main, names)
  if further:
    content.append(blocks.Details(
        f"Further scores ({len(further)})",
        list(_pictures_and_tables(further, names))))
  name = blocks.slug(f"at-{place}")
  return blocks.Section(name, f"{place}" if "," in place
                        else f"{place}, training", content)


def _pictures_and_tables(panels, names):
  figures = [_figure(panel, names[id(panel)]) for panel in panels
             if _drawn(panel) and any(mine.values for _, mine in panel.own)]
  if figures:
    yield blocks.Grid(figures)
    yield blocks.Text(_LEGEND)
  for panel in panels:
    yield blocks.Heading(panel.label)
    yield from _tables(panel)


def _names(panels):
  """Names of the panels' pictures; numbers tell other settings apart."""
  return blocks.told_apart(
      blocks.slug(f"{panel.place}-{panel.metric}-{panel.score}")
      for panel in panels)


def _drawn(panel):
  """The baselines that a picture can show: those with a defined score."""
  return [entry for entry in panel.beside if entry.distribution.landmarks]


def _figure(panel, name):
  groups = {}
  for entry in _drawn(panel):
    found = entry.distribution
    star = " *" if entry.remarks else ""
    groups.setdefault(found.origin, []).append((
        f"{entry.key}: {found.label}{star}", found.landmarks, found.values))
  alt = f"{panel.label}, {panel.place}: median of own runs " + "; ".join(
      f"{key}: {mine.label}, {table.median(mine)}"
      for key, mine in panel.own) + (
          "; of baselines " + "; ".join(
              f"{entry.key}: {entry.distribution.label}, "
              f"{table.median(entry.distribution)}"
              for entry in _drawn(panel)))
  with drawing.style():
    png, svg = drawing.render(boxes.draw(
        panel.label, [(f"{key}: {mine.label}", mine.values)
                      for key, mine in panel.own if mine.values],
        list(groups.items())), name, alt)
  return blocks.Figure(name, panel.place, alt, png, svg)


def _tables(panel):
  notes, marks = table.numbered(panel)
  keys = [key for key, _ in panel.own]
  rows = [_row(key, mine, [""] * len(keys), "") for key, mine in panel.own]
  rows += [_row(entry.key, entry.distribution,
                [table.place(mine, entry.distribution)
                 for _, mine in panel.own], mark)
           for entry, mark in zip(panel.beside, marks, strict=True)]
  caption = f"{panel.label}, {panel.place}. " + (
      f"Own runs: {panel.conditions}." if panel.conditions else "")
  if panel.beside:
    yield blocks.Table(
        caption, ["Key", "Model", "Median",
                  *(blocks.Cell(key, "falls at") for key in keys),
                  "n", "Steps", "Accuracy", "Notes"],
        rows, notes=tuple(notes), words=frozenset({1}))
  else:
    yield blocks.Text("No baseline is comparable.")
  if panel.apart:
    yield blocks.Details(
        f"Not comparable ({len(panel.apart)})",
        [blocks.Table(
            f"{panel.label}: baselines that are not comparable. Their numbers "
            "are in the CSV file.", ["Baseline", "Models", "Reason"],
            [[source, str(count), reason]
             for source, count, reason in table.apart(panel)],
            words=frozenset({2}))])


def _row(key, found, places, mark):
  record = found.record
  accuracy = f"{record.accuracy:g}" if record.accuracy else "exact"
  return [key, _name(found), _median(found), *places, _count(found),
          table.DASH if record.steps is None else f"{record.steps:,}",
          blocks.Cell(accuracy, record.provenance), mark]


def _name(found):
  own = found.record.source == own_lib.SOURCE
  return blocks.Cell(found.label, "" if own else found.origin)


def _count(found):
  return table.DASH if found.count is None else str(found.count)


def _median(found):
  return blocks.Cell(table.median(found), table.range_of(found))


def _source_section(comparison):
  content = [blocks.Table(
      "Sources of the baselines.", ["Baseline", "Numbers", "Content"],
      [[source.title, str(len(source.records)), source.about]
       for source in comparison.sources], words=frozenset({2}))]
  if comparison.elsewhere:
    content.append(blocks.Text(
        "Not comparable, because own runs are on other data sets: " + ", ".join(
            f"{count} on {name}" for name, count in
            comparison.elsewhere.items()) + "."))
  return blocks.Section("baselines", "Baselines", content)
