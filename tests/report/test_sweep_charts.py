import numpy as np
import pytest
from support.drawn_figures import drawn

from sparse_disent.report import drawing
from sparse_disent.report import sweep_charts

SERIES = [("num_latent 10", 0, [(1.0, [0.1, 0.2, 0.6]), (4.0, [0.5]),
                                (16.0, [0.3, 0.7])])]


@pytest.fixture(autouse=True)
def style():
  with drawing.style():
    yield


def test_lines_are_medians_and_bands_quartiles_over_seeds():
  axes = drawn(sweep_charts.over("MIG", "vae.beta", SERIES, ticks=[1, 4, 16]))
  *runs, median = axes.lines
  assert [list(line.get_ydata()) for line in runs] == [
      [0.1, 0.2, 0.6], [0.5], [0.3, 0.7]]
  np.testing.assert_allclose(median.get_xdata(), [1, 4, 16])
  np.testing.assert_allclose(median.get_ydata(), [0.2, 0.5, 0.5])
  band, = axes.collections
  corners = {tuple(corner) for corner in np.round(
      band.get_paths()[0].vertices, 6)}
  assert corners == {(1, 0.15), (1, 0.4), (4, 0.5), (16, 0.4), (16, 0.6)}
  assert [label.get_text() for label in axes.get_xticklabels()] == [
      "1", "4", "16"]
  assert axes.get_xscale() == "linear"


def test_one_seed_has_no_band_and_decades_are_logarithmic():
  axes = drawn(sweep_charts.over(
      "MIG", "vae.beta", [("", 0, [(0.1, [0.5]), (100.0, [0.25])])],
      ticks=[0.1, 100.0], log=True))
  assert not axes.collections
  line, = axes.lines
  np.testing.assert_allclose(line.get_ydata(), [0.5, 0.25])
  assert axes.get_xscale() == "log"


def test_medians_that_are_not_joined():
  axes = drawn(sweep_charts.over("MIG", "vae.beta", SERIES, ticks=[1, 4, 16],
                                 is_joined=False))
  assert not axes.collections
  assert axes.lines[-1].get_linestyle() == "None"
  np.testing.assert_allclose(axes.lines[-1].get_ydata(), [0.2, 0.5, 0.5])


def test_many_values_leave_the_marks_to_the_axis():
  points = [(float(value), [0.5]) for value in range(20)]
  axes = drawn(sweep_charts.over(
      "MIG", "x.y", [("", 0, points)], ticks=range(20)))
  assert len(axes.get_xticks()) < 20


def test_each_pair_is_correlated_once():
  values = np.array([[1.0, 0.5, -0.9], [0.5, 1.0, np.nan], [-0.9, np.nan, 1.0]])
  axes = drawn(sweep_charts.correlations(
      "Rank correlation", values, ["1 MIG", "2 DCI", "3 SAP"]))
  assert [(text.get_position(), text.get_text(), text.get_color())
          for text in axes.texts] == [
              ((0, 0), "0.50", "black"), ((0, 1), "-0.90", "white")]


def test_no_row_and_no_column_of_correlations_is_empty():
  axes = drawn(sweep_charts.correlations(
      "Rank correlation", np.ones([3, 3]), ["1 MIG", "2 DCI", "3 SAP"]))
  assert [text.get_position() for text in axes.texts] == [
      (0, 0), (0, 1), (1, 1)]
  assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2"]
  assert [label.get_text() for label in axes.get_yticklabels()] == [
      "2 DCI", "3 SAP"]
  assert axes.get_xlabel() == "column 1: MIG"
