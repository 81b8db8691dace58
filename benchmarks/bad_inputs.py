"""Gives all commands bad inputs and counts the answers in one line.

All cases run in this process, one after another, as a script would run them:
its file with its own arguments, and what it prints to both streams is caught.
An answer is in one line if the exit code is not 0, stderr holds `NAME: error:`
with the expected words and nothing else but progress, and the model and the
representation that the case was given are as they were.

Run: `python benchmarks/bad_inputs.py`; `--kind values` for one kind, `--list`
for the answers.
"""
import argparse
import collections
import contextlib
import dataclasses
import os
import pathlib
import re
import runpy
import shutil
import signal
import sys
import tempfile
import time
import traceback

# Upstream reads it when it is imported; these inputs need no data set.
os.environ["DISENTANGLEMENT_LIB_DATA"] = os.path.abspath("no_data")

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.append(os.path.join(sys.path[0], os.pardir, "tests"))
import bad_input_cases as cases_lib  # noqa: E402
import bad_input_more_cases as more  # noqa: E402

BIN = pathlib.Path(sys.executable).parent
# Lines that say what a command does and are no part of its error.
_NOTES = re.compile(
    r"No --model_dir given|training: |evaluating: |sampling |encoding |"
    r"fitting |drawing |packing |reading models: |compacting: |usage: |"
    r"[IWE]\d{4} |WARNING: All log|  +\[|.*\| *[0-9]+/[0-9]+ ")


@dataclasses.dataclass(frozen=True)
class Answer:
  """The way a command ended.

  Attributes:
    code: Exit code; None if it was stopped after `LIMIT` seconds.
    lines: Lines on stderr, without notes on progress.
    seconds: Time that it took.
    fault: Why the answer is no good; empty for a good one.
  """

  code: int | None
  lines: list[str]
  seconds: float
  fault: str = ""


class _Stopped(BaseException):
  """Raised in a command that takes too long."""


def answer(case: cases_lib.Case, limit: float) -> Answer:
  """Runs one case in the present folder, which `cases_lib.prepare` filled."""
  before = _state()
  began = time.time()
  with tempfile.TemporaryFile() as log:
    with _as_script(case, log) as script:
      code = _run(script, limit)
    log.seek(0)
    lines = [line for line in log.read().decode("utf-8", "replace").splitlines()
             if line.strip() and not _NOTES.match(line)]
  fault = _fault(case, code, lines)
  if not fault and _state() != before:
    fault = "what was there has changed"
  return Answer(code, lines, time.time() - began, fault)


def _fault(case, code, lines):
  if code is None:
    return "no end"
  if code == 0:
    return "accepted"
  if any(line.startswith("Traceback") for line in lines):
    return f"traceback, {len(lines)} lines"
  if len(lines) != 1:
    return f"{len(lines)} lines"
  if not re.match(rf"{re.escape(case.command)}( \S+)*: error: ", lines[0]):
    return "no error line"
  if case.expected.lower() not in lines[0].lower():
    return f"does not say {case.expected!r}"
  return ""


def _run(script, limit):
  """Returns the exit code of a script; None if it took too long."""
  def stop(*unused_arguments):
    raise _Stopped

  former = signal.signal(signal.SIGALRM, stop)
  signal.setitimer(signal.ITIMER_REAL, limit)
  try:
    script()
    return 0
  except _Stopped:
    return None
  except SystemExit as error:
    if isinstance(error.code, str):
      print(error.code, file=sys.stderr)
    return error.code if isinstance(error.code, int) else bool(error.code)
  except BaseException as error:  # As the interpreter reports what is left.
    signal.setitimer(signal.ITIMER_REAL, 0)
    sys.excepthook(type(error), error, error.__traceback__)
    return 1
  finally:
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, former)


@contextlib.contextmanager
def _as_script(case, log):
  """Yields a function that runs the case; `log` gets what it says."""
  import gin
  arguments = [str(BIN / case.command), *case.arguments]
  with contextlib.ExitStack() as stack:
    stack.callback(shutil.rmtree, "new", ignore_errors=True)
    stack.callback(gin.clear_config)
    stack.enter_context(_flags_restored())
    stack.enter_context(_environment(case.environment))
    stack.enter_context(_changed(sys, argv=arguments))
    stack.enter_context(case.condition())
    stack.enter_context(_streams_in(log))
    if case.command == "sparse-disent":
      from sparse_disent import cli
      yield lambda: sys.exit(cli.main(list(case.arguments)))
    else:
      yield lambda: runpy.run_path(arguments[0], run_name="__main__")


@contextlib.contextmanager
def _streams_in(log):
  """Sends what goes to stderr, from C++ as well, to a file."""
  with tempfile.TemporaryFile() as out:
    sys.stdout.flush()
    saved = [os.dup(1), os.dup(2)]
    os.dup2(out.fileno(), 1)
    os.dup2(log.fileno(), 2)
    try:
      yield
    finally:
      sys.stdout.flush()
      sys.stderr.flush()
      for number, former in enumerate(saved, 1):
        os.dup2(former, number)
        os.close(former)


@contextlib.contextmanager
def _flags_restored():
  """Removes the flags that a script defines, so that the next one can."""
  from absl import flags
  known = set(flags.FLAGS)
  try:
    yield
  finally:
    flags.FLAGS.unparse_flags()
    for name in set(flags.FLAGS) - known:
      delattr(flags.FLAGS, name)
    for name in known:
      flags.FLAGS[name].unparse()


@contextlib.contextmanager
def _changed(module, **values):
  former = {name: getattr(module, name) for name in values}
  try:
    for name, value in values.items():
      setattr(module, name, value)
    yield
  finally:
    for name, value in former.items():
      setattr(module, name, value)


@contextlib.contextmanager
def _environment(values):
  former = dict(os.environ)
  os.environ.update(values)
  try:
    yield
  finally:
    os.environ.clear()
    os.environ.update(former)


def _state():
  """Sizes and times of all files in the present folder."""
  return {path: (os.stat(path).st_size, os.stat(path).st_mtime_ns)
          for folder in cases_lib.PRECIOUS
          for path in map(str, pathlib.Path(folder).rglob("*"))
          if os.path.isfile(path)}


def _prepare_process():
  """Makes this process one of upstream's scripts, as far as errors go."""
  import sparse_disent
  try:
    from sparse_disent.compat.startup import scripts
    scripts.install()
  except ImportError:
    pass  # The state before there was such a module can be measured as well.
  sparse_disent.register()


def run(kinds=None, *, limit: float = 20., show: bool = False,
        match: str = "") -> list[tuple[cases_lib.Case, Answer]]:
  """Runs all cases in a new folder.

  Args:
    kinds: Kinds of cases; None for all.
    limit: Seconds after which a case is stopped.
    show: Whether to print each answer.
    match: Words that the description of a case must hold.

  Returns:
    Pairs of a case and its answer.
  """
  _prepare_process()
  here, answers = os.getcwd(), []
  with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    try:
      os.environ["DISENTANGLEMENT_LIB_DATA"] = os.path.join(folder, "no_data")
      cases_lib.prepare()
      more.prepare()
      for case in cases_lib.possible((*cases_lib.CASES, *more.CASES)):
        if (not kinds or case.kind in kinds) and match in str(case):
          answers.append((case, answer(case, limit)))
          if show or answers[-1][1].fault:
            _show(*answers[-1])
    except Exception:
      traceback.print_exc()
      raise
    finally:
      os.chdir(here)
  return answers


def _show(case, given):
  print(f"{given.fault or 'good'}: {case.command} "
        f"{' '.join(map(repr, case.arguments))} ({given.seconds:.1f} s)")
  for line in given.lines[-3:]:
    print("    ", line[:600], flush=True)


def _table(answers):
  kinds = collections.Counter(case.kind for case, _ in answers)
  good = collections.Counter(
      case.kind for case, given in answers if not given.fault)
  width = max(map(len, kinds))
  for kind, number in kinds.items():
    yield f"{kind:{width}}  {good[kind]:3} of {number:3} in one line"
  yield f"{'all':{width}}  {good.total():3} of {kinds.total():3} in one line"


def main() -> int:
  """Prints the table; exits with 1 unless all answers are in one line."""
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--kind", action="append")
  parser.add_argument("--match", default="")
  parser.add_argument("--limit", type=float, default=20.)
  parser.add_argument("--list", action="store_true")
  arguments = parser.parse_args()
  began = time.time()
  answers = run(arguments.kind, limit=arguments.limit, show=arguments.list,
                match=arguments.match)
  print(*_table(answers), sep="\n")
  print(f"{time.time() - began:.0f} seconds")
  return int(any(given.fault for _, given in answers))


if __name__ == "__main__":
  sys.exit(main())
