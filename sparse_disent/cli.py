"""The command `sparse-disent`: each subcommand is one call into a room.

A new command is one function that adds its parser, and one entry in
`_COMMANDS`. Whatever is heavy is imported when the command runs.
"""
import argparse
import os
import sys

import sparse_disent


def main(argv=None):
  """Runs one command.

  Args:
    argv: List of strings, the arguments; those of the process if None.

  Returns:
    Integer, the exit code: 0, or 1 after an error that the user can cure.
    argparse exits with 2 if the arguments are wrong.
  """
  arguments = _parser().parse_args(argv)
  try:
    return arguments.run(arguments) or 0
  except KeyboardInterrupt:
    return _fail("interrupted", 130)
  except (ImportError, OSError, ValueError) as error:
    if arguments.traceback:
      raise
    cure = ". Run: sparse-disent doctor" if isinstance(
        error, ImportError) else ""
    return _fail(f"{error}{cure}", 1)


def _fail(message, code):
  print("sparse-disent: error:", *str(message).split(), file=sys.stderr)
  return code


def _parser():
  parser = argparse.ArgumentParser(
      prog="sparse-disent",
      description="Sparse, gated and grouped models for disentanglement_lib.")
  parser.add_argument(
      "--version", action="version",
      version=f"sparse-disent {sparse_disent.__version__}")
  parser.add_argument(
      "--traceback", action="store_true",
      help="show where an error was raised")
  commands = parser.add_subparsers(
      title="commands", metavar="COMMAND", required=True)
  for add_command in _COMMANDS:
    add_command(commands)
  return parser


def _add_data(commands):
  data = commands.add_parser("data", help="make data sets")
  names = data.add_subparsers(title="data sets", metavar="NAME", required=True)
  dsprites = names.add_parser(
      "dsprites", help="render dSprites without a download",
      description="Renders the 737,280 dSprites images into the file that "
      "disentanglement_lib reads. An existing file is left alone.")
  dsprites.add_argument(
      "--dir", help="data directory; the file goes to its dsprites/ (default: "
      "the environment variable DISENTANGLEMENT_LIB_DATA, or else .)")
  dsprites.set_defaults(run=_render_dsprites)


def _render_dsprites(arguments):
  from sparse_disent.data import dsprites
  from sparse_disent.data import files
  directory = arguments.dir or files.data_directory()
  path = os.path.abspath(dsprites.write(directory))
  print(f"Wrote {path}. Call results on it re-rendered dSprites.")
  if os.path.abspath(directory) != os.path.abspath(files.data_directory()):
    print(f"To use it: export {files.VARIABLE}={os.path.abspath(directory)}")


def _add_doctor(commands):
  doctor = commands.add_parser(
      "doctor", help="check whether this installation can train",
      description="Prints versions, data sets, hardware and what stands in "
      "for old TensorFlow. Exits with 1 if training cannot run.")
  doctor.set_defaults(run=_run_doctor)


def _run_doctor(unused_arguments):
  from sparse_disent import doctor
  return doctor.main()


def _add_scores(commands):
  scores = commands.add_parser(
      "scores", help="print the scores and list the pictures of a run",
      description="Prints what dlib_train and dlib_evaluate measured, from "
      "the result files below a directory.")
  scores.add_argument("dir", help="directory of a run")
  scores.set_defaults(run=_print_scores)


def _print_scores(arguments):
  from sparse_disent.report import scores
  print(scores.table(arguments.dir))


_COMMANDS = (_add_data, _add_doctor, _add_scores)
