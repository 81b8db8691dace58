"""The command `sparse-disent sweep`; each function calls one module here.

Slow imports are made only when the command runs.
"""
import argparse
import os
import sys


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]"
        ) -> None:
  """Adds the command to the parser of `sparse-disent`."""
  sweep = commands.add_parser(
      "sweep", help="train and score the models of a study",
      description="Trains, extracts, evaluates and draws the models of a "
      "study. What is done is skipped, and what was interrupted goes on: the "
      "same command continues a sweep.")
  sweep.add_argument(
      "study", nargs="?", help="name of a study, or path of a .py or .gin "
      "file; or give --gin_config and --vary")
  sweep.add_argument(
      "--output", metavar="DIR", help="folder of the results (default: "
      "output/STUDY), or a URL to which each model is copied from there when "
      "it is done, such as s3://BUCKET/STUDY")
  sweep.add_argument(
      "--models", metavar="A:B", help="only these numbers, such as 0:40 or 3,7")
  sweep.add_argument(
      "--where", action="append", default=[], metavar="NAME=VALUE",
      help="only models with this setting, such as vae.beta=4 or vae.beta=1,4; "
      "can be given more than once")
  sweep.add_argument(
      "--steps", type=int, metavar="N", help="training steps of each model")
  sweep.add_argument(
      "--gin_bindings", action="append", default=[], metavar="BINDING",
      help="a setting for all models; can be given more than once")
  sweep.add_argument(
      "--retry", action="store_true", help="try models again that have failed")
  sweep.add_argument(
      "--confirm", action="store_true", help="of a search that is done: train "
      "the best settings again, on seeds that it never saw, and write recipes")
  sweep.add_argument(
      "--dry_run", action="store_true",
      help="print models, hours, memory and disk, and do nothing")
  sweep.add_argument(
      "--calibrate", action="store_true",
      help="measure the speed of this machine first, in about a minute")
  sweep.add_argument(
      "--machines", type=int, default=1, metavar="N",
      help="number of machines that the estimate is for")
  _add_grid(sweep)
  _add_runners(sweep)
  sweep.set_defaults(run=_run)


def _add_grid(sweep):
  grid = sweep.add_argument_group("without a study")
  grid.add_argument(
      "--gin_config", metavar="FILE", help="configuration of a model")
  grid.add_argument(
      "--vary", action="append", default=[], metavar="NAME=VALUE,VALUE",
      help="values of a parameter; all combinations are trained")
  grid.add_argument(
      "--seeds", type=int, metavar="N",
      help="number of seeds; each goes to every seed that the configuration "
      "binds (default: 1)")
  grid.add_argument(
      "--protocol", metavar="NAME", help="name or folder of a protocol")


def _add_runners(sweep):
  runners = sweep.add_argument_group("where it runs")
  runners.add_argument(
      "--runner", choices=("local", "slurm", "ray"), default="local",
      help="processes on this machine (default), an array job, or a cluster")
  runners.add_argument(
      "--processes", type=int, metavar="N", help="local: models at once "
      "(default: what --calibrate found to be faster, or else one a core)")
  runners.add_argument(
      "--submit", action="store_true",
      help="slurm: hand the script to sbatch, not only write it")
  runners.add_argument(
      "--address", metavar="ADDRESS", help="ray: address of the cluster")


def _run(arguments: argparse.Namespace) -> int:
  _check(arguments)
  import sparse_disent
  sparse_disent.register()
  from sparse_disent.common import stopping
  from sparse_disent.study import planning
  from sparse_disent.study import remote
  from sparse_disent.study import request
  from sparse_disent.study import sweep
  asked = request.read(arguments)
  study, output, numbers = asked.study, asked.output, asked.numbers
  sweep.check(study, numbers, asked.bindings, with_data=arguments.calibrate or (
      not arguments.dry_run and arguments.runner == "local"))
  planned = asked.tasks()
  if arguments.calibrate:
    from sparse_disent.study import calibrating
    planning.write(output, calibrating.calibrate(planned[0],
                                                 arguments.processes))
  if arguments.dry_run:
    print(planning.estimate(
        planned, sweep.steps(study, numbers, asked.bindings),
        planning.read(output)).text(arguments.machines))
    return 0
  if arguments.runner == "slurm":
    return _write_jobs(asked, arguments)
  if asked.url:
    remote.exchange(planned)
  with stopping.going_on(
      "The same command goes on: models that are done are kept."):
    result = sweep.run(planned, _runner(study, output, arguments),
                       retry=arguments.retry)
  if asked.url:
    remote.exchange(planned)  # What other machines have done.
  _write_tables(asked)
  print(result.text(asked.url or output))
  return 1 if result.failures or result.unfinished else 0


def _check(arguments):
  """Refuses numbers below 1, and options of another runner."""
  for name in ("steps", "machines", "processes", "seeds"):
    value = getattr(arguments, name)
    if value is not None and value < 1:
      raise ValueError(f"--{name} must be 1 or more, but is {value}.")
  for name, runner in (("submit", "slurm"), ("address", "ray")):
    if getattr(arguments, name) and arguments.runner != runner:
      raise ValueError(f"--{name} is for --runner={runner}, but the runner is "
                       f"{arguments.runner}. Leave it out, or give both.")


def _write_tables(asked):
  """Writes the table of results, and the recipes of a search."""
  from sparse_disent.study import recipe_files
  from sparse_disent.study import remote
  from sparse_disent.study import sweep
  from sparse_disent.study import tables
  study, begun = asked.study, asked.begun()
  left_out: list[str] = []
  paths = tables.write(asked.output, left_out)
  for message in left_out:
    print("sparse-disent: left out:", message, file=sys.stderr)
  if study.search and len(begun) == len(study.models):
    print("To confirm the best settings on seeds that the search never saw, "
          "add --confirm.")
  elif asked.confirms:
    search = asked.confirms
    found = recipe_files.table(
        search.study, search.rows(), study, asked.rows())
    paths += recipe_files.write(
        search.study, found, sweep.steps(study, [0], asked.bindings)[0],
        search.output, asked.bindings)
    print(recipe_files.text(search.study, found))
  print(*(f"Wrote {path}." for path in paths), sep="\n")
  if asked.url:
    remote.put_files(paths, (asked.confirms or asked).output,
                     (asked.confirms or asked).url)


def _runner(study, output, arguments):
  import functools

  import joblib

  from sparse_disent.study import planning
  if arguments.runner == "ray":
    from sparse_disent.study import ray_cluster
    return functools.partial(
        ray_cluster.run, resources=study.resources, address=arguments.address)
  from sparse_disent.study import local
  measured = planning.read(output)
  processes = arguments.processes or (
      measured.best_processes if measured else joblib.cpu_count())
  return functools.partial(local.run, processes=processes)


def _write_jobs(asked, arguments: argparse.Namespace) -> int:
  from sparse_disent.study import slurm
  paths = slurm.write(
      asked.study, asked.numbers, asked.output, slurm.command(_again(
          arguments, asked.confirms or asked)))
  print(*(f"Wrote {path}." for path in paths), sep="\n")
  if arguments.submit:
    print(*slurm.submit(paths), sep="\n")
  else:
    print("To start it: sbatch", *paths)
  return 0


def _again(arguments, asked):
  """The arguments of a job that performs one model of the same sweep."""
  again = ["sweep", *([arguments.study] if arguments.study else []),
           f"--output={asked.url or os.path.abspath(asked.output)}",
           "--processes=1", "--retry"]
  for name in ("gin_config", "protocol", "seeds", "steps"):
    value = getattr(arguments, name)
    if value is not None:
      again.append(f"--{name}={value}")
  if arguments.confirm:
    again.append("--confirm")
  for name in ("vary", "gin_bindings"):
    again += [f"--{name}={value}" for value in getattr(arguments, name)]
  return again
