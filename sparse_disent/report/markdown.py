"""A report as Markdown, with its pictures in files beside it."""
import re

from sparse_disent.report import blocks
from sparse_disent.report import templating


def render(document, folder):
  """Writes a report as Markdown.

  Args:
    document: A `document.Document`.
    folder: Path of the folder with its pictures, as seen from the text.

  Returns:
    String, the text.
  """
  return templating.render(
      "text.md", filters={"plain": _plain, "pictures": blocks.pictures},
      document=document, folder=folder)


def _plain(text):
  """Escapes what Markdown or HTML would read as more than text."""
  text = text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", " ")
  return re.sub(r"([\\`*_\[\]|#])", r"\\\1", text)
