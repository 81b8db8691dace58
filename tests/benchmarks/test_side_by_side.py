import importlib.util
import json
import sys

import conftest
import pytest

PATH = conftest.ROOT / "benchmarks" / "side_by_side.py"


@pytest.fixture(scope="module")
def side_by_side():
  spec = importlib.util.spec_from_file_location(PATH.stem, PATH)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


def test_every_other_round_runs_backwards(side_by_side, capsys):
  order = []

  def candidate(name):
    return lambda: order.append(name) or {"ms": len(order)}

  results = side_by_side.alternate(
      {name: candidate(name) for name in "abc"}, rounds=3)
  assert "".join(order) == "abccbaabc"
  assert results == {("a", "ms"): [1, 6, 7], ("b", "ms"): [2, 5, 8],
                     ("c", "ms"): [3, 4, 9]}
  assert "round 3 of 3" in capsys.readouterr().err


def test_ratios_are_those_of_the_same_round(side_by_side):
  text = side_by_side.table({
      ("old", "ms"): [10., 20., 4000.], ("new", "ms"): [5., 4., 400.],
      ("old", "MB"): [8., 8., 8.]}, "old")
  rows = [line.split() for line in text.splitlines()]
  assert rows[0][0] == "ms"
  assert rows[1] == ["old", "20", "10", "4,000", "1", "(1", "to", "1)"]
  # 0.5, 0.2 and 0.1; the ratio of the medians would be 0.25.
  assert rows[2] == ["new", "5", "4", "400", "0.2", "(0.1", "to", "0.5)"]
  assert [row[0] for row in rows] == ["ms", "old", "new", "MB", "old"]


def test_there_is_no_ratio_to_nothing(side_by_side):
  text = side_by_side.table({
      ("old", "page faults"): [0., 2.], ("new", "page faults"): [3., 4.]},
      "old")
  rows = [line.split() for line in text.splitlines()]
  assert rows[1:] == [["old", "1", "0", "2", "-"],
                      ["new", "3.5", "3", "4", "-"]]


def test_stopwatch_counts_processor_time(side_by_side):
  watch = side_by_side.Stopwatch()
  assert sum(range(3_000_000)) > 0
  seconds, cpu_seconds = watch.seconds()
  assert 0 < cpu_seconds and 0 < seconds


def test_run_starts_as_many_processes_as_asked(side_by_side, tmp_path):
  code = ("import json, os, sys; print('noise');"
          "open(os.path.join(sys.argv[1], str(os.getpid())), 'w').close();"
          "print(json.dumps({'figure': 3}))")
  assert side_by_side.run("-c", code, str(tmp_path), together=2) == json.loads(
      '{"figure": 3}')
  assert len(list(tmp_path.iterdir())) == 2


def test_run_takes_a_python_and_an_environment(side_by_side, tmp_path):
  python = tmp_path / "python"
  python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
  python.chmod(0o755)
  code = "import json, os; print(json.dumps([os.environ['NAME'], os.sep]))"
  assert side_by_side.run("-c", code, python=str(python), environment={
      "NAME": "value"}) == ["value", "/"]


def test_a_process_that_fails_says_why(side_by_side):
  with pytest.raises(SystemExit, match="no such thing") as error:
    side_by_side.run("-c", "raise ValueError('no such thing')")
  assert str(error.value).startswith("failed: ")
