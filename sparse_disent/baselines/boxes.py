"""Draws own runs as points above published distributions as boxes."""
import textwrap

import numpy as np
from matplotlib import figure as figure_lib
from matplotlib import ticker

from sparse_disent.baselines import distributions
from sparse_disent.report import drawing

_BOX = 0.25  # Half of a box's height; the distance of two rows is 1.
_LINE = 0.68  # Height of a line of text.
_INCH = 0.175  # Of a unit of height.
_SIZE = 7
_CHARACTERS = 58  # Of a line of text over the whole width.


def draw(title: str, own: list[tuple],
         groups: list[tuple]) -> figure_lib.Figure:
  """Draws own runs and published distributions of one score.

  Args:
    title: Title of the chart.
    own: List of (label, values), one for each own model.
    groups: List of (name, rows): a source and its baselines. A row is (label,
      landmarks, values): `landmarks` is as of a `Distribution`, and `values`
      is empty if only landmarks are known.

  Returns:
    A matplotlib figure.
  """
  rows = _rows(own, groups)
  height = rows[-1][0] + _BOX if rows else 1
  figure, axes = drawing.axes(0.6 + _INCH * height)
  for y, text, style, draw in rows:
    axes.text(0, y - (_BOX + 0.1 if draw else 0), text, size=_SIZE,
              va="bottom", transform=axes.get_yaxis_transform(),
              linespacing=1.1, **style).set_in_layout(False)
    if draw:
      draw(axes, y)
  if own and groups:
    axes.axhline(rows[len(own) - 1][0] + _BOX + 0.15, color=drawing.ink("ink"),
                 linewidth=0.6)
  _finish(axes, title, height)
  return figure


def _rows(own, groups):
  """Lists (y, text, its style, function that draws below the text or None).

  Each text has lines of its own above its marks, so that marks have the whole
  width, on a telephone too.
  """
  rows, y = [], 0.0

  def add(text, draw=None, **style):
    nonlocal y
    text = textwrap.fill(text, _CHARACTERS)
    y += _LINE * (text.count("\n") + 1) + (2 * _BOX + 0.3 if draw else 0.65)
    rows.append((y, text, style, draw))

  for label, values in own:
    add(label, lambda axes, y, values=values: _points(axes, y, values))
  for name, boxes in groups:
    add(name, weight="bold", color=drawing.ink("muted"))
    for label, landmarks, values in boxes:
      add(label, lambda axes, y, found=(landmarks, values): _box(
          axes, y, *found))
  return rows


def _points(axes, y, values):
  if len(values) > 1:
    axes.plot([np.median(values)] * 2, [y - _BOX, y + _BOX],
              color=drawing.ink("ink"), linewidth=1.4)
  axes.plot(values, np.full(len(values), y), "o", markersize=4.5,
            markerfacecolor=drawing.ink("ink"), markeredgewidth=0,
            color=drawing.ink("ink"), alpha=0.75, clip_on=False)


def _box(axes, y, landmarks, values):
  """A box from quartile to quartile with a line to each extreme.

  Of few samples each is a stroke; where quartiles are not known there is no
  box.
  """
  ink = drawing.ink("muted")
  if 0 < len(values) < distributions.FEWEST:
    axes.vlines(values, y - _BOX, y + _BOX, color=ink, linewidth=1)
    return
  if "q1" in landmarks:
    axes.barh(y, landmarks["q3"] - landmarks["q1"], left=landmarks["q1"],
              height=2 * _BOX, facecolor=drawing.ink("rule"), edgecolor=ink,
              linewidth=0.7)
    edges = ("min", "q1"), ("q3", "max")
  else:
    edges = (("min", "max"),)
  for start, end in edges:
    if start in landmarks and end in landmarks:
      axes.plot([landmarks[start], landmarks[end]], [y, y], color=ink,
                linewidth=0.8, solid_capstyle="butt")
  axes.plot([landmarks["median"]] * 2, [y - _BOX, y + _BOX],
            color=drawing.ink("ink"), linewidth=1.2)


def _finish(axes, title, height):
  axes.set_ylim(height + 0.2, 0)
  axes.set_yticks([])
  axes.spines["left"].set_visible(False)
  axes.grid(axis="x", color=drawing.ink("rule"), linewidth=0.5)
  axes.set_axisbelow(True)
  axes.margins(x=0.06)
  axes.xaxis.set_major_locator(ticker.MaxNLocator(4))
  axes.figure.suptitle(title, x=0.01, ha="left", size=9, weight="bold")
