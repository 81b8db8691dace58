"""The main scores of one run as a table of plain text."""
import os

from sparse_disent.common import text_table
from sparse_disent.report import constants
from sparse_disent.results import models
from sparse_disent.results import runs
from sparse_disent.results import summary


def text(directory: str | os.PathLike) -> str:
  """Returns the main scores of a run, with a column for each representation.

  Args:
    directory: Path that holds one run.

  Returns:
    String. Lines below the table say why scores are undefined, which scores
    depend on the number of constant latents, and which files are damaged.

  Raises:
    FileNotFoundError: If there is no result below `directory`.
    ValueError: If no result file is whole.
  """
  left_out: list[str] = []
  found = models.group(runs.find([directory], left_out))
  scores = [score for score in summary.scores(found) if score.label]
  columns = list(dict.fromkeys(
      score.representation for score in scores if score.representation))
  cells, reasons = {}, []
  for score in scores:
    for _, value, reason in score.values.get(0, ()):
      row = cells.setdefault((score.metric, score.label), {})
      for column in [score.representation] if score.representation else columns:
        row[column] = "undefined" if value is None else summary.text(value)
      if reason:
        reasons.append(f"{score.place}/{score.name}: {reason}")
  rows = [["", *columns]] + [
      [label, *(row.get(column, "") for column in columns)]
      for (_, label), row in cells.items()]
  return "\n".join(text_table.lines(rows) + reasons
                   + constants.remarks(found)
                   + [f"left out: {message}" for message in left_out])
