"""Writes a report as one HTML page, without other files and without scripts."""
import base64
import xml.etree.ElementTree as ET

import sparse_disent
from sparse_disent.report import document as document_lib
from sparse_disent.report import style
from sparse_disent.report import templating

GENERATOR = "sparse_disent report"


def render(document: document_lib.Document) -> str:
  """Writes a report as HTML.

  Args:
    document: A `document.Document`.

  Returns:
    String, the page.
  """
  return templating.render(
      "page.html", filters={"data_url": _data_url, "markup": _markup},
      document=document, css=style.CSS, dark=style.DARK, generator=GENERATOR,
      version=sparse_disent.__version__)


def _data_url(png):
  return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _markup(element):
  return ET.tostring(element, encoding="unicode", method="html")
