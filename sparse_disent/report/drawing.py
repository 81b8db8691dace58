"""Draws charts as PNG files and as SVG elements that take a page's colours."""
import contextlib
import io
import re
import xml.etree.ElementTree as ET
from typing import Any

import matplotlib
from matplotlib import axes as axes_lib
from matplotlib import figure as figure_lib

# Colours by CSS variable, on a light and on a dark page. Lines differ in
# lightness and dashes as well as in hue, so that they can be told apart in
# black and white.
COLORS = {
    "ink": ("#1d1d1b", "#ebeae6"),
    "muted": ("#66655f", "#a3a29b"),
    "rule": ("#d9d7d0", "#3a3a37"),
    "line-1": ("#17456e", "#8fc1ee"),
    "line-2": ("#c05a1e", "#f0a06b"),
    "line-3": ("#3d8f7d", "#7fd0be"),
    "line-4": ("#7d4a93", "#cfa0e2"),
    "line-5": ("#a98a1c", "#e0c65c"),
    "line-6": ("#7a7a78", "#b9b9b6"),
}
_DASHES = ("-", (0, (5, 2)), (0, (1.2, 1.4)), (0, (6, 2, 1.2, 2)),
           (0, (2.5, 1.2)), (0, (9, 3)))
_SHADES = (1.0, 0.5)  # Opacity.
# Width of all charts in inches; a phone shows it without scaling.
WIDTH = 3.4
_FONT = "DejaVu Sans"  # Comes with matplotlib.
_SVG = "{http://www.w3.org/2000/svg}"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def ink(name: str) -> str:
  """Returns a colour for matplotlib, the one on a light page."""
  return COLORS[name][0]


def line(index: int) -> dict:
  """Returns colour and dashes of the line with this index.

  Args:
    index: Index of the line; styles repeat after 36 lines.

  Returns:
    style: Dictionary for matplotlib's `plot`.
  """
  lines = [name for name in COLORS if name.startswith("line-")]
  dash = _DASHES[(index + index // len(lines)) % len(_DASHES)]
  return {"color": ink(lines[index % len(lines)]), "linestyle": dash}


def shade(color: int, index: int) -> dict:
  """Returns the style of one of several lines that share a colour.

  Args:
    color: Index of the colour; colours repeat after 6.
    index: Index of the line among those of its colour. Lines differ in dashes,
      and from the seventh on in shade.

  Returns:
    style: Dictionary for matplotlib's `plot`.
  """
  lines = [name for name in COLORS if name.startswith("line-")]
  # Opacity keeps the colour one of `COLORS`, which a page replaces.
  return {"color": ink(lines[color % len(lines)]),
          "linestyle": _DASHES[index % len(_DASHES)],
          "alpha": _SHADES[index // len(_DASHES) % len(_SHADES)]}


def style() -> contextlib.AbstractContextManager:
  """Returns the context in which figures have to be made and rendered."""
  return matplotlib.rc_context({
      "font.family": "sans-serif", "font.sans-serif": [_FONT], "font.size": 9,
      "text.color": ink("ink"), "axes.labelcolor": ink("ink"),
      "axes.edgecolor": ink("muted"), "axes.linewidth": 0.6,
      "axes.spines.top": False, "axes.spines.right": False,
      "axes.titlesize": 9, "axes.titlelocation": "left",
      "axes.titleweight": "bold", "axes.labelsize": 8,
      "text.parse_math": False,
      "xtick.color": ink("muted"), "ytick.color": ink("muted"),
      "xtick.labelsize": 8, "ytick.labelsize": 8,
      "xtick.major.width": 0.6, "ytick.major.width": 0.6,
      "xtick.minor.width": 0.4, "ytick.minor.width": 0.4,
      "lines.linewidth": 1.6, "svg.fonttype": "none"})


def axes(height: float,
         **layout: Any) -> tuple[figure_lib.Figure, axes_lib.Axes]:
  """Makes a figure with one pair of axes.

  Args:
    height: Height in inches.
    **layout: Arguments of matplotlib's `subplots`.

  Returns:
    (figure, axes).
  """
  figure = figure_lib.Figure(figsize=(WIDTH, height), layout="constrained")
  return figure, figure.subplots(**layout)


def render(figure: figure_lib.Figure, name: str,
           alt: str) -> tuple[bytes, ET.Element]:
  """Writes a figure as a PNG file and as an SVG element.

  Args:
    figure: A matplotlib figure.
    name: Name that no other figure of the page has.
    alt: The figure in words.

  Returns:
    png: Bytes.
    svg: Element for an HTML page; its colours are CSS variables of the page,
      named as in `COLORS`, and its font is `--sans`.
  """
  png, svg = io.BytesIO(), io.StringIO()
  figure.savefig(png, format="png", dpi=200, metadata={"Software": None})
  with matplotlib.rc_context({"svg.hashsalt": name}):
    figure.savefig(svg, format="svg", transparent=True,
                   metadata={"Date": None, "Creator": None})
  return png.getvalue(), _element(svg.getvalue(), alt)


def _element(svg, alt):
  """Turns matplotlib's SVG file into an element for a page."""
  for name, (light, _) in COLORS.items():
    svg = svg.replace(light, f"var(--{name})")
  svg = re.sub(rf"'{_FONT}'[^;\"]*", "var(--sans)", svg)
  root = ET.fromstring(svg)
  for parent in list(root.iter()):
    for child in list(parent):
      # A style element would apply to the whole page.
      if child.tag.endswith(("metadata", "}title", "}style")):
        parent.remove(child)
  referenced = set(_REFERENCE.findall(svg))
  for element in root.iter():
    element.tag = element.tag.removeprefix(_SVG)
    for key in list(element.attrib):
      plain = key.split("}")[-1]
      element.attrib[plain] = element.attrib.pop(key)
    referenced.add(element.get("href", "").removeprefix("#"))
  for element in root.iter():
    if element.get("id") not in referenced:
      element.attrib.pop("id", None)
  width = float(root.get("viewBox").split()[2])
  root.attrib = {
      "viewBox": root.get("viewBox"), "role": "img", "aria-label": alt,
      "stroke-linejoin": "round", "stroke-linecap": "butt",
      "style": f"max-width: {width * 4 / 3:.0f}px"}
  return root
