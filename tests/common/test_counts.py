import pytest

from sparse_disent.common import counts


@pytest.mark.parametrize("count, text", [
    (0, "0 runs"), (1, "1 run"), (2, "2 runs"), (1200, "1,200 runs")])
def test_only_one_is_singular(count, text):
  assert counts.text(count, "run") == text
