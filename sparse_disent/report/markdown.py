"""A report as Markdown, with its pictures in files beside it."""
import re

from sparse_disent.report import blocks


def render(document, folder):
  """Writes a report as Markdown.

  Args:
    document: A `document.Document`.
    folder: Path of the folder with its pictures, as seen from the text.

  Returns:
    String, the text.
  """
  lines = [f"# {_plain(document.title)}",
           *(f"* {_plain(name)}: {_plain(text)}"
             for name, text in document.facts)]
  for section in document.sections:
    lines += [f"## {section.title}"]
    lines += [_block(block, folder) for block in section.blocks]
  if document.missing:
    lines += ["## Not in these results"]
    lines += [f"* {what}: `{command}`" for what, command in document.missing]
  text = "\n\n".join(filter(None, lines)) + "\n"
  return re.sub(r"(?m)^(\* .*)\n\n(?=\* )", r"\1\n", text)


def _plain(text):
  """Escapes what Markdown or HTML would read as more than text."""
  text = text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", " ")
  return re.sub(r"([\\`*_\[\]|#])", r"\\\1", text)


def _block(block, folder):
  if isinstance(block, blocks.Text):
    return _plain(block.text)
  if isinstance(block, blocks.Heading):
    return f"### {_plain(block.text)}"
  if isinstance(block, blocks.Table):
    return _table(block)
  if isinstance(block, blocks.Details):
    return "\n\n".join([f"### {_plain(block.summary)}"] + [
        _block(inner, folder) for inner in block.blocks])
  return "\n\n".join(
      f"![{_plain(picture.alt)}]"
      f"({folder}/{picture.name}.png)\n\n{_plain(picture.caption)}".strip()
      for picture in blocks.pictures([block]))


def _table(table):
  columns = [_cell(cell) for cell in table.columns]
  lines = [_plain(table.caption), "", _row(columns),
           _row([":---"] + ["---:"] * (len(columns) - 1)),
           *(_row([_cell(cell) for cell in row]) for row in table.rows)]
  if table.notes:
    lines += ["", *(f"({number}) {_plain(note)}"
                    for number, note in enumerate(table.notes, 1))]
  return "\n".join(lines)


def _row(cells):
  return f"| {' | '.join(cells)} |"


def _cell(cell):
  if isinstance(cell, str):
    return _plain(cell)
  detail = f" ({_plain(cell.detail)})" if cell.detail else ""
  return _plain(cell.text) + detail
