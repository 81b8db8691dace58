"""Figures of matplotlib, drawn."""


def drawn(figure):
  """Draws a figure, as warnings come only then, and returns its axes."""
  figure.draw_without_rendering()
  axes, = figure.axes
  return axes
