"""Writes a report: a page, its pictures, a table for programs, Markdown."""
import pathlib

from sparse_disent.common import text_table
from sparse_disent.common import writing
from sparse_disent.report import blocks
from sparse_disent.report import document as document_lib
from sparse_disent.report import html_page
from sparse_disent.report import markdown
from sparse_disent.results import runs as runs_lib

_COLUMNS = ("model", "name", "run", "seed", "representation", "metric", "score",
            "value", "undefined")


def write(directories, output):
  """Writes a report on the runs below some directories.

  Beside `NAME.html` appear `NAME.md`, `NAME.csv` and the pictures in the folder
  `NAME_files`; the page itself needs none of them, and comes last.

  Args:
    directories: Paths with runs, at any depth.
    output: Path of the page, which ends with .html. What an earlier report
      wrote there is replaced, and nothing else.

  Returns:
    paths: List of the paths that were written.

  Raises:
    FileNotFoundError: There are no results below one of the directories.
    FileExistsError: What is at `output` is no report.
    ValueError: A result file is damaged, or `output` is no page.
  """
  check_output(pathlib.Path(output))
  document = document_lib.make(runs_lib.find(directories))
  return publish(document, table(document), output)


def publish(document, numbers, output):
  """Writes a document and what belongs beside it, whole or not at all.

  Args:
    document: A `document.Document`.
    numbers: Text of the CSV file.
    output: Path of the page, that `check_output` passed.

  Returns:
    paths: List of the paths that were written.
  """
  output = pathlib.Path(output)
  folder = output.with_name(f"{output.stem}_files")
  files = {folder / f"{picture.name}.png": picture.png
           for picture in blocks.pictures(document.sections)}
  former = set(folder.glob("*.png")) - set(files)
  files[output.with_suffix(".csv")] = numbers.encode()
  files[output.with_suffix(".md")] = markdown.render(
      document, folder.name).encode()
  files[output] = html_page.render(document).encode()
  writing.replace_files({str(path): data for path, data in files.items()})
  for path in former:
    path.unlink()
  return list(files)


def check_output(output):
  """Raises an error unless a report may be written to `output`.

  Args:
    output: Path of the page.

  Raises:
    FileExistsError: Something is there that is no report.
    ValueError: It does not end with .html.
  """
  if output.suffix != ".html":
    raise ValueError(
        f"The report is a page, but --output is '{output}'. Give a name that "
        "ends with .html.")
  mark = f'content="{html_page.GENERATOR}"'.encode()
  if output.is_file() and mark in output.read_bytes()[:2000]:
    return
  beside = [output, output.with_suffix(".csv"), output.with_suffix(".md"),
            output.with_name(f"{output.stem}_files")]
  for path in beside:
    if path.exists():
      raise FileExistsError(
          f"'{path}' exists and is no report of ours: it is not replaced. Move "
          "it away, or give another --output.")


def table(document):
  """Every number of every run as CSV text.

  Args:
    document: A `document.Document`.

  Returns:
    String: a header, then a line for each number; the value of an undefined
    score is empty, and the last column says why.
  """
  rows = [
      (model.key, model.name, run.name, run.seed, score.representation,
       score.metric, score.name, value, reason)
      for score in document.scores for index, values in score.values.items()
      for model in [document.models[index]] for run, value, reason in values]
  return text_table.csv_text(
      _COLUMNS, [dict(zip(_COLUMNS, row, strict=True)) for row in rows])
