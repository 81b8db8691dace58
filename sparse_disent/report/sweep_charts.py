"""The charts of a sweep: scores over settings, and their rank correlation."""
from collections.abc import Sequence

import numpy as np
from matplotlib import figure as figure_lib
from matplotlib import ticker

from sparse_disent.report import charts
from sparse_disent.report import drawing
from sparse_disent.report import labels

_MOST_TICKS = 8


def over(title: str, setting: str, series: list[tuple], *,
         ticks: Sequence[float], log: bool = False,
         is_joined: bool = True) -> figure_lib.Figure:
  """Draws a score over a setting, with the spread over seeds.

  Args:
    title: Title of the chart.
    setting: Label of the horizontal axis.
    series: List of (key, index, points): the label of a line, the index of its
      style, and pairs of a value of the setting and the scores of its runs.
    ticks: Values to mark on the horizontal axis.
    log: Whether the horizontal axis is logarithmic.
    is_joined: Whether a line joins the medians, and a band the quartiles.

  Returns:
    A matplotlib figure.
  """
  figure, axes = drawing.axes(2.3)
  ends = []
  for key, index, points in series:
    style = drawing.line(index)
    places = [place for place, _ in points]
    lower, median, upper = np.transpose([
        np.quantile(values, [0.25, 0.5, 0.75]) for _, values in points])
    if any(len(values) > 1 for _, values in points):
      if is_joined:
        axes.fill_between(places, lower, upper, color=style["color"],
                          alpha=charts.BAND, linewidth=0)
      for place, values in points:
        axes.plot([place] * len(values), values, ".", markersize=3,
                  color=style["color"])
    axes.plot(places, median, marker="o", markersize=3.5,
              **style if is_joined else {**style, "linestyle": ""})
    ends.append((key, places[-1], median[-1], style["color"]))
  if log:
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(ticker.NullLocator())
  if len(ticks) <= _MOST_TICKS:
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
  axes.margins(y=0.08)
  axes.yaxis.set_major_locator(ticker.MaxNLocator(5))
  charts.write_title(axes, title)
  axes.set_xlabel(setting)
  axes.grid(axis="y", color=drawing.ink("rule"), linewidth=0.5)
  axes.set_axisbelow(True)
  labels.write_at_ends(axes, ends)
  return figure


def correlations(title: str, values: np.ndarray,
                 names: Sequence[str]) -> figure_lib.Figure:
  """Draws correlations of pairs as shades; red is negative.

  Rows are all scores but the first, and columns all but the last, so that each
  has a pair. The label of the columns names the first score.

  Args:
    title: Title of the chart.
    values: [num_names, num_names], from -1 to 1, or NaN.
    names: At least two names of scores, which begin with their numbers.

  Returns:
    A matplotlib figure.
  """
  size = len(names) - 1
  figure, axes = drawing.axes(0.9 + 0.2 * size)
  shown = np.where(np.tri(size, dtype=bool), values[1:, :-1], np.nan)
  axes.imshow(shown, cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
  for i, j in np.argwhere(~np.isnan(shown)):
    axes.text(j, i, f"{shown[i, j]:.2f}", ha="center", va="center", size=6,
              color="white" if abs(shown[i, j]) > 0.55 else "black")
  axes.set_xticks(range(size), [name.split()[0] for name in names[:-1]])
  axes.set_yticks(range(size), names[1:])
  number, _, first = names[0].partition(" ")
  axes.set_xlabel(f"column {number}: {first}", loc="left", size=7)
  axes.tick_params(length=0)
  axes.spines[:].set_visible(False)
  charts.write_title(axes, title)
  return figure
