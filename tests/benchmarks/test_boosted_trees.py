"""The comparison of our boosted trees with scikit-learn's."""
import importlib.util

import conftest
import numpy as np
import pytest

PATH = conftest.ROOT / "benchmarks" / "boosted_trees.py"


@pytest.fixture(scope="module")
def benchmark():
  spec = importlib.util.spec_from_file_location(PATH.stem, PATH)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


def test_fits_are_compared(benchmark, capsys, monkeypatch):
  monkeypatch.setenv("OMP_NUM_THREADS", "2")
  random_state = np.random.RandomState(0)
  classes = random_state.randint(3, size=200)
  codes = (classes[:, np.newaxis] + random_state.standard_normal(
      (200, 4))).astype(np.float32)
  seconds, doubtful, equal = benchmark.compare(codes, classes, 3)
  assert equal is True and doubtful == 0 and (seconds > 0).all()
  benchmark.row("shape", 3, 9, seconds, doubtful, equal)
  assert capsys.readouterr().out.split()[:3] == ["shape", "3", "9"]


def test_trees_of_scikit_learn_are_counted(benchmark):
  codes = np.random.RandomState(0).randint(3, size=(200, 4)).astype(np.float32)
  classes = np.random.RandomState(1).randint(3, size=200)
  assert benchmark.compare(codes, classes, 2)[1] > 0


def test_other_trees_are_not_equal(benchmark):
  codes = np.random.RandomState(0).standard_normal((50, 2)).astype(np.float32)
  one, other = (benchmark.boosted_trees.classifier()(n_estimators=2).fit(
      codes, codes[:, column] > 0) for column in range(2))
  assert benchmark.are_equal(one, one, codes)
  assert not benchmark.are_equal(one, other, codes)
