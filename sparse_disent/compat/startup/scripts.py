"""Gives upstream's scripts one line for each error that a user can cure.

`dlib_train: error: ...` and exit code 1. `--traceback`, or the environment
variable SPARSE_DISENT_TRACEBACK, shows where the error was raised. A fault of
the program keeps its traceback.

The scripts are upstream's files. They import upstream, which brings us in, and
then call `absl.app.run(main)`.
"""
import contextlib
import os
import shlex
import sys
import types
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from absl import app
from absl import flags

from sparse_disent.common import one_line
from sparse_disent.common import stopping
from sparse_disent.compat.startup import flag_checks
from sparse_disent.compat.startup import gin_errors

_handled = contextlib.ExitStack()
# Flags of scripts that name what a script writes.
_OUTPUTS = ("output_dir", "output_directory", "output_path", "path")


def install() -> None:
  """Prepares this process, which runs one of upstream's scripts.

  Call it before upstream is imported, as an import may already fail.
  """
  if app.run is run:
    return
  flags.DEFINE_boolean(
      "traceback", False, "Whether to show where an error was raised.",
      module_name=sys.argv[0], allow_override=True)
  sys.excepthook = _report
  _handled.enter_context(stopping.handled())  # To the end of the process.
  app.run = run  # type: ignore[assignment]


def run(main: Callable[[list[str]], Any], argv: Sequence[str] | None = None,
        flags_parser: Callable | None = None, *, original=app.run) -> None:
  """Does what `absl.app.run` does, and refuses what no script reads.

  Args:
    main: Function of the arguments that are no flags; the first one is the
      script's own path.
    argv: Arguments of the command line; None for those of the process.
    flags_parser: Function that parses flags; None for absl's.
    original: absl's own function.
  """
  def run_and_say(rest):
    result = main(rest)
    print_place(flags.FLAGS)
    return result

  original(lambda rest: stopping.run(lambda: run_and_say(rest)), argv=argv,
           flags_parser=flags_parser or _parse)


def print_place(values: flags.FlagValues) -> None:
  """Prints where the results of a script are, after all else.

  Args:
    values: Flags of the script. Those without a value are left out.
  """
  names = [name for name in _OUTPUTS if name in values]
  if not names and "model_dir" in values:  # dlib_train writes it, others read.
    names = ["model_dir"]
  for name in names:
    place = values[name].value
    if place and "model_num" in values:
      place = place.replace("{model_num}", str(values.model_num))
    if place:
      print(f"The results are in {place}.", flush=True)


def _parse(arguments):
  """Parses flags; returns the arguments that are none: the script's path.

  Raises:
    ValueError: A flag is unknown or has a wrong value, or an argument belongs
      to none.
  """
  try:
    rest = flags.FLAGS(list(arguments))
  except flags.Error as error:
    raise ValueError(f"{str(error).rstrip('.')}. Run it with --help to see all "
                     "flags.") from error
  if rest[1:]:
    if rest[1].endswith(".gin") and "gin_config" in flags.FLAGS:
      raise ValueError(f"{rest[1]!r} belongs to no flag. Did you mean "
                       f"--gin_config={shlex.quote(rest[1])}?")
    raise ValueError(
        f"{rest[1]!r} belongs to no flag. Give a flag again for each further "
        "value, such as --gin_bindings=A --gin_bindings=B, and put quotes "
        "around a value that has spaces.")
  flag_checks.check(flags.FLAGS)
  return rest


def _report(kind: type[BaseException], error: BaseException,
            trace: types.TracebackType | None) -> None:
  """Prints an error that nothing has caught; Python then exits with 1."""
  name = os.path.basename(sys.argv[0])
  stopped = stopping.interruption(error)
  if stopped is not None:  # While modules are imported.
    signum = stopping.signal_of(stopped)
    print(f"{name}: stopped by {signum.name}. {stopping.ADVICE}",
          file=sys.stderr, flush=True)
    os._exit(128 + signum)  # Python would end with a signal of its own.
  elif one_line.is_wanted(sys.argv) or not one_line.is_curable(error):
    sys.__excepthook__(kind, error, trace)
  else:
    print(f"{name}: error:", *gin_errors.explain(error).split(),
          file=sys.stderr)
