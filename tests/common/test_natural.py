import pathlib
import random

import pytest

from sparse_disent.common import natural


@pytest.mark.parametrize("names", [
    ["0", "1", "2", "10", "100"],
    ["2", "2/metrics", "10"],
    ["run", "run/2", "run/10", "run 3"],
    ["vae.beta=0.15", "vae.beta=0.5", "vae.beta=4", "vae.beta=16"],
    ["7.zip", "12", "12.zip", "a"],
    ["", "model²"], ["01", "1"], ["1" * 400, "2" * 400]])
def test_numbers_count_as_numbers(names):
  paths = [pathlib.PurePath(name) for name in names]
  mixed = random.Random(0).sample(paths, len(paths))
  assert sorted(mixed, key=natural.key) == paths
