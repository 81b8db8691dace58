"""Upstream's own tests, as upstream's `dlib_tests` runs them."""
import importlib.util
import pathlib
import re
import subprocess
import sys

import pytest

PACKAGE = pathlib.Path(
    importlib.util.find_spec("disentanglement_lib").origin).parent
MODULES = sorted(
    ".".join(("disentanglement_lib", *file.relative_to(PACKAGE).parts))[:-3]
    for file in PACKAGE.rglob("*_test.py"))


def test_no_module_is_overlooked():
  """The wheel has 28; upstream's repository has more."""
  assert len(MODULES) >= 28


@pytest.mark.parametrize("module", MODULES)
def test_upstream(module, tmp_path, record_property):
  result = subprocess.run([sys.executable, "-m", module], cwd=tmp_path,
                          text=True, capture_output=True, check=False)
  ran = re.search(r"^Ran (\d+) tests? in", result.stderr, re.MULTILINE)
  assert result.returncode == 0 and ran, result.stderr[-4000:]
  record_property("tests", int(ran.group(1)))
  assert int(ran.group(1)) > 0
