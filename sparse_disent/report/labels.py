"""Labels at the ends of lines and inside of bands, in place of a legend."""
from collections.abc import Sequence

import numpy as np
from matplotlib import axes as axes_lib

_GAP = 9.5  # Points between two labels, which are lines of 8 points.
_NEAR = 2.0  # Points by which a label may be off its line without leaders.
_BESIDE, _LEADER = 4, 14  # Points from a line to its label.
_OUTSIDE = 1.05  # Left end of names beside the axes, in widths of the axes.
_PLACES = 201  # Places along a band that may be the widest.


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
    axes.annotate(key, (x, y),
                  xytext=(_LEADER if are_led else _BESIDE, offset),
                  textcoords="offset points", annotation_clip=False,
                  **_text(color),
                  arrowprops=_leader(color) if are_led else None)


def write_in_bands(axes: axes_lib.Axes, x: Sequence[float] | np.ndarray,
                   bands: list[tuple], color: str) -> None:
  """Writes the names of bands where they are widest.

  A name stands at the place of its band that has the most room for it. A name
  that fits nowhere stands beside its band, and a leader joins it with the last
  of the widest places.

  Args:
    axes: Matplotlib axes, the only ones of their figure; everything but the
      names is drawn.
    x: Ascending numbers [num_points].
    bands: List of (name, low, high), with edges [num_points]; bands that have
      no width anywhere get no name.
    color: Of the names and leaders.
  """
  grid = np.linspace(x[0], x[-1], _PLACES)
  bands = [(name, np.interp(grid, x, low), np.interp(grid, x, high))
           for name, low, high in bands if np.any(np.greater(high, low))]
  axes.figure.draw_without_rendering()  # type: ignore[union-attr]
  is_inside = [_fits(axes, grid, *band) for band in bands]
  outside = [band for band, fits in zip(bands, is_inside, strict=True)
             if not fits]
  if outside:
    _write_beside(axes, grid, outside, color)
    # The axes are narrower now.
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]
  for band, fits in zip(bands, is_inside, strict=True):
    if fits:
      place, y, _ = _roomiest(axes, grid, *band)
      axes.text(place, y, band[0], **_text(color), ha="center")


def _fits(axes, grid, name, low, high):
  _, _, room = _roomiest(axes, grid, name, low, high)
  return room >= _GAP * axes.figure.dpi / 72


def _roomiest(axes, grid, name, low, high):
  """Finds the centre of the text of a name, and the pixels of its height."""
  text = axes.text(0, 0, name, **_text("black"))
  width = text.get_window_extent().width
  text.remove()
  pixels = np.ptp(axes.transData.transform([(end, 0) for end in grid[[0, -1]]])
                  [:, 0])
  covered = int(np.ceil(width / max(pixels, 1) * (_PLACES - 1))) + 1
  if covered > _PLACES:
    return grid[0], low[0], 0.0
  lows, highs = (np.lib.stride_tricks.sliding_window_view(edge, covered)
                 for edge in (low, high))
  bottoms, tops = lows.max(axis=1), highs.min(axis=1)
  # The middle of several that are as wide.
  widest = np.flatnonzero(np.isclose(tops - bottoms, (tops - bottoms).max()))
  i = widest[len(widest) // 2]
  ends = axes.transData.transform([(0, bottoms[i]), (0, tops[i])])
  return (grid[i:i + covered].mean(), (bottoms[i] + tops[i]) / 2,
          ends[1, 1] - ends[0, 1])


def _write_beside(axes, grid, bands, color):
  """Writes names of bands beside their last widest places, with leaders.

  Those of the left half stand right of the place, as a leader to the right of
  the axes would cross the other bands.
  """
  tips = []
  for _, low, high in bands:
    widths = high - low
    i = np.flatnonzero(np.isclose(widths, widths.max()))[-1]
    tips.append((grid[i], (low[i] + high[i]) / 2))
  point, box = axes.figure.dpi / 72, axes.bbox
  heights = axes.transData.transform(tips)[:, 1]
  places = spread_out(heights, _GAP * point, box.y0, box.y1)
  for place, i in zip(places, np.argsort(heights, kind="stable"), strict=True):
    if tips[i][0] < grid[_PLACES // 2]:
      where = {"xytext": (_LEADER, (place - heights[i]) / point),
               "textcoords": "offset points"}
    else:
      where = {"xytext": (_OUTSIDE, (place - box.y0) / box.height),
               "textcoords": "axes fraction"}
    axes.annotate(bands[i][0], tips[i], annotation_clip=False, **where,
                  **_text(color), arrowprops=_leader(color))


def _text(color):
  return {"va": "center", "color": color, "size": 8, "weight": "bold"}


def _leader(color):
  return {"arrowstyle": "-", "linewidth": 0.5, "color": color, "shrinkA": 0,
          "shrinkB": 1, "relpos": (0, 0.5)}


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
