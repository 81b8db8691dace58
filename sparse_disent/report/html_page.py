"""A report as one HTML page that needs no other file and runs no script."""
import base64
import xml.etree.ElementTree as ET

import sparse_disent
from sparse_disent.report import blocks
from sparse_disent.report import style

GENERATOR = "sparse_disent report"
# Browsers load nothing from elsewhere and run nothing.
_ALLOWED = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def render(document):
  """Writes a report as HTML.

  Args:
    document: A `document.Document`.

  Returns:
    String, the page.
  """
  head = _element(
      "head", {}, _element("meta", {"charset": "utf-8"}),
      _element("meta", {"name": "viewport",
                        "content": "width=device-width, initial-scale=1"}),
      _element("meta", {"name": "color-scheme", "content": "light dark"}),
      _element("meta", {"name": "generator", "content": GENERATOR}),
      _element("meta", {"http-equiv": "Content-Security-Policy",
                        "content": _ALLOWED}),
      _element("title", {}, f"Report: {document.title}"),
      _element("style", {}, style.CSS))
  body = _element(
      "body", {},
      _element("a", {"class": "skip",
                     "href": f"#{document.sections[0].name}"},
               f"Skip to: {document.sections[0].title}"),
      _header(document), _contents(document),
      _element("main", {}, *map(_section, document.sections),
               *_missing(document)),
      _element("footer", {}, _element(
          "p", {}, f"Made by sparse_disent {sparse_disent.__version__} from "
          "result files alone.")))
  page = _element("html", {"lang": "en"}, head, body)
  return "<!DOCTYPE html>\n" + ET.tostring(
      page, encoding="unicode", method="html") + "\n"


def _element(tag, attributes, *children):
  """Makes an element; texts among its children are escaped when written."""
  element = ET.Element(tag, attributes)
  last = None
  for child in children:
    if isinstance(child, str):
      if last is None:
        element.text = (element.text or "") + child
      else:
        last.tail = (last.tail or "") + child
    else:
      element.append(child)
      last = child
  return element


def _header(document):
  facts = [_element("div", {}, _element("dt", {}, name),
                    _element("dd", {}, text)) for name, text in document.facts]
  return _element(
      "header", {},
      _element("p", {"class": "kicker"}, document.kind),
      _element("h1", {}, document.title), _element("dl", {}, *facts))


def _contents(document):
  items = [_element("li", {}, _element(
      "a", {"href": f"#{section.name}"}, section.title))
      for section in document.sections]
  return _element("nav", {"aria-label": "Contents"},
                  _element("ul", {}, *items))


def _section(section):
  return _element(
      "section", {"id": section.name},
      _element("h2", {}, section.title), *map(_block, section.blocks))


def _missing(document):
  if not document.missing:
    return []
  items = [
      _element("li", {}, what, _element("code", {"tabindex": "0"}, command))
      for what, command in document.missing]
  return [_element(
      "section", {"id": "missing"}, _element("h2", {}, "Not in these results"),
      _element("p", {}, "What is left out, and what makes it:"),
      _element("ul", {}, *items))]


def _block(block):
  return _RENDERERS[type(block)](block)


def _text(block):
  return _element("p", {}, block.text)


def _heading(block):
  return _element("h3", {}, block.text)


def _table(block):
  words = [{"class": "words"} if i in block.words else {}
           for i in range(len(block.columns))]
  head = _element("tr", {}, *(
      _cell("th", cell, {"scope": "col", **kind})
      for cell, kind in zip(block.columns, words, strict=True)))
  rows = [
      _element("tr", {"class": "muted"} if i in block.muted else {},
               _cell("th", row[0], {"scope": "row"}),
               *(_cell("td", cell, kind) for cell, kind in
                 zip(row[1:], words[1:], strict=True)))
      for i, row in enumerate(block.rows)]
  shaded = any(isinstance(cell, blocks.Cell) and cell.shade is not None
               for row in block.rows for cell in row)
  table = _element(
      "table", {"class": "matrix"} if shaded else {},
      _element("caption", {}, block.caption),
      _element("thead", {}, head), _element("tbody", {}, *rows))
  notes = [_element("p", {"class": "note"}, f"({number}) {note}")
           for number, note in enumerate(block.notes, 1)]
  # A region that a keyboard can scroll.
  return _element("div", {}, _element("div", {
      "class": "scroll", "role": "group", "tabindex": "0",
      "aria-label": block.caption}, table), *notes)


def _cell(tag, cell, attributes):
  if isinstance(cell, str):
    return _element(tag, attributes, cell)
  if cell.shade is not None:
    kind = "shade dark" if cell.shade > style.DARK else "shade"
    attributes = {**attributes, "class": kind,
                  "style": f"--shade: {100 * cell.shade:.0f}%"}
  detail = [_element("small", {}, cell.detail)] if cell.detail else []
  return _element(tag, attributes, cell.text, *detail)


def _figure(block):
  picture = block.svg if block.svg is not None else _image(
      block.png, block.alt, {"class": "pixels"})
  return _element("figure", {}, picture, *_caption(block))


def _caption(block):
  return [_element("figcaption", {}, block.caption)] if block.caption else []


def _image(png, alt, attributes):
  data = base64.b64encode(png).decode()
  return _element("img", {
      **attributes, "alt": alt, "src": f"data:image/png;base64,{data}"})


def _grid(block):
  drawn = any(figure.svg is not None for figure in block.figures)
  return _element("div", {"class": "grid" if drawn else "grid narrow"},
                  *map(_figure, block.figures))


def _strips(block):
  small = [_element("ol", {"class": "strips small"}, *map(
      _strip, block.small))] if block.small else []
  kind = "strips aligned" if block.aligned else "strips"
  return _element(
      "figure", {},
      _element("ol", {"class": kind}, *map(_strip, block.strips)), *small,
      *_caption(block))


def _strip(strip):
  label = [_element("b", {}, strip.label)]
  if strip.detail:
    label.append(_element("span", {}, strip.detail))
  if strip.share is not None:
    label.append(_element("i", {
        "class": "bar", "style": f"--share: {100 * strip.share:.1f}%"}))
  return _element(
      "li", {}, _element("div", {"class": "label"}, *label),
      _image(strip.png, strip.alt, {
          "class": "pixels", "width": str(strip.width),
          "height": str(strip.height)}))


def _details(block):
  return _element("details", {}, _element("summary", {}, block.summary),
                  *map(_block, block.blocks))


_RENDERERS = {
    blocks.Text: _text, blocks.Heading: _heading, blocks.Table: _table,
    blocks.Figure: _figure, blocks.Grid: _grid, blocks.Strips: _strips,
    blocks.Details: _details,
}
