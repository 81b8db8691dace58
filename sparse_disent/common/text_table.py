"""Tables of plain text, for terminals and for programs.

Of the standard library alone: `doctor` prints one where nothing is installed,
and pandas takes half a second to import.
"""
import csv
import io


def lines(rows, *, num_left=1):
  """Aligns the columns of a table, two spaces apart.

  Args:
    rows: Lists of strings, all of one length; a header is a row as any other.
    num_left: Number of columns, from the first, that are aligned at the left;
      the others, numbers, are aligned at the right.

  Returns:
    List of strings, one a row, without spaces at their ends.
  """
  widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
  return ["  ".join(
      cell.ljust(width) if i < num_left else cell.rjust(width)
      for i, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
          for row in rows]


def csv_text(columns, rows):
  """Writes a table for programs.

  Args:
    columns: Strings, the header.
    rows: Dictionaries from columns to values; None and what is left out are
      empty cells, and numbers are written in full.

  Returns:
    String, CSV.
  """
  stream = io.StringIO()
  lines = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
  lines.writeheader()
  lines.writerows(rows)
  return stream.getvalue()
