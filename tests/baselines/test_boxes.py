import numpy as np

from sparse_disent.baselines import boxes
from sparse_disent.report import drawing

QUARTILES = {"q1": 0.2, "median": 0.3, "q3": 0.5}


def draw(own, *groups):
  with drawing.style():
    figure = boxes.draw("MIG", own, list(groups))
  axes, = figure.axes
  return axes


def lines(axes):
  """Horizontal extents of what is drawn below the last text."""
  y = axes.texts[-1].get_position()[1] + 0.35
  return [tuple(line.get_xdata()) for line in axes.lines
          if np.allclose(np.mean(line.get_ydata()), y)
          and len(line.get_xdata()) == 2]


def test_own_runs_are_points_above_the_boxes():
  axes = draw([("mine A", [0.1, 0.4])], ("study", [("b 1", QUARTILES, [])]))
  points, = (line for line in axes.lines if line.get_marker() == "o")
  assert list(points.get_xdata()) == [0.1, 0.4]
  assert not points.get_clip_on()  # Those at the edges are whole.
  heights = [text.get_position()[1] for text in axes.texts]
  assert [text.get_text() for text in axes.texts] == ["mine A", "study", "b 1"]
  assert heights == sorted(heights)
  assert heights[0] < points.get_ydata()[0] < heights[1]
  assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_a_box_reaches_from_quartile_to_quartile():
  axes = draw([], ("study", [("b", QUARTILES, [])]))
  box, = axes.patches
  assert np.allclose([box.get_x(), box.get_width()], [0.2, 0.3])
  assert lines(axes) == [(0.3, 0.3)]  # The median; no extremes are known.


def test_extremes_are_thin_lines():
  marks = {"min": 0.1, "max": 0.9, **QUARTILES}
  axes = draw([], ("study", [("b", marks, [0.1, 0.2, 0.3, 0.5, 0.9])]))
  assert sorted(lines(axes)) == [(0.1, 0.2), (0.3, 0.3), (0.5, 0.9)]


def test_without_quartiles_there_is_no_box():
  axes = draw([], ("v", [("b", {"min": 0.1, "median": 0.2, "max": 0.9}, [])]))
  assert not axes.patches
  assert sorted(lines(axes)) == [(0.1, 0.9), (0.2, 0.2)]


def test_few_samples_are_strokes_not_a_box():
  axes = draw([], ("s", [("b", QUARTILES, [0.1, 0.2, 0.6])]))
  assert not axes.patches and not lines(axes)
  strokes, = axes.collections
  assert [path.vertices[0, 0] for path in strokes.get_paths()] == [
      0.1, 0.2, 0.6]


def test_pictures_are_of_greys_alone():
  """What tells rows apart is shape and place, not colour."""
  used = {drawing.ink(name) for name in ("ink", "muted", "rule")}
  marks = {"min": 0.1, "max": 0.9, **QUARTILES}
  axes = draw([("a", [1, 2])], ("s", [("b", marks, [])]))
  assert {line.get_color() for line in axes.lines} <= used


def test_long_labels_keep_what_matters_and_all_of_the_width():
  label = "DIP-VAE dip_type=i lambda_d_factor=10 " + "x" * 30 + " lambda_od=20"
  axes = draw([], ("study", [(label, QUARTILES, [])]))
  axes.figure.draw_without_rendering()
  assert axes.texts[-1].get_text().replace("\n", " ") == label
  assert "\n" in axes.texts[-1].get_text()
  width = axes.get_window_extent().width / axes.figure.bbox.width
  assert width > 0.9 and not list(axes.get_yticks())
