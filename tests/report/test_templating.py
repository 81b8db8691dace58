"""Values that templates are given, and their text."""
import jinja2
import pytest

from sparse_disent.report import blocks
from sparse_disent.report import document
from sparse_disent.report import html_page
from sparse_disent.report import templating

HOSTILE = "<script>&\"'"


def render(name, **values):
  return templating.render(name, filters={"plain": str, "pictures": list},
                           **values)


def a_document(section):
  return document.Document("title", [], [section], [], [], [])


def test_pages_escape_and_text_does_not():
  section = blocks.Section("name", HOSTILE, [blocks.Text(HOSTILE)])
  common = {"document": a_document(section), "folder": "", "css": "",
            "dark": 1.0, "generator": "", "version": ""}
  assert render("text.md", **common).count(HOSTILE) == 2
  page = templating.render(
      "page.html", filters={"data_url": str, "markup": str}, **common)
  assert page.count("&lt;script&gt;&amp;&#34;&#39;") == 4  # Two are links.
  assert "<script>" not in page


def test_what_is_missing_is_an_error():
  with pytest.raises(jinja2.UndefinedError, match="'document' is undefined"):
    render("text.md")


def test_a_block_of_an_unknown_class_is_an_error():
  section = blocks.Section("name", "title", [blocks.Cell("text")])
  with pytest.raises(jinja2.UndefinedError, match="'Cell'"):
    html_page.render(a_document(section))
