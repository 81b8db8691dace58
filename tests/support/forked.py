"""Many processes for the price of one start: each is forked from a warm one."""
import contextlib
import json
import os
import subprocess
import sys

# For each line of input runs code in a fork of this process, as a main program
# of its own, and writes its exit code.
_SERVER = """
import json, os, sys, traceback
exec(sys.argv.pop())
for line in sys.stdin:
  folder, code = json.loads(line)
  child = os.fork()
  if child:
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
    continue
  returned = 1
  try:
    os.chdir(folder)
    for number, name in ((1, "stdout"), (2, "stderr")):
      os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.path[0] = folder
    exec(code, {"__name__": "__main__"})
    returned = 0
  except SystemExit as error:
    if isinstance(error.code, str):
      print(error.code, file=sys.stderr)
    else:
      returned = int(error.code or 0)
  except BaseException:
    traceback.print_exc()
  finally:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(returned)
"""


def script(path, *arguments):
  """Returns code that does what starting a script of Python's does."""
  path = str(path)
  return (f"import runpy, sys\nsys.argv[:] = {[path, *arguments]!r}\n"
          f"sys.path[0] = {os.path.dirname(path)!r}\n"
          f"runpy.run_path({path!r}, run_name='__main__')")


@contextlib.contextmanager
def server(code="import disentanglement_lib"):
  """Yields a function that runs code where other code has run already.

  Args:
    code: What has run already, once; it must start no threads.

  Yields:
    run: Function of a folder to run in and of code. Returns a
      `subprocess.CompletedProcess`.
  """
  with subprocess.Popen(
      [sys.executable, "-c", _SERVER, code], text=True,
      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
      env={**os.environ, "PYTHONPATH": ""}) as process:

    def run(folder, code):
      process.stdin.write(json.dumps([str(folder), code]) + "\n")
      process.stdin.flush()
      returncode = int(process.stdout.readline())
      return subprocess.CompletedProcess(
          code, returncode, (folder / "stdout").read_text(),
          (folder / "stderr").read_text())

    try:
      yield run
    finally:
      process.stdin.close()
