"""The charts of a report, drawn with matplotlib."""
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colors
from matplotlib import figure as figure_lib
from matplotlib import ticker

from sparse_disent.report import drawing
from sparse_disent.report import labels

BAND = 0.18  # Opacity of the band between the quartiles.
OPEN = 0.9  # Gates above count as open, not as partly open.
_GATES = (0.5, 0.2, 0.0)  # Opacity of open, partly open and closed gates.
_SAME_DENSITY = 0.02  # Layers that differ by less get a single label.


def dots(title: str, rows: list[tuple]) -> figure_lib.Figure:
  """Draws scores as dots above their median and quartiles.

  Args:
    title: Title of the chart.
    rows: List of (key, values): a model's letter and the scores of its runs.

  Returns:
    A matplotlib figure.
  """
  figure, axes = drawing.axes(0.62 + 0.24 * len(rows))
  for y, (_, values) in enumerate(rows):
    if len(values) > 1:
      lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75])
      axes.plot([lower, upper], [y, y], color=drawing.ink("rule"),
                linewidth=7, solid_capstyle="butt")
      axes.plot([median, median], [y - 0.32, y + 0.32],
                color=drawing.ink("ink"), linewidth=1.4)
    axes.plot(values, np.full(len(values), y), "o", markersize=4.5,
              markerfacecolor="none", markeredgewidth=0.9,
              color=drawing.ink("ink"), clip_on=False)
  axes.set_ylim(len(rows) - 0.5, -0.5)
  axes.set_yticks(range(len(rows)), [key for key, _ in rows])
  axes.spines["left"].set_visible(False)
  axes.tick_params(axis="y", length=0)
  axes.grid(axis="x", color=drawing.ink("rule"), linewidth=0.5)
  axes.set_axisbelow(True)
  axes.margins(x=0.08)
  axes.xaxis.set_major_locator(ticker.MaxNLocator(5))
  write_title(axes, title)
  return figure


def curves(title: str, unit: str, series: list[tuple], *,
           log: bool = False) -> figure_lib.Figure:
  """Draws quantities over training steps.

  Args:
    title: Title of the chart.
    unit: Label of the vertical axis.
    series: List of (key, index, steps, values): a model's letter, the index of
      its line style, integers [num_steps], and numbers [num_runs, num_steps].
      The median of the runs is drawn above a band between the quartiles.
    log: Whether the vertical axis is logarithmic.

  Returns:
    A matplotlib figure.
  """
  figure, axes = drawing.axes(2.3)
  ends = []
  for key, index, steps, values in series:
    lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    style = drawing.line(index)
    if len(values) > 1:
      axes.fill_between(steps, lower, upper, color=style["color"],
                        alpha=BAND, linewidth=0)
    _line(axes, steps, median, style)
    ends.append((key, steps[-1], median[-1], style["color"]))
  if log:
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_formatter(ticker.NullFormatter())
  else:
    _include_zero(axes)
  _over_steps(axes, title, unit)
  labels.write_at_ends(axes, ends)
  return figure


def gates(title: str, steps: np.ndarray, closed: np.ndarray, partly: np.ndarray,
          fully: np.ndarray) -> figure_lib.Figure:
  """Draws how many gates are closed, partly open and open over training.

  Args:
    title: Title of the chart.
    steps: Integers [num_steps].
    closed: Numbers of closed gates [num_steps].
    partly: Numbers of gates that are neither closed nor above `OPEN`
      [num_steps].
    fully: Numbers of gates above `OPEN` [num_steps].

  Returns:
    A matplotlib figure.
  """
  figure, axes = drawing.axes(2.3)
  edges = np.cumsum([np.zeros(len(steps)), fully, partly, closed], axis=0)
  axes.stackplot(
      steps, fully, partly, closed, linewidth=0.6,
      # Text can be read on all three, on a dark page as well.
      colors=[colors.to_rgba(drawing.ink("line-1"), opacity)
              for opacity in _GATES], edgecolor=drawing.ink("ink"))
  axes.set_ylim(0, edges[-1].max())
  axes.yaxis.set_major_locator(ticker.MaxNLocator(5, integer=True))
  _over_steps(axes, title, "gates")
  names = f"open (above {OPEN:g})", "partly open", "closed"
  labels.write_in_bands(
      axes, steps, list(zip(names, edges[:-1], edges[1:], strict=True)),
      drawing.ink("ink"))
  return figure


def densities(title: str, layers: dict[str, tuple]) -> figure_lib.Figure:
  """Draws the densities of masked layers over training.

  Layers of the encoder are blue and those of the decoder orange. Dashes tell
  the layers of a network apart.

  Args:
    title: Title of the chart.
    layers: Dictionary from names ("encoder/e2") to (steps, densities).

  Returns:
    A matplotlib figure.
  """
  # Each label is a line, below a title and above the steps.
  figure, axes = drawing.axes(max(2.3, 0.75 + 0.135 * len(layers)))
  ends = []
  drawn: dict[str, int] = {"encoder": 0, "decoder": 0}
  for name, (steps, values) in layers.items():
    network, _, layer = name.partition("/")
    index = drawn.setdefault(network, 0)
    drawn[network] += 1
    style = drawing.shade(list(drawn).index(network), index)
    _line(axes, steps, values, {**style, "linewidth": 1.1})
    ends.append((layer or network, steps[-1], values[-1], style["color"]))
  axes.set_ylim(0, 1.02)
  _over_steps(axes, title, "density")
  if np.ptp([value for _, _, value, _ in ends]) < _SAME_DENSITY:
    ends = [(f"all {len(ends)}", *ends[0][1:3], drawing.ink("ink"))]
  labels.write_at_ends(axes, ends)
  return figure


def prefixes(title: str, unit: str, series: list[tuple]) -> figure_lib.Figure:
  """Draws a reconstruction loss for each prefix of the groups.

  Args:
    title: Title of the chart.
    unit: Label of the vertical axis.
    series: List of (key, index, values): a model's letter, the index of its
      line style, and losses [num_runs, num_prefixes].

  Returns:
    A matplotlib figure.
  """
  figure, axes = drawing.axes(2.3)
  ends = []
  for key, index, values in series:
    lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    numbers = np.arange(1, len(median) + 1)
    style = drawing.line(index)
    axes.plot(numbers, median, marker="o", markersize=4, clip_on=False, **style)
    if len(values) > 1:
      axes.vlines(numbers, lower, upper, color=style["color"], linewidth=1)
    ends.append((key, numbers[-1], median[-1], style["color"]))
  axes.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
  _include_zero(axes)
  write_title(axes, title)
  axes.set_xlabel("groups decoded")
  axes.set_ylabel(unit)
  axes.grid(axis="y", color=drawing.ink("rule"), linewidth=0.5)
  labels.write_at_ends(axes, ends)
  return figure


def matrix(title: str, values: np.ndarray, rows: Sequence[str],
           columns: Sequence[str]) -> figure_lib.Figure:
  """Draws a matrix as shades of grey with its numbers.

  Args:
    title: Title of the chart.
    values: [num_rows, num_columns], from 0 (white) to 1 (dark).
    rows: Names of the rows.
    columns: Names of the columns.

  Returns:
    A matplotlib figure.
  """
  values = np.asarray(values, np.float64)
  figure, axes = drawing.axes(0.7 + 0.2 * len(rows))
  axes.imshow(values, cmap="Greys", vmin=0, vmax=1.15, aspect="auto")
  for i, j in np.ndindex(values.shape):
    axes.text(j, i, f"{values[i, j]:.2f}", ha="center", va="center", size=7,
              color="white" if values[i, j] > 0.55 else "black")
  axes.set_xticks(range(len(columns)), columns)
  axes.set_yticks(range(len(rows)), rows)
  axes.tick_params(length=0)
  axes.spines[:].set_visible(False)
  write_title(axes, title)
  return figure


def _line(axes, steps, values, style):
  """Draws a line, or a point where there is one step: a line has no length."""
  point = {"marker": "o", "markersize": 4, "clip_on": False}
  axes.plot(steps, values, **style, **(point if len(steps) == 1 else {}))


def write_title(axes: Any, title: str) -> None:
  """Writes the title above all else, from the left edge of the picture."""
  axes.figure.suptitle(title, x=0.01, ha="left", size=9, weight="bold")


def _over_steps(axes, title, unit):
  write_title(axes, title)
  axes.set_xlabel("training step")
  axes.set_ylabel(unit)
  axes.set_xlim(left=0)
  axes.margins(x=0)
  axes.xaxis.set_major_locator(ticker.MaxNLocator(4))
  axes.xaxis.set_major_formatter(ticker.FuncFormatter(_thousands))
  axes.grid(axis="y", color=drawing.ink("rule"), linewidth=0.5)
  axes.set_axisbelow(True)


def _include_zero(axes):
  """Starts the vertical axis at 0 unless something is below it."""
  if axes.dataLim.y0 >= 0:
    axes.set_ylim(bottom=0)


def _thousands(value, _):
  return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"
