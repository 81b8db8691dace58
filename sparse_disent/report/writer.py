"""Writes a report: an HTML page, Markdown, pictures, and a table of numbers."""
import os
import pathlib
import re

from sparse_disent.common import debris
from sparse_disent.common import locks
from sparse_disent.common import writing
from sparse_disent.report import blocks
from sparse_disent.report import document as document_lib
from sparse_disent.report import html_page
from sparse_disent.report import markdown
from sparse_disent.results import runs as runs_lib
from sparse_disent.results import table

_MARK = f'content="{html_page.GENERATOR}"'
# Names of all pictures at the end of the text: only these are ours.
_PICTURES = re.compile(r"\n<!-- pictures: (.*) -->\n")
_MARK_OF_TEXT = f"\n<!-- {html_page.GENERATOR} -->\n"


def write(directories: list[str | os.PathLike], output: str | os.PathLike,
          left_out: list[str] | None = None) -> list[pathlib.Path]:
  """Writes a report on the runs below some directories.

  Beside `NAME.html` appear `NAME.md`, the table of all results as `NAME.csv`
  and `NAME.parquet`, and the folder `NAME_files` with the pictures. The page
  needs none of them, and is written last.

  Args:
    directories: Paths with runs, at any depth.
    output: Path of the page, which ends with .html. Files of an earlier report
      are replaced, no other files.
    left_out: List to which a message is added for each damaged file, which the
      page names and otherwise leaves out; None to raise an error.

  Returns:
    paths: List of the paths that were written.

  Raises:
    FileNotFoundError: There are no results below one of the directories.
    FileExistsError: There is another file than a report at `output`.
    locks.OutputInUse: Another process is writing it.
    ValueError: A result file is damaged and `left_out` is None, no result is
      whole, or `output` does not end with .html.
  """
  check_output(pathlib.Path(output))
  with locks.owned(output):
    document = document_lib.make(runs_lib.find(directories, left_out))
    return publish(document, table.files(list(table.rows(document.models))),
                   output)


def publish(document: document_lib.Document, numbers: dict[str, bytes],
            output: str | os.PathLike) -> list[pathlib.Path]:
  """Writes a document and its files; the page appears only with all others.

  Args:
    document: A `document.Document`.
    numbers: Contents of the files of numbers, by the ends of their names, such
      as ".csv".
    output: Path of the page, checked by `check_output`.

  Returns:
    paths: List of the paths that were written.
  """
  output = pathlib.Path(output)
  folder = output.with_name(f"{output.stem}_files")
  pictures = {folder / f"{picture.name}.png": picture.png
              for picture in blocks.pictures(document.sections)}
  former = _former(output.with_suffix(".md"), folder) - set(pictures)
  # The text comes first: it tells whose the files are if there is no page yet.
  # If this process dies, the next one removes the former pictures.
  named = " ".join(sorted(path.name for path in {*pictures, *former}))
  files = {output.with_suffix(".md"): (
      markdown.render(document, folder.name)
      + f"\n<!-- pictures: {named} -->" + _MARK_OF_TEXT).encode()}
  files |= {**pictures, **{output.with_suffix(ending): data
                           for ending, data in numbers.items()}}
  files[output] = html_page.render(document).encode()
  writing.replace_files({str(path): data for path, data in files.items()})
  for path in former:
    path.unlink(missing_ok=True)
  return list(files)


def _former(text, folder):
  """Paths of the pictures of an earlier report, as its text names them."""
  if not text.is_file():
    return set()
  named = _PICTURES.findall(text.read_text("utf-8", errors="replace"))[-1:]
  return {folder / os.path.basename(name) for line in named
          for name in line.split()}


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
  beside = [output, output.with_suffix(".csv"), output.with_suffix(".parquet"),
            text, folder]
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
