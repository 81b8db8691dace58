"""Writes a report as Markdown, with its pictures in files beside it."""
import re

from sparse_disent.report import blocks
from sparse_disent.report import document as document_lib
from sparse_disent.report import templating


def render(document: document_lib.Document, folder: str) -> str:
  """Writes a report as Markdown.

  Args:
    document: A `document.Document`.
    folder: Path of the folder with its pictures, relative to the text.

  Returns:
    String, the text.
  """
  return templating.render(
      "text.md", filters={"plain": _plain, "pictures": blocks.pictures},
      document=document, folder=folder)


def _plain(text):
  """Escapes characters that have a meaning in Markdown or HTML."""
  text = text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", " ")
  return re.sub(r"([\\`*_\[\]|#])", r"\\\1", text)
