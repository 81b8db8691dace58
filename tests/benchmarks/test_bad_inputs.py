"""Bad inputs to all commands: each is answered in one line."""
import subprocess
import sys

import conftest


def test_each_answer_is_one_line():
  result = subprocess.run(
      [sys.executable, conftest.ROOT / "benchmarks" / "bad_inputs.py",
       "--limit", "120"],
      cwd=conftest.ROOT, text=True, capture_output=True, check=False)
  assert result.returncode == 0, result.stdout
  good, total = [
      int(word) for word in result.stdout.splitlines()[-2].split()
      if word.isdigit()]
  assert good == total >= 219
