"""What a fresh process finds out about upstream."""
import sys

import pytest

from sparse_disent import probe


@pytest.mark.parametrize("name, is_there", [
    ("json:dumps", True), ("os:path.join", True), ("json:no_such_name", False),
    ("no_such_module:name", False), ("gin:configurable(allowlist=)", True),
    ("gin:configurable(nonsense=)", False)])
def test_exists(name, is_there):
  assert probe._exists(name) is is_there


def test_finder_of_the_autoload_is_recognised(monkeypatch):
  from sparse_disent.compat.startup import autoload
  monkeypatch.setattr(sys, "meta_path", [autoload.UpstreamFinder])
  assert probe._has_finder()
  monkeypatch.setattr(sys, "meta_path", [])
  assert not probe._has_finder()
