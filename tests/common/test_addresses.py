import pathlib

import pytest

from sparse_disent.common import addresses


@pytest.mark.parametrize(("place", "expected"), [
    ("s3://bucket/runs", True), ("memory://runs", True), ("file:///a", True),
    ("gs://bucket", True), ("output/runs", False), ("a/b", False),
    ("/a:b", False), ("/a/b:c", False),
    ("", False), (pathlib.Path("a"), False)])
def test_addresses_have_a_scheme(place, expected):
  assert addresses.is_remote(place) == expected
