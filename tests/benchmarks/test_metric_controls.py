"""Controls of the metrics, and their authors' scores of the same arrays."""
import importlib.util

import conftest
import numpy as np
import pytest

PATH = conftest.ROOT / "benchmarks" / "metric_controls.py"
PAGE = (conftest.ROOT / "docs" / "metrics.md").read_text()

# Printed by the authors' code for `arrays(control, 2000)`, once, under
# scikit-learn 1.3.2 (which it needs), jax 0.4.30, pyitlib 0.3.1, NumPy 1.26.4:
# InfoM, InfoC, InfoE by kylehkhsu/disentangle at 9f33295.
INFOMEC = {
    "all rotated": (0.503694, 0.519860, 0.993051),
    "duplicated": (0.998213, 0.427795, 0.993019),
    "4 of noise": (0.737519, 0.983477, 0.994609),
    "merged": (0.332400, 0.997087, 0.511716),
    "dependent factors": (0.839886, 0.840431, 0.995093),
}
# JEMMIG, DCIMIG by ubisoft-laforge-disentanglement-metrics at 05d5667, 20 bins,
# discrete factors; D, C of MED by noahcao/disentanglement_lib_med.
INFORMATION = {
    "disentangled": (0.767156, 0.962797, 0.868650, 0.868673),
    "pairs rotated": (0.176211, 0.053281, 0.394220, 0.394976),
    "all rotated": (0.260449, 0.264916, 0.338128, 0.341184),
    "duplicated": (0.436011, 0.962797, 0.868650, 0.579116),
    "4 of noise": (0.766270, 0.962797, 0.828813, 0.792593),
    "merged": (0.643416, 0.128708, 0.453592, 0.907199),
    "factor missing": (0.584781, 0.656011, 0.538492, 0.680536),
    "dependent factors": (0.718582, 0.801799, 0.712960, 0.712999),
    "noise alone": (0.116960, 0.002861, 0.010905, 0.012096),
}
# D, C and error by the functions of cianeastwood/qedr at f1f47e5, with lasso as
# in its notebook, and tested on the 1,000 points that follow.
LASSO = {
    "pairs rotated": (0.500009, 0.500001, 0.101747),
    "all rotated": (0.211034, 0.222837, 0.105572),
    "merged": (0.657293, 1.000000, 0.607256),
    "dependent factors": (0.968903, 0.968944, 0.106549),
}
# D and C likewise, with scikit-learn's forests of 10 trees of depth 10; E by
# andreinicolicioiu/DCI-ES at 9329dae, with a forest fitted to each depth.
FOREST = {
    "disentangled": (0.9972, 0.9972, 0.9924),
    "pairs rotated": (0.4938, 0.4943, 0.9604),
    "all rotated": (0.4689, 0.4690, 0.9492),
    "merged": (0.5000, 1.0000, 0.8955),
}


@pytest.fixture(scope="module")
def controls():
  spec = importlib.util.spec_from_file_location(PATH.stem, PATH)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


def compare(controls, metric, control, names, expected, atol):
  results = controls.scores(metric, control)
  np.testing.assert_allclose(
      [results[name] for name in names], expected, atol=atol)


@pytest.mark.parametrize("control", INFOMEC)
def test_infomec_as_its_authors(controls, control):
  """Their seed breaks ties between neighbors in another way."""
  compare(controls, "infomec", control, (
      "info_modularity", "info_compactness", "info_explicitness"),
          INFOMEC[control], 1e-5)


@pytest.mark.parametrize("control", INFORMATION)
def test_information_scores_as_their_authors(controls, control):
  compare(controls, "information_scores", control, (
      "jemmig", "dcimig", "med_disentanglement", "med_completeness"),
          INFORMATION[control], 1e-6)


@pytest.mark.parametrize("control", LASSO)
def test_lasso_as_its_authors(controls, control):
  """They stop lasso earlier, and divide errors by the test set's variance."""
  compare(controls, "dci_lasso", control, ("disentanglement", "completeness"),
          LASSO[control][:2], 5e-5)
  compare(controls, "dci_lasso", control, ("error_test",),
          LASSO[control][2:], 2e-3)


@pytest.mark.parametrize("control", FOREST)
def test_forests_as_their_authors(controls, control):
  """Other draws, and a depth of 10 for all factors."""
  compare(controls, "dci_random_forest", control, (
      "disentanglement", "completeness", "explicitness"), FOREST[control], 0.01)


@pytest.mark.parametrize("control", ["permuted", "4 pruned"])
@pytest.mark.parametrize("metric", ["dci_lasso", "information_scores"])
def test_neither_order_nor_pruned_latents_matter(controls, metric, control):
  expected, actual = (controls.scores(metric, name)
                      for name in ("disentangled", control))
  for name in controls.METRICS[metric][0]:
    assert actual[name] == pytest.approx(expected[name], abs=1e-9), name


def test_dependent_factors(controls):
  factors = controls.Factors(dependent=True).sample_factors(
      20_000, np.random.RandomState(0))
  c2, c3 = factors[:, 2] / 5, factors[:, 3] / 7
  p = np.exp(-np.square(np.arange(6)[:, np.newaxis] / 5 - np.arange(8) / 7)
             / (2 * 0.2**2))
  counts = np.histogram2d(c2, c3, [np.arange(7) / 5 - 0.1,
                                   np.arange(9) / 7 - 0.07])[0]
  np.testing.assert_allclose(counts / 20_000, p / p.sum(), atol=0.005)
  for column, size in zip(factors.T[:2], (3, 4), strict=True):
    np.testing.assert_allclose(np.bincount(column) / 20_000, 1 / size,
                               atol=0.02)


def table():
  """Cells of the page's table of controls, by metric and score."""
  lines = [[cell.strip(" `") for cell in line.strip("|").split("|")]
           for line in PAGE.splitlines() if line.startswith("| ")]
  header = next(line for line in lines if "disentangled" in line)
  return header, {tuple(line[:2]): line[2:] for line in lines
                  if len(line) == len(header) and line is not header}


def test_the_page_has_every_score_and_control(controls):
  header, cells = table()
  assert header == ["metric", "score", *controls.CONTROLS]
  assert list(cells) == [(metric, score) for metric in controls.METRICS
                         for score in controls.METRICS[metric][0]]


@pytest.mark.parametrize("metric", ["information_scores", "mig", "dci_lasso"])
def test_the_page_has_the_numbers(controls, metric):
  _, cells = table()
  for name, score, *values in controls.rows(metric):
    shown = [float(cell) for cell in cells[name.strip("`"), score.strip("`")]]
    np.testing.assert_allclose(shown, [float(v) for v in values], atol=0.011)


def test_cost(controls, monkeypatch):
  monkeypatch.setitem(controls.METRICS, "mig", (
      ("discrete_mig",), {}, controls.METRICS["mig"][2]))
  assert 0 < controls.cost("mig") < 60
