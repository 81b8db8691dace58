"""Labels at the ends of lines, in place of a legend."""
from collections.abc import Sequence

import numpy as np
from matplotlib import axes as axes_lib


def write_at_ends(axes: axes_lib.Axes, ends: list[tuple]) -> None:
  """Writes labels at the right ends of lines, without overlap.

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
  to_pixels = axes.transData.transform
  heights = [to_pixels((x, y))[1] for _, x, y, _ in ends]
  gap = axes.figure.dpi * 9.5 / 72
  low, high = axes.bbox.y0, axes.bbox.y1
  for place, i in zip(spread_out(heights, gap, low, high),
                      np.argsort(heights, kind="stable"), strict=True):
    key, x, _, color = ends[i]
    y = axes.transData.inverted().transform((0, place))[1]
    axes.annotate(key, (x, y), xytext=(4, 0), textcoords="offset points",
                  va="center", color=color, size=8, weight="bold",
                  annotation_clip=False)


def spread_out(places: Sequence[float], gap: float, low: float,
               high: float) -> np.ndarray:
  """Moves places as little as needed to be a gap apart, within limits.

  Args:
    places: List of numbers.
    gap: Smallest distance of two results.
    low: Lower limit.
    high: Upper limit; the results exceed it only if there is no room.

  Returns:
    places: The new places, ascending.
  """
  result = np.maximum(np.sort(places), low)
  for i in range(1, len(result)):
    result[i] = max(result[i], result[i - 1] + gap)
  result[-1] = max(min(result[-1], high), low + gap * (len(result) - 1))
  for i in range(len(result) - 2, -1, -1):
    result[i] = min(result[i], result[i + 1] - gap)
  return result
