import numpy as np

from sparse_disent.baselines import boxes
from sparse_disent.report import drawing

QUARTILES = {"q1": 0.2, "median": 0.3, "q3": 0.5}


def draw(own, *groups):
  with drawing.style():
    figure = boxes.draw("MIG", own, list(groups))
  axes, = figure.axes
  return axes


def lines(axes, y):
  """Horizontal extents of what is drawn around a row."""
  return [tuple(line.get_xdata()) for line in axes.lines
          if np.allclose(np.mean(line.get_ydata()), y)
          and len(line.get_xdata()) == 2]


def test_own_runs_are_points_above_the_boxes():
  axes = draw([("mine A", [0.1, 0.4])], ("study", [("b 1", QUARTILES, [])]))
  points, = (line for line in axes.lines if line.get_marker() == "o")
  assert list(points.get_xdata()) == [0.1, 0.4]
  assert list(points.get_ydata()) == [0, 0]
  labels = [label.get_text() for label in axes.get_yticklabels()]
  assert labels == ["mine A", "", "b 1"]
  assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_a_box_reaches_from_quartile_to_quartile():
  axes = draw([], ("study", [("b", QUARTILES, [])]))
  box, = axes.patches
  assert np.allclose([box.get_x(), box.get_width()], [0.2, 0.3])
  assert lines(axes, 1) == [(0.3, 0.3)]  # The median; no extremes are known.


def test_extremes_are_thin_lines():
  marks = {"min": 0.1, "max": 0.9, **QUARTILES}
  axes = draw([], ("study", [("b", marks, [0.1, 0.2, 0.3, 0.5, 0.9])]))
  assert sorted(lines(axes, 1)) == [(0.1, 0.2), (0.3, 0.3), (0.5, 0.9)]


def test_without_quartiles_there_is_no_box():
  axes = draw([], ("v", [("b", {"min": 0.1, "median": 0.2, "max": 0.9}, [])]))
  assert not axes.patches
  assert sorted(lines(axes, 1)) == [(0.1, 0.9), (0.2, 0.2)]


def test_few_samples_are_strokes_not_a_box():
  axes = draw([], ("s", [("b", QUARTILES, [0.1, 0.2, 0.6])]))
  assert not axes.patches and not lines(axes, 1)
  strokes, = axes.collections
  assert [path.vertices[0, 0] for path in strokes.get_paths()] == [
      0.1, 0.2, 0.6]


def test_pictures_are_of_greys_alone():
  """What tells rows apart is shape and place, not colour."""
  used = {drawing.ink(name) for name in ("ink", "muted", "rule")}
  marks = {"min": 0.1, "max": 0.9, **QUARTILES}
  axes = draw([("a", [1, 2])], ("s", [("b", marks, [])]))
  assert {line.get_color() for line in axes.lines} <= used
