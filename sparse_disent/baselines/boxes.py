"""Draws own runs as points above published distributions as boxes."""
import numpy as np
from matplotlib import figure as figure_lib
from matplotlib import ticker

from sparse_disent.baselines import distributions
from sparse_disent.report import drawing

_BOX = 0.32  # Half of a box's height; the distance of two rows is 1.


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
  count = len(own) + sum(1 + len(rows) for _, rows in groups)
  figure, axes = drawing.axes(0.6 + 0.175 * count)
  labels, heads = [], []
  for label, values in own:
    _points(axes, len(labels), values)
    labels.append(label)
  axes.axhline(len(labels) - 0.5, color=drawing.ink("ink"), linewidth=0.6)
  for name, rows in groups:
    heads.append((len(labels), name))
    labels.append("")  # The name is written over the whole width.
    for label, landmarks, values in rows:
      _box(axes, len(labels), landmarks, values)
      labels.append(label)
  _finish(axes, title, labels, heads)
  return figure


def _points(axes, y, values):
  if len(values) > 1:
    axes.plot([np.median(values)] * 2, [y - _BOX, y + _BOX],
              color=drawing.ink("ink"), linewidth=1.4)
  axes.plot(values, np.full(len(values), y), "o", markersize=4.5,
            markerfacecolor=drawing.ink("ink"), markeredgewidth=0,
            color=drawing.ink("ink"), alpha=0.75)


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


def _finish(axes, title, labels, heads):
  axes.set_ylim(len(labels) - 0.4, -0.6)
  axes.set_yticks(range(len(labels)), labels, size=7)
  for y, name in heads:
    axes.annotate(name, (0.01, y), xycoords=("figure fraction", "data"),
                  size=7, va="center", weight="bold",
                  color=drawing.ink("muted"), annotation_clip=False)
  axes.spines["left"].set_visible(False)
  axes.tick_params(axis="y", length=0)
  axes.grid(axis="x", color=drawing.ink("rule"), linewidth=0.5)
  axes.set_axisbelow(True)
  axes.margins(x=0.04)
  axes.xaxis.set_major_locator(ticker.MaxNLocator(4))
  axes.figure.suptitle(title, x=0.01, ha="left", size=9, weight="bold")
