"""Writes a report: an HTML page, Markdown, pictures, and a CSV file."""
import os
import pathlib

from sparse_disent.common import debris
from sparse_disent.common import locks
from sparse_disent.common import text_table
from sparse_disent.common import writing
from sparse_disent.report import blocks
from sparse_disent.report import document as document_lib
from sparse_disent.report import html_page
from sparse_disent.report import markdown
from sparse_disent.results import runs as runs_lib

_COLUMNS = ("model", "name", "run", "seed", "representation", "metric", "score",
            "label", "evaluation_seed", "value", "undefined")
_MARK = f'content="{html_page.GENERATOR}"'
_MARK_OF_TEXT = f"\n<!-- {html_page.GENERATOR} -->\n"


def write(directories: list[str | os.PathLike],
          output: str | os.PathLike) -> list[pathlib.Path]:
  """Writes a report on the runs below some directories.

  Beside `NAME.html` appear `NAME.md`, `NAME.csv` and the folder `NAME_files`
  with the pictures. The page needs none of them, and is written last.

  Args:
    directories: Paths with runs, at any depth.
    output: Path of the page, which ends with .html. Files of an earlier report
      are replaced, no other files.

  Returns:
    paths: List of the paths that were written.

  Raises:
    FileNotFoundError: There are no results below one of the directories.
    FileExistsError: There is another file than a report at `output`.
    locks.OutputInUse: Another process is writing it.
    ValueError: A result file is damaged, or `output` does not end with .html.
  """
  check_output(pathlib.Path(output))
  with locks.owned(output):
    document = document_lib.make(runs_lib.find(directories))
    return publish(document, table(document), output)


def publish(document: document_lib.Document, numbers: str,
            output: str | os.PathLike) -> list[pathlib.Path]:
  """Writes a document and its files; the page appears only with all others.

  Args:
    document: A `document.Document`.
    numbers: Text of the CSV file.
    output: Path of the page, checked by `check_output`.

  Returns:
    paths: List of the paths that were written.
  """
  output = pathlib.Path(output)
  folder = output.with_name(f"{output.stem}_files")
  pictures = {folder / f"{picture.name}.png": picture.png
              for picture in blocks.pictures(document.sections)}
  former = set(folder.glob("*.png")) - set(pictures)
  # The text comes first: it tells whose the files are if there is no page yet.
  files = {output.with_suffix(".md"): (
      markdown.render(document, folder.name) + _MARK_OF_TEXT).encode()}
  files |= {**pictures, output.with_suffix(".csv"): numbers.encode()}
  files[output] = html_page.render(document).encode()
  writing.replace_files({str(path): data for path, data in files.items()})
  for path in former:
    path.unlink()
  return list(files)


def check_output(output: pathlib.Path) -> None:
  """Checks that a report may be written to `output`.

  Args:
    output: Path of the page.

  Raises:
    FileExistsError: There is another file than a report.
    ValueError: The path does not end with .html.
  """
  if output.suffix != ".html":
    raise ValueError(
        f"The report is a page, but --output is '{output}'. Give a name that "
        "ends with .html.")
  text = output.with_suffix(".md")
  if output.is_file():
    if _MARK.encode() in output.read_bytes()[:2000]:
      return
  elif text.is_file() and text.read_bytes().endswith(_MARK_OF_TEXT.encode()):
    return  # The process that wrote a report was killed before the page.
  folder = output.with_name(f"{output.stem}_files")
  beside = [output, output.with_suffix(".csv"), text, folder]
  for path in beside:
    if path.exists() and not _is_empty(path):
      raise FileExistsError(
          f"'{path}' exists and is no report of ours: it is not replaced. Move "
          "it away, or give another --output.")


def _is_empty(path):
  """Tells whether it is a folder without files but those that are left behind.
  """
  return path.is_dir() and all(
      debris.is_ours(entry.name) for entry in path.iterdir())


def table(document: document_lib.Document) -> str:
  """Returns every number of every run as CSV text.

  Args:
    document: A `document.Document`.

  Returns:
    String: a header, then a line for each number, and for each seed of the
    evaluation. The value of an undefined score is empty; the last column has
    the reason.
  """
  rows = [
      (model.key, model.name, measured.run.name, measured.run.seed,
       score.representation, score.metric, score.name, score.label, seed, value,
       measured.reason if value is None else None)
      for score in document.scores for index, values in score.values.items()
      for model in [document.models[index]] for measured in values
      for seed, value in measured.by_seed.items()]
  return text_table.csv_text(
      _COLUMNS, [dict(zip(_COLUMNS, row, strict=True)) for row in rows])
