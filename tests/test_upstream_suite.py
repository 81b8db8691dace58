"""Upstream's own tests, each module as the main program of its own process.

They are forked from a process that has imported upstream and done no more. That
saves each of them the seconds of importing TensorFlow.
"""
import importlib.util
import pathlib
import re

import pytest
from support import forked

PACKAGE = pathlib.Path(
    importlib.util.find_spec("disentanglement_lib").origin).parent
MODULES = sorted(
    ".".join(("disentanglement_lib", *file.relative_to(PACKAGE).parts))[:-3]
    for file in PACKAGE.rglob("*_test.py"))
# As `python -m MODULE` does it.
RUN = """
import runpy, sys
sys.argv[:] = [{module!r}]
runpy.run_module({module!r}, run_name="__main__", alter_sys=True)
"""


@pytest.fixture(scope="module")
def run():
  with forked.server() as run:
    yield run


def test_no_module_is_overlooked():
  """The wheel has 28; upstream's repository has more."""
  assert len(MODULES) >= 28


@pytest.mark.parametrize("module", MODULES)
def test_upstream(module, run, tmp_path, record_property):
  result = run(tmp_path, RUN.format(module=module))
  ran = re.search(r"^Ran (\d+) tests? in", result.stderr, re.MULTILINE)
  assert result.returncode == 0 and ran, result.stderr[-4000:]
  record_property("tests", int(ran.group(1)))
  assert int(ran.group(1)) > 0


def test_a_module_that_fails_is_told(run, tmp_path):
  (tmp_path / "failing.py").write_text("""
import unittest
class Failing(unittest.TestCase):
  def test(self):
    self.assertEqual(1, 2)
unittest.main()
""")
  result = run(tmp_path, RUN.format(module="failing"))
  assert result.returncode == 1
  assert "AssertionError: 1 != 2" in result.stderr
  assert run(tmp_path, RUN.format(module="no_such_module")).returncode == 1
