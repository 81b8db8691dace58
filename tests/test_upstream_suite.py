"""Upstream's own tests, each module as the main program of its own process.

The processes are forked from one that has imported upstream and done no more.
That saves each of them five seconds of importing TensorFlow.
"""
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
# Reads "folder module", runs the module there as `python -m` would, and writes
# its exit code; what the module prints goes to the file `output`.
SERVER = """
import os, runpy, sys, traceback
import disentanglement_lib
for line in sys.stdin:
  folder, module = line.split()
  child = os.fork()
  if child:
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
    continue
  code = 1
  try:
    os.chdir(folder)
    output = os.open("output", os.O_WRONLY | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv[:] = [module]
    sys.path[0] = folder
    runpy.run_module(module, run_name="__main__", alter_sys=True)
  except SystemExit as error:
    code = int(error.code or 0)
  except BaseException:
    traceback.print_exc()
  finally:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
"""


@pytest.fixture(scope="module")
def run_module():
  """A function of a folder and a module, which returns code and output."""
  with subprocess.Popen(
      [sys.executable, "-c", SERVER], text=True, stdin=subprocess.PIPE,
      stdout=subprocess.PIPE) as server:

    def run(folder, module):
      server.stdin.write(f"{folder} {module}\n")
      server.stdin.flush()
      return int(server.stdout.readline()), (folder / "output").read_text()

    yield run
    server.stdin.close()


def test_no_module_is_overlooked():
  """The wheel has 28; upstream's repository has more."""
  assert len(MODULES) >= 28


@pytest.mark.parametrize("module", MODULES)
def test_upstream(module, run_module, tmp_path, record_property):
  code, output = run_module(tmp_path, module)
  ran = re.search(r"^Ran (\d+) tests? in", output, re.MULTILINE)
  assert code == 0 and ran, output[-4000:]
  record_property("tests", int(ran.group(1)))
  assert int(ran.group(1)) > 0


def test_a_module_that_fails_is_told(run_module, tmp_path):
  (tmp_path / "failing.py").write_text("""
import unittest
class Failing(unittest.TestCase):
  def test(self):
    self.assertEqual(1, 2)
unittest.main()
""")
  code, output = run_module(tmp_path, "failing")
  assert code == 1 and "AssertionError: 1 != 2" in output
  assert run_module(tmp_path, "no_such_module")[0] == 1
