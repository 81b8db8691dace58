import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from sparse_disent.report import drawing


def render(name="chart", label="label"):
  with drawing.style():
    figure, axes = drawing.axes(1.5)
    axes.plot([0, 1], [0, 1], "o-", color=drawing.ink("line-1"))
    axes.set_title(label)
    return drawing.render(figure, name, "in words")


@pytest.fixture(scope="module", name="svg")
def an_svg():
  return ET.tostring(render()[1], encoding="unicode")


def test_svg_takes_the_colours_and_the_font_of_the_page(svg):
  colors = set(re.findall(r"#[0-9a-fA-F]{6}", svg))
  assert colors <= {"#000000"}, colors
  assert "var(--line-1)" in svg and "var(--muted)" in svg
  assert "var(--sans)" in svg and "DejaVu" not in svg


def test_svg_is_one_image_with_a_name(svg):
  root = ET.fromstring(svg)
  assert root.tag == "svg"
  assert root.get("role") == "img" and root.get("aria-label") == "in words"
  assert "max-width: 326px" in root.get("style")
  assert not [element for element in root.iter() if element.tag == "style"]


def test_svg_refers_to_what_it_holds_and_nothing_else(svg):
  identifiers = re.findall(r' id="([^"]+)"', svg)
  referenced = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
  assert set(identifiers) == referenced and referenced
  assert "http" not in svg


def test_identifiers_of_two_charts_differ():
  identifiers = [
      set(re.findall(r' id="([^"]+)"', ET.tostring(
          render(name)[1], encoding="unicode"))) for name in ("a", "b")]
  assert identifiers[0] and not identifiers[0] & identifiers[1]


def test_the_same_chart_is_the_same_file():
  (png, svg), (other_png, other_svg) = render(), render()
  assert png == other_png
  assert ET.tostring(svg) == ET.tostring(other_svg)


def test_png_is_on_white():
  with Image.open(io.BytesIO(render()[0])) as image:
    assert image.size == (680, 300)
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_dollars_are_no_formulas():
  _, svg = render(label="$x^2$ & <b>")
  assert "$x^2$ &amp; &lt;b&gt;" in ET.tostring(svg, encoding="unicode")


def luminance(color):
  channels = np.array([int(color[i:i + 2], 16) for i in (1, 3, 5)]) / 255
  linear = np.where(channels <= 0.04045, channels / 12.92,
                    ((channels + 0.055) / 1.055) ** 2.4)
  return linear @ [0.2126, 0.7152, 0.0722]


def test_lines_are_told_apart_without_colour():
  styles = [drawing.line(i) for i in range(36)]
  assert len({(str(s["color"]), str(s["linestyle"])) for s in styles}) == 36
  # The first lines differ in their dashes, whatever becomes of colours.
  assert len({str(s["linestyle"]) for s in styles[:6]}) == 6


@pytest.mark.parametrize("scheme, paper", [(0, "#fdfcf9"), (1, "#161615")])
def test_lines_stand_out_from_paper(scheme, paper):
  for name, colors in drawing.COLORS.items():
    if name.startswith("line-"):
      high, low = sorted([luminance(paper), luminance(colors[scheme])])[::-1]
      assert (high + 0.05) / (low + 0.05) >= 3, name  # WCAG, graphics.
