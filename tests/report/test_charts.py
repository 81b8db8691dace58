import numpy as np
import pytest
from support.drawn_figures import drawn

from sparse_disent.report import charts
from sparse_disent.report import drawing


@pytest.fixture(autouse=True)
def style():
  with drawing.style():
    yield


def texts(axes):
  return [text.get_text() for text in axes.texts]


def test_dots_are_the_runs_and_lines_their_quartiles():
  axes = drawn(charts.dots("MIG", [("A", [0.1, 0.2, 0.4]), ("B", [0.3])]))
  bar, median, runs, single = axes.lines
  np.testing.assert_allclose(bar.get_xdata(), [0.15, 0.3])
  np.testing.assert_allclose(median.get_xdata(), [0.2, 0.2])
  np.testing.assert_allclose(runs.get_xdata(), [0.1, 0.2, 0.4])
  np.testing.assert_allclose(single.get_xdata(), [0.3])
  assert [label.get_text() for label in axes.get_yticklabels()] == ["A", "B"]
  assert axes.yaxis_inverted()


def test_curves_are_medians_with_bands():
  steps = np.array([0, 100, 200])
  values = np.array([[1.0, 2, 3], [3.0, 4, 5], [8.0, 9, 10]])
  axes = drawn(charts.curves("Loss", "nats", [
      ("A", 0, steps, values), ("B", 1, steps, values[:1])]))
  np.testing.assert_allclose(axes.lines[0].get_ydata(), [3, 4, 5])
  np.testing.assert_allclose(axes.lines[1].get_ydata(), [1, 2, 3])
  band, = axes.collections  # One run has no band.
  low, high = band.get_datalim(axes.transData).intervaly
  assert (low, high) == pytest.approx((2.0, 7.5))
  assert texts(axes) == ["B", "A"]
  assert axes.lines[0].get_linestyle() != axes.lines[1].get_linestyle()
  assert axes.get_ylim()[0] == 0


def test_curves_on_a_logarithmic_axis_and_below_zero():
  steps, values = np.array([0, 1]), np.array([[1.0, 1000.0]])
  axes = drawn(charts.curves("x", "nats", [("", 0, steps, values)], log=True))
  assert axes.get_yscale() == "log" and texts(axes) == []
  axes = drawn(charts.curves("x", "nats", [("", 0, steps, -values)]))
  assert axes.get_ylim()[0] < -1000


def test_a_curve_of_one_point_is_a_point():
  """And it is whole, though it stands at the end of the axes."""
  one = np.array([100])
  for figure in (
      charts.curves("x", "nats", [("", 0, one, np.array([[2.0]]))]),
      charts.densities("x", {"encoder/e2": (one, [0.5])})):
    line, = drawn(figure).lines
    assert line.get_marker() == "o" and not line.get_clip_on()
  line, = drawn(charts.curves("x", "nats", [
      ("", 0, np.array([0, 1]), np.array([[1.0, 2.0]]))])).lines
  assert line.get_marker() == "None"


def test_gates_add_up():
  axes = drawn(charts.gates(
      "Gates", [0, 10], np.array([0.0, 3]), np.array([4.0, 0]),
      np.array([0.0, 1])))
  assert axes.get_ylim() == (0, 4)
  # All are partly open at first, and none at the end.
  assert sorted(texts(axes)) == ["closed", "open (above 0.9)", "partly open"]


def test_gates_that_are_never_partly_open():
  zero, ones = np.zeros(2), np.ones(2)
  axes = drawn(charts.gates("Gates", [0, 10], zero, zero, ones))
  assert texts(axes) == ["open (above 0.9)"]


def test_densities_name_the_layers():
  axes = drawn(charts.densities("Density", {
      "encoder/e2": ([0, 1], [1.0, 0.5]), "decoder/d1": ([0, 1], [1.0, 0.7])}))
  assert texts(axes) == ["e2", "d1"]
  axes = drawn(charts.densities("Density", {
      "encoder/e2": ([0, 1], [1.0, 0.5]), "decoder/d1": ([0, 1], [1.0, 0.51])}))
  assert texts(axes) == ["all 2"]


def test_no_two_layers_have_the_same_line():
  axes = drawn(charts.densities("Density", {
      f"{network}/{i}": ([0, 1], [1.0, 0.1 + i / 20])
      for network in ("decoder", "encoder", "head") for i in range(12)}))
  assert len({(line.get_color(), line._unscaled_dash_pattern[1],
               line.get_alpha()) for line in axes.lines}) == 36
  colors = [line.get_color() for line in axes.lines[::12]]
  assert colors[:2] == [drawing.ink("line-2"), drawing.ink("line-1")]


def test_prefixes_are_counted_from_one():
  axes = drawn(charts.prefixes("Prefix", "nats", [
      ("A", 0, np.array([[4.0, 2.0], [6.0, 3.0]]))]))
  np.testing.assert_allclose(axes.lines[0].get_xdata(), [1, 2])
  np.testing.assert_allclose(axes.lines[0].get_ydata(), [5, 2.5])


def test_matrix_says_its_numbers():
  axes = drawn(charts.matrix(
      "MI", [[0.25, 1.0]], ["z0"], ["shape", "scale"]))
  assert texts(axes) == ["0.25", "1.00"]
  assert axes.texts[0].get_color() == "black"
  assert axes.texts[1].get_color() == "white"
