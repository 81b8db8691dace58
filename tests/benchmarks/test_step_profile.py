import subprocess
import sys

import conftest
import pytest

FOLDER = conftest.ROOT / "benchmarks"


@pytest.mark.parametrize("network, expected", [
    ("conv", 5.338_103_808), ("fc", 5.447_577_6)])
def test_operations_are_those_of_upstreams_layers(
    network, expected, monkeypatch):
  """Billions, worked out by hand from upstream's architectures."""
  monkeypatch.syspath_prepend(FOLDER)
  import step_profile
  assert step_profile.operations(network) == expected * 1e9


def test_a_profile_names_the_operations():
  result = subprocess.run(
      [sys.executable, FOLDER / "step_profile.py", "fc", "--steps", "2"],
      text=True, capture_output=True, check=False, cwd=conftest.ROOT)
  assert result.returncode == 0, result.stderr
  first, second, _, *kinds = result.stdout.splitlines()
  assert first.startswith("fc VAE: ") and first.endswith(" ms a step")
  assert second.startswith("5.45 GFLOP a step at ")
  names = [line.split()[-1] for line in kinds]
  assert any("MatMul" in name for name in names)
  assert "ResourceApplyAdam" in names
