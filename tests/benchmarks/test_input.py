import subprocess
import sys

import conftest


def test_stream_is_measured_both_ways():
  result = subprocess.run(
      [sys.executable, conftest.ROOT / "benchmarks" / "input.py", "stream",
       "--rounds", "1", "--batches", "33", "--data_set", "dummy_data"],
      cwd=conftest.ROOT, text=True, capture_output=True, check=False)
  assert result.returncode == 0, result.stderr
  rows = [line.split("  ") for line in result.stdout.splitlines()]
  assert [row[0] or row[1] for row in rows] == [
      "images a second", "upstream", "in bulk",
      "images a CPU second", "upstream", "in bulk"]
