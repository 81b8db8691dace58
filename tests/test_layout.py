"""Each module has its test at the same path."""
import conftest
import pytest

PACKAGE = conftest.ROOT / "sparse_disent"
MODULES = sorted(
    str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py")
    if not path.name.startswith("__"))


@pytest.mark.parametrize("module", MODULES)
def test_module_has_a_test(module):
  path = PACKAGE / module
  test = conftest.ROOT / "tests" / path.relative_to(PACKAGE).with_name(
      f"test_{path.name}")
  assert test.is_file(), f"{module} has no test at {test}"
