"""Tables of plain text, for terminals and for programs.

This module uses only the standard library. `doctor` prints tables before
anything else is installed, and pandas takes half a second to import.
"""
import csv
import io
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any


def lines(rows: Sequence[Sequence[str]], *, num_left: int = 1) -> list[str]:
  """Aligns the columns of a table, two spaces apart.

  Args:
    rows: Lists of strings, all of one length. A header is an ordinary row.
    num_left: The first `num_left` columns are aligned at the left. The others,
      with numbers, are aligned at the right.

  Returns:
    List of strings, one for each row, without trailing spaces.
  """
  widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
  return ["  ".join(
      cell.ljust(width) if i < num_left else cell.rjust(width)
      for i, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
          for row in rows]


def csv_text(columns: Sequence[str],
             rows: Sequence[Mapping[str, Any]]) -> str:
  """Formats a table as CSV.

  Args:
    columns: Strings, the header.
    rows: Dictionaries from columns to values. A missing value or None gives an
      empty cell. Numbers are written in full.

  Returns:
    The CSV text.
  """
  stream = io.StringIO()
  lines = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
  lines.writeheader()
  lines.writerows(rows)
  return stream.getvalue()
