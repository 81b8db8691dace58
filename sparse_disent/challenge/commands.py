"""The commands of `sparse-disent challenge`; each calls one module here.

Slow imports are made only when a command runs.
"""
import argparse
import os
import sys

from sparse_disent.challenge import contract
from sparse_disent.common import checks
from sparse_disent.common import trust

_GIN_CONFIG = "gin_configs/masked_dipvae.gin"


def add(commands: argparse._SubParsersAction) -> None:
  """Adds the command to the parser of `sparse-disent`."""
  challenge = commands.add_parser(
      "challenge", help="make and grade a submission to the NeurIPS 2019 "
      "challenge",
      description="Makes a submission to the NeurIPS 2019 Disentanglement "
      "Challenge, runs it as its server did, and scores it with its metrics.")
  names = challenge.add_subparsers(
      title="commands", metavar="NAME", required=True)
  for add_command in (_add_new, _add_run, _add_grade, _add_pack, _add_rank):
    add_command(names)


def _add_directory(parser):
  parser.add_argument(
      "dir", nargs="?", default=".",
      help="folder of the submission (default: the working directory)")


def _add_new(names):
  new = names.add_parser(
      "new", help="make the folder of a submission",
      description="Writes a complete submission: the model, the code and the "
      "files for the server. Existing files are not overwritten.")
  new.add_argument("dir", metavar="DIR", help="folder to be made")
  new.add_argument(
      "--gin_config", default=_GIN_CONFIG, metavar="FILE",
      help=f"a gin file for dlib_train (default: {_GIN_CONFIG})")
  new.add_argument(
      "--author", action="append", default=[], metavar="NAME",
      help="your name at AIcrowd; can be given more than once")
  new.set_defaults(run=_new)


def _new(arguments):
  from sparse_disent.challenge import submission
  submission.new(arguments.dir, arguments.gin_config, arguments.author)
  print(f"Wrote {arguments.dir}. Its README.md says what to do next.")


def _add_run(names):
  run = names.add_parser(
      "run", help="train and export it, as the server does",
      description="Starts the run.sh of a submission. The environment "
      "variables AICROWD_OUTPUT_PATH, AICROWD_EVALUATION_NAME, "
      "AICROWD_DATASET_NAME and DISENTANGLEMENT_LIB_DATA set the folders and "
      "the data set.")
  _add_directory(run)
  run.add_argument(
      "--gin_bindings", action="append", default=[], metavar="BINDING",
      help="a binding that model.gin does not have, or has otherwise")
  run.add_argument(
      "--overwrite", action="store_true",
      help="replace the output that is there")
  run.set_defaults(run=_run)


def _run(arguments):
  from sparse_disent.challenge import submission
  options = [f"--gin_bindings={one}" for one in arguments.gin_bindings]
  options += ["--overwrite"] if arguments.overwrite else []
  return submission.start(arguments.dir, options)


def _add_grade(names):
  grade = names.add_parser(
      "grade", help="score what it exported",
      description="Computes the five metrics of the challenge on the output "
      "of `run`, for the same environment variables.")
  _add_directory(grade)
  grade.add_argument(
      "--representation", choices=contract.REPRESENTATIONS,
      help="representation to score (default: the first of these that exists, "
      "as on the server)")
  grade.add_argument(
      "--processes", type=int, metavar="N",
      help="processes that fit classifiers (default: one per core)")
  grade.add_argument(trust.OPTION, action="store_true", help=trust.HELP)
  grade.set_defaults(run=_grade)


def _grade(arguments):
  import sparse_disent
  from sparse_disent.challenge import scores
  from sparse_disent.challenge import submission
  from sparse_disent.compat.speed import workers
  submission.check(arguments.dir)
  settings = contract.read(arguments.dir)
  contract.use_data(arguments.dir)
  with workers.ended():
    sparse_disent.register()
    from sparse_disent.challenge import grading
    from sparse_disent.evaluation import metric_tasks
    found, failures = grading.grade(
        settings.run_dir, representation=arguments.representation,
        default_dataset=settings.dataset_name,
        num_processes=arguments.processes)
  print(scores.text(found))
  for metric, error in failures.items():
    print(f"sparse-disent: error: {metric}: {metric_tasks.reason(error)}",
          file=sys.stderr)
  return 1 if failures else 0


def _add_pack(names):
  pack = names.add_parser(
      "pack", help="check it and make the archive",
      description="Checks a submission and writes it into one archive, "
      "without scratch/.")
  _add_directory(pack)
  pack.add_argument(
      "--output", metavar="FILE",
      help="the archive (default: DIR.tar.gz, beside the folder)")
  pack.add_argument(
      "--max_megabytes", type=float, default=20, metavar="N",
      help="largest size of all files together (default: 20; the limit is "
      "ours, the challenge states none)")
  pack.add_argument(
      "--overwrite", action="store_true",
      help="replace an archive that is there")
  pack.set_defaults(run=_pack)


def _pack(arguments):
  checks.check(lambda number: number > 0, "--max_megabytes",
               "be a finite number above 0", arguments.max_megabytes,
               "Give such as 50.")
  from sparse_disent.challenge import packing
  archive, num_files = packing.pack(
      arguments.dir, arguments.output, overwrite=arguments.overwrite,
      max_bytes=int(arguments.max_megabytes * 10 ** 6))
  size = os.path.getsize(archive) / 10 ** 6
  print(f"Wrote {archive}: {num_files} files, {size:.1f} MB.")


def _add_rank(names):
  rank = names.add_parser(
      "rank", help="compare graded runs by mean rank",
      description="Ranks runs by the mean of their ranks in the five metrics. "
      "This rank is ours: the challenge's starter kit states none.")
  rank.add_argument(
      "runs", nargs="+", metavar="RUN",
      help="output folder of a graded run; it holds metrics/")
  rank.set_defaults(run=_rank)


def _rank(arguments):
  from sparse_disent.challenge import ranking
  print(ranking.table(arguments.runs))
