"""Labels at the ends of lines, in place of a legend."""
from collections.abc import Sequence

import numpy as np
from matplotlib import axes as axes_lib

_GAP = 9.5  # Points between two labels, which are lines of 8 points.
_NEAR = 2.0  # Points by which a label may be off its line without leaders.
_BESIDE, _LEADER = 4, 14  # Points from a line to its label.


def write_at_ends(axes: axes_lib.Axes, ends: list[tuple]) -> None:
  """Writes labels at the right ends of lines, without overlap.

  If a label cannot stand at the height of its line, all labels stand further
  to the right, and thin leaders join them with the ends of their lines.

  Args:
    axes: Matplotlib axes, the only ones of their figure; everything but the
      labels is drawn.
    ends: List of (key, x, y, color).
  """
  ends = [end for end in ends if end[0]]
  if not ends:
    return
  # Computes the layout.
  axes.figure.draw_without_rendering()  # type: ignore[union-attr]
  point = axes.figure.dpi / 72  # Pixels.
  heights = np.array([
      axes.transData.transform((x, y))[1] for _, x, y, _ in ends])
  order = np.argsort(heights, kind="stable")
  places = spread_out(heights, _GAP * point, axes.bbox.y0, axes.bbox.y1)
  offsets = (places - heights[order]) / point
  are_led = np.abs(offsets).max() > _NEAR
  for offset, i in zip(offsets, order, strict=True):
    key, x, y, color = ends[i]
    leader = {"arrowstyle": "-", "linewidth": 0.5, "color": color, "shrinkA": 0,
              "shrinkB": 1, "relpos": (0, 0.5)}
    axes.annotate(key, (x, y),
                  xytext=(_LEADER if are_led else _BESIDE, offset),
                  textcoords="offset points", va="center", color=color, size=8,
                  weight="bold", annotation_clip=False,
                  arrowprops=leader if are_led else None)


def spread_out(places: Sequence[float] | np.ndarray, gap: float, low: float,
               high: float) -> np.ndarray:
  """Moves places as little as needed to be a gap apart, within limits.

  The results p minimize

    sum_i (p_i - x_i)^2,  p_i >= p_(i - 1) + gap,  low <= p_i <= high

  with the places x in ascending order. Isotonic regression of x_i - i gap
  gives p_i - i gap.

  Args:
    places: List of numbers.
    gap: Smallest distance of two results.
    low: Lower limit.
    high: Upper limit; the results exceed it only if there is no room.

  Returns:
    places: The new places, ascending.
  """
  from sklearn import isotonic  # It takes a second to import.
  shifts = gap * np.arange(len(places))
  return shifts + isotonic.isotonic_regression(
      np.sort(places) - shifts, y_min=low, y_max=max(low, high - shifts[-1]))
