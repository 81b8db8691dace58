import numpy as np
import pytest
from matplotlib import text as text_lib
from scipy import optimize

from sparse_disent.report import drawing
from sparse_disent.report import labels


def test_labels_stand_at_their_lines_and_apart():
  with drawing.style():
    figure, axes = drawing.axes(2.0)
    axes.plot([0, 1], [0, 1])
    labels.write_at_ends(axes, [
        ("a", 1, 0.5, "black"), ("", 1, 0.9, "black"), ("b", 1, 0.5, "black"),
        ("c", 1, 0.0, "black")])
    figure.draw_without_rendering()
  low, first, second = sorted(
      (text_lib.Text.get_window_extent(text).y0, text.get_text())
      for text in axes.texts)
  assert [text for _, text in (low, first, second)] == ["c", "a", "b"]
  assert second[0] - first[0] > 8 * figure.dpi / 72


@pytest.mark.parametrize("heights, is_led", [
    ((0.1, 0.9), False), ((0.5, 0.5), True)])
def test_leaders_join_labels_with_the_ends_of_their_lines(heights, is_led):
  with drawing.style():
    figure, axes = drawing.axes(2.0)
    axes.plot([0, 1], [0, 1])
    labels.write_at_ends(
        axes, [("a", 1, y, "black") for y in heights])
    figure.draw_without_rendering()
  for text, height in zip(axes.texts, heights, strict=True):
    assert (text.arrow_patch is not None) == is_led
    if is_led:
      near, far = text.arrow_patch.get_path().vertices[[-1, 0]]
      end = axes.transData.transform((1, height))
      points = figure.dpi / 72
      assert np.hypot(*(near - end)) < 1.5 * points
      assert 10 * points < far[0] - end[0] < 15 * points


def test_nothing_to_write():
  _, axes = drawing.axes(2.0)
  labels.write_at_ends(axes, [("", 0, 0, "black")])
  assert not axes.texts


@pytest.mark.parametrize("places, expected", [
    ([5.0], [5.0]),
    ([10.0, 50.0, 90.0], [10, 50, 90]),
    ([50.0, 50.0, 50.0], [40, 50, 60]),
    ([50.0, 51.0], [45.5, 55.5]),
    ([99.0, 98.0, 97.0], [80, 90, 100]),
    ([-5.0, 200.0], [0, 100]),
    ([0.0] * 12, range(0, 120, 10))])
def test_labels_do_not_overlap(places, expected):
  np.testing.assert_allclose(
      labels.spread_out(places, 10.0, 0.0, 100.0), expected)


def test_labels_move_as_little_as_a_solver_finds():
  places = np.random.RandomState(0).uniform(0, 100, size=6)
  found = optimize.minimize(
      lambda x: np.sum((x - np.sort(places))**2), np.linspace(0, 100, 6),
      bounds=[(0, 100)] * 6, method="SLSQP", options={"ftol": 1e-10},
      constraints={"type": "ineq", "fun": lambda x: np.diff(x) - 15})
  assert found.success
  np.testing.assert_allclose(
      labels.spread_out(places, 15.0, 0.0, 100.0), found.x, atol=1e-3)


def in_bands(*bands):
  """Writes names of bands from step 0 to 100; they add up to 10."""
  with drawing.style():
    figure, axes = drawing.axes(2.3)
    axes.axis((0, 100, 0, 10))
    labels.write_in_bands(axes, np.arange(0, 101, 10), list(bands), "black")
    figure.draw_without_rendering()
  inverse = axes.transData.inverted()
  return {text.get_text(): (text, inverse.transform_bbox(
      text_lib.Text.get_window_extent(text))) for text in axes.texts}


def test_names_stand_inside_of_bands_where_these_are_widest():
  """The band ends at step 70, and is widest from step 20 to 60."""
  edge = np.array([2.0, 2, 8, 8, 8, 8, 8, 0, 0, 0, 0])
  text, box = in_bands(("low", 0 * edge, edge), ("high", edge, 0 * edge + 10))[
      "low"]
  assert 20 <= box.x0 < box.x1 <= 60 and 0 <= box.y0 < box.y1 <= 8
  assert getattr(text, "arrow_patch", None) is None


def test_a_band_without_width_has_no_name():
  zero = np.zeros(11)
  assert list(in_bands(("none", zero, zero), ("all", zero, zero + 10))) == [
      "all"]


@pytest.mark.parametrize("widest, is_outside", [(0, False), (10, True)])
def test_names_that_fit_nowhere_are_joined_with_their_bands(widest, is_outside):
  edge = np.full(11, 9.9)
  edge[widest] = 9.5
  found = in_bands(("low", 0 * edge, edge), ("thin", edge, 0 * edge + 10))
  text, box = found["thin"]
  assert text.arrow_patch is not None and text.xy == (10 * widest, 9.75)
  assert (box.x0 > 100) == is_outside
  assert 0 <= found["low"][1].x0 < found["low"][1].x1 <= 100
