"""Writes comparisons as plain text and as CSV text."""
from sparse_disent.baselines import comparison as comparison_lib
from sparse_disent.baselines import distributions
from sparse_disent.baselines import nearest as nearest_lib
from sparse_disent.common import checks
from sparse_disent.common import choices
from sparse_disent.common import counts
from sparse_disent.common import text_table
from sparse_disent.report import constants
from sparse_disent.results import headlines
from sparse_disent.results import models as models_lib
from sparse_disent.results import summary

DASH = "\N{EN DASH}"
_MOST_DETAILS = 3
# The first of the scores that readers look for, of each metric.
_MAIN = {(metric, next(iter(scores)))
         for metric, scores in headlines.HEADLINES.items()}
_COLUMNS = (
    "dataset", "metric", "score", "role", "key", "source", "implementation",
    "method", "settings", "network", "representation", "variant", "data", "n",
    "undefined", *("min", "q1", "median", "q3", "max"), "steps", "accuracy",
    "provenance", "own_representation", "own_key", "own_value", "place",
    "remarks")


def range_of(distribution: distributions.Distribution) -> str:
  """Returns the quartiles of a distribution as text.

  It is the range instead if there are few samples or no quartiles are known.
  """
  marks, count = distribution.landmarks, len(distribution.values)
  if count == 1 or not {"q1", "min"} & set(marks):
    return ""
  if "q1" in marks and not 0 < count < distributions.FEWEST:
    return f"{summary.text(marks['q1'])} to {summary.text(marks['q3'])}"
  return f"range {summary.text(marks['min'])} to {summary.text(marks['max'])}"


def median(distribution: distributions.Distribution) -> str:
  """Returns the median as text, with the number of undefined scores."""
  if "median" not in distribution.landmarks:
    return "undefined"
  text = summary.text(distribution.landmarks["median"])
  missing = len(distribution.undefined)
  return f"{text}, {missing} undefined" if missing else text


def place(mine: distributions.Distribution,
          distribution: distributions.Distribution) -> str:
  """Returns the place of the median of own runs; a dash if it is undefined."""
  if "median" not in mine.landmarks:
    return DASH
  return distributions.place(mine.landmarks["median"], distribution) or DASH


def numbered(panel: comparison_lib.Panel) -> tuple[list[str], list[str]]:
  """Numbers the remarks of a panel.

  Args:
    panel: A `comparison.Panel`.

  Returns:
    notes: List of remarks, number 1 first. A remark that concerns only some of
      the own models names them.
    marks: List of texts such as "1, 3", one for each comparable baseline.
  """
  everyone = [key for key, _ in panel.own]
  notes, marks = [], []
  for entry in panel.beside:
    numbers = []
    for text, keys in entry.remarks.items():
      if keys != everyone:
        text = f"{text} ({', '.join(keys)})"
      notes += [] if text in notes else [text]
      numbers.append(notes.index(text) + 1)
    marks.append(", ".join(map(str, sorted(numbers))))
  return notes, marks


def apart(panel: comparison_lib.Panel) -> list[tuple[str, int, str]]:
  """Sums up the baselines that are not comparable.

  Args:
    panel: A `comparison.Panel`.

  Returns:
    List of (source, count, reason), one for each source and kind of reason:
    the number of its baselines, and the reason with its first details.
  """
  found = {}
  for distribution, reasons in panel.apart:
    kinds = " and ".join(dict.fromkeys(
        reason.partition(": ")[0] for reason in reasons))
    details = found.setdefault((distribution.record.source, kinds), [])
    details.append(", ".join(reason.partition(": ")[2] for reason in reasons))
  return [(source, len(details), f"{kinds}: {_few(details)}")
          for (source, kinds), details in found.items()]


def _few(texts):
  texts = list(dict.fromkeys(texts))
  more = len(texts) - _MOST_DETAILS
  return "; ".join(texts[:_MOST_DETAILS]) + (
      f"; and {more} more" if more > 0 else "")


def text(comparison: comparison_lib.Comparison, *,
         metrics: list[str] | None = None, everything: bool = False) -> str:
  """Returns a comparison as plain text, the nearest published numbers first.

  Args:
    comparison: A `comparison.Comparison`.
    metrics: Gin names of the metrics to show beside all their baselines, or
      "training"; None for the main score of each beside the nearest number.
    everything: Whether to show all scores of all metrics beside all baselines.

  Raises:
    ValueError: There is no metric of a name in `metrics`.
  """
  shown, further = chosen(comparison.panels, metrics, everything)
  lines = [*nearest(comparison, metrics), "", *_models(comparison)]
  compared = [panel for panel in shown if panel.beside]
  if metrics or everything:
    for panel in compared:
      lines += ["", _title(panel), *_panel(panel)]
  elif compared:
    lines += ["", *_overview(comparison, compared)]
  none = dict.fromkeys(
      _title(panel) for panel in shown if not panel.beside)
  if none:
    lines += ["", "No baseline is comparable, the page says why: "
              f"{'; '.join(none)}"]
  what = counts.text(len(further), "further score")
  if not (metrics or everything):
    what, further = "All baselines of a metric", comparison.panels
  if further:
    names = dict.fromkeys(panel.metric for panel in further)
    lines += ["", f"{what}: --metric=NAME with {', '.join(names)}, or --all."]
  return "\n".join(lines)


def _title(panel):
  return f"{panel.label} ({panel.place})"


def _overview(comparison, panels):
  """A line for each score and own model, with the nearest published number."""
  rows = [["", "", "nearest published", "own", "published", "place", "notes"]]
  notes = []
  for panel in panels:
    own = dict(panel.own)
    for model in comparison.models:
      if model.key not in own:
        continue
      mine, found = own[model.key], nearest_lib.among([panel], model)
      start = [_title(panel), model.key]
      if found is None:  # The own score is undefined, or all others are.
        rows.append([*start, DASH, median(mine), DASH, DASH, ""])
        continue
      notes += [text for text in found.differences if text not in notes]
      numbers = sorted(notes.index(text) + 1 for text in found.differences)
      rows.append([*start, found.where, median(mine), summary.text(found.value),
                   place(mine, found.beside.distribution),
                   ", ".join(map(str, numbers))])
  return [*text_table.lines(rows, num_left=3), *(
      f"({number}) {note}" for number, note in enumerate(notes, 1))]


def chosen(panels: list[comparison_lib.Panel],
           metrics: list[str] | None = None, everything: bool = False
           ) -> tuple[list, list]:
  """Separates the panels to show from the others; arguments as for `text`."""
  names = dict.fromkeys(panel.metric for panel in panels)
  if metrics and not names:
    raise ValueError(
        f"--metric is {metrics[0]!r}, but no baseline has any score of these "
        "runs on their data set. Leave it out, or give other --baselines.")
  for name in metrics or ():
    checks.check(name in names, "--metric", f"be {' or '.join(names)}",
                 name, "Others have no baseline, or no own run has them."
                 f"{choices.nearest(name, names)}")
  shown = [panel for panel in panels if everything or (
      panel.metric in metrics if metrics
      else (panel.metric, panel.score) in _MAIN)]
  return shown, [panel for panel in panels if panel not in shown]


def nearest(comparison: comparison_lib.Comparison,
            metrics: list[str] | None = None) -> list[str]:
  """Returns a sentence for each own model on its nearest published number.

  Args:
    comparison: A `comparison.Comparison`.
    metrics: As for `nearest.find`.
  """
  found = nearest_lib.find(comparison, metrics)
  keys = [entry.key for entry in found]
  without = [f"{model.name} ({model.key})" for model in comparison.models
             if model.key not in keys]
  of_metrics = f" of {' or '.join(metrics)}" if metrics else ""
  return [str(entry) for entry in found] + ([
      f"No published number{of_metrics} is comparable with "
      f"{', '.join(without)}."] if without else [])


def _models(comparison):
  lines = [f"{model.key}: {model.name}, {counts.text(len(model.runs), 'run')}"
           + "".join(f", {name} {text}" for name, text in settings.items())
           for model, settings in zip(
               comparison.models, models_lib.told(comparison.models),
               strict=True)]
  return lines + constants.remarks(comparison.models)


def _panel(panel):
  keys = [key for key, _ in panel.own]
  notes, marks = numbered(panel)
  rows = [["", "", "n", "median", "quartiles", *keys, "notes"]]
  rows += [[key, mine.record.method, str(mine.count or 0), median(mine),
            range_of(mine), *[""] * len(keys), ""] for key, mine in panel.own]
  heads = []
  for entry, mark in zip(panel.beside, marks, strict=True):
    found = entry.distribution
    if found.origin not in (origin for _, origin in heads[-1:]):
      heads.append((len(rows), found.origin))
    rows.append([
        entry.key, found.label, "?" if found.count is None else
        str(found.count), median(found), range_of(found),
        *(place(mine, found) for _, mine in panel.own), mark])
  lines = text_table.lines(rows, num_left=2)
  for index, head in reversed(heads):
    lines.insert(index, head)
  lines += [f"({number}) {note}" for number, note in enumerate(notes, 1)]
  return lines + [f"Not comparable: {count} of {source}, {reason}"
                  for source, count, reason in apart(panel)]


def numbers(comparison: comparison_lib.Comparison) -> str:
  """Returns every number of a comparison as CSV text.

  Args:
    comparison: A `comparison.Comparison`.

  Returns:
    String: a header; a line for each own model; a line for each pair of a
    comparable baseline and an own run, with the place of that run; and a line
    for each baseline that is not comparable, with the reason.
  """
  return text_table.csv_text(_COLUMNS, [
      row for panel in comparison.panels for row in _rows(panel)])


def _rows(panel):
  common = {"dataset": panel.dataset, "metric": panel.metric,
            "score": panel.score, "own_representation": panel.representation}
  for key, mine in panel.own:
    yield {**common, **_facts(mine), "role": "own", "key": key}
  for entry in panel.beside:
    facts = {**common, **_facts(entry.distribution), "role": "beside",
             "key": entry.key}
    for key, mine in panel.own:
      remarks = "; ".join(text for text, keys in entry.remarks.items()
                          if key in keys)
      for value in mine.values:
        yield {**facts, "own_key": key, "own_value": value,
               "place": distributions.place(value, entry.distribution),
               "remarks": remarks}
      if not mine.values:
        yield {**facts, "own_key": key, "remarks": remarks}
  for distribution, reasons in panel.apart:
    yield {**common, **_facts(distribution), "role": "not comparable",
           "remarks": "; ".join(reasons)}


def _facts(distribution):
  record = distribution.record
  return {
      "source": record.source, "implementation": record.implementation,
      "method": record.method,
      "settings": " ".join(f"{name}={value}" for name, value in
                           record.settings),
      "network": record.network, "representation": record.representation,
      "variant": record.variant, "data": record.data,
      "n": distribution.count,
      "undefined": len(distribution.undefined),
      **distribution.landmarks, "steps": record.steps,
      "accuracy": record.accuracy, "provenance": record.provenance}
