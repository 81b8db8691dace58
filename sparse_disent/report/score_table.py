"""The main scores of one run as a table of plain text."""
import os
import pathlib

from sparse_disent.common import text_table
from sparse_disent.report import constants
from sparse_disent.results import models
from sparse_disent.results import repeats
from sparse_disent.results import runs
from sparse_disent.results import summary


def text(directory: str | os.PathLike) -> str:
  """Returns the main scores of a run, with a column for each representation.

  Args:
    directory: Path that holds one run.

  Returns:
    String. Lines below the table say why scores are undefined, over how many
    seeds of the evaluation they are means, and which scores depend on the
    number of constant latents.

  Raises:
    FileNotFoundError: If there is no result below `directory`.
    ValueError: If a result file is not JSON.
  """
  found = models.group(_runs(directory))[:1]
  scores = [score for score in summary.scores(found) if score.label]
  columns = [name for name in repeats.in_order(
      score.representation for score in scores) if name]
  cells, remarks = {}, []
  for score in scores:
    measured = score.values[0][0]
    row = cells.setdefault((score.metric, score.label), {})
    for column in [score.representation] if score.representation else columns:
      row[column] = _cell(measured, score.counts)
    if measured.reason:
      remarks.append(f"{score.place}/{score.name}: {measured.reason}")
  rows = [["", *columns]] + [
      [label, *(row.get(column, "") for column in columns)]
      for (_, label), row in cells.items()]
  return "\n".join(text_table.lines(rows) + remarks + _about_seeds(scores)
                   + constants.remarks(found))


def _runs(directory):
  """The run at a directory; without one, all runs below it."""
  found = runs.find([directory])
  place = pathlib.Path(directory).resolve()
  return [run for run in found if run.path == place] or found


def _cell(measured, counts):
  if measured.value is None:
    return "undefined"
  text = summary.text(measured.value, counts)
  if measured.deviation is None:
    return text
  return f"{text} \N{PLUS-MINUS SIGN} {summary.text(measured.deviation)}"


def _about_seeds(scores):
  count = max((len(score.values[0][0].by_seed) for score in scores), default=1)
  return [] if count < 2 else [
      f"Mean \N{PLUS-MINUS SIGN} standard deviation over {count} seeds of the "
      "evaluation."]
