"""The main scores of one run as a table of plain text."""
from sparse_disent.common import text_table
from sparse_disent.report import constants
from sparse_disent.results import models
from sparse_disent.results import runs
from sparse_disent.results import summary


def text(directory):
  """Returns the main scores below a directory, one column a representation.

  Args:
    directory: Path that holds one run.

  Returns:
    String; undefined scores say so, and why below the table, and which scores
    depend on the number of constant latents.

  Raises:
    FileNotFoundError: If there is no result below `directory`.
    ValueError: If a result file is not JSON.
  """
  found = models.group(runs.find([directory]))
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
                   + constants.remarks(found))
