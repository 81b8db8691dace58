import numpy as np
import pytest

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
      (text.get_window_extent().y0, text.get_text()) for text in axes.texts)
  assert [text for _, text in (low, first, second)] == ["c", "a", "b"]
  assert second[0] - first[0] > 8 * figure.dpi / 72


def test_nothing_to_write():
  _, axes = drawing.axes(2.0)
  labels.write_at_ends(axes, [("", 0, 0, "black")])
  assert not axes.texts


@pytest.mark.parametrize("places, expected", [
    ([5.0], [5.0]),
    ([10.0, 50.0, 90.0], [10, 50, 90]),
    ([50.0, 50.0, 50.0], [50, 60, 70]),
    ([99.0, 98.0, 97.0], [80, 90, 100]),
    ([-5.0, 200.0], [0, 100]),
    ([0.0] * 12, range(0, 120, 10))])
def test_labels_do_not_overlap(places, expected):
  np.testing.assert_allclose(
      labels.spread_out(places, 10.0, 0.0, 100.0), expected)
