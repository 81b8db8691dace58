import re

import numpy as np
import pytest

from sparse_disent.report import style

NAMES = ("light", "dark")


def channels(color):
  return np.array([int(color[i:i + 2], 16) for i in (1, 3, 5)], np.float64)


def contrast(one, other):
  """Contrast ratio of the Web Content Accessibility Guidelines 2.1."""
  def luminance(color):
    linear = color / 255
    linear = np.where(linear <= 0.04045, linear / 12.92,
                      ((linear + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]
  high, low = sorted([luminance(one), luminance(other)])[::-1]
  return (high + 0.05) / (low + 0.05)


def color(name, scheme):
  return channels(style.COLORS[name][scheme])


@pytest.mark.parametrize("scheme", [0, 1], ids=NAMES)
@pytest.mark.parametrize("name", ["ink", "muted", "link"])
def test_text_can_be_read(name, scheme):
  assert contrast(color(name, scheme), color("paper", scheme)) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=NAMES)
def test_text_can_be_read_on_every_shade(scheme):
  for shade in np.linspace(0, 1, 101):
    ink = shade * style.FULL[scheme] / 100
    cell = ink * color("ink", scheme) + (1 - ink) * color("paper", scheme)
    text = color("on-dark" if shade > style.DARK else "on-light", scheme)
    assert contrast(text, cell) >= 4.5, shade


def test_all_variables_are_set_in_both_schemes_and_on_paper():
  for block in style.CSS.split("--ink: ")[1:]:
    declared = set(re.findall(r"--([\w-]+):", "--ink: " + block.split("}")[0]))
    assert set(style.COLORS) | {"full"} <= declared
  assert style.CSS.count("--ink: ") == 3  # Light, dark, print.
  used = set(re.findall(r"var\(--([\w-]+)\)", style.CSS))
  assert used <= set(style.COLORS) | {
      "full", "serif", "sans", "mono", "shade", "share"}


def test_rules_are_complete():
  assert style.CSS.count("{") == style.CSS.count("}")
  assert "LIGHT" not in style.CSS and "DARK" not in style.CSS
  assert "</" not in style.CSS
