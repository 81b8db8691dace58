"""Table and page of a large sweep: seconds, processor time and memory.

    python benchmarks/sweep_tables.py RUN [--study unsupervised_study_v1]
        [--models 12600] [--folder DIR]

Multiplies the result files of one real run, with its evaluations, by the models
of a study: each gets the settings of its model, identities of its own, and
scores that differ by noise. Then measures, each in a process of its own:

  list    what is done, as a sweep does before it begins
  table   results.csv, results.parquet and TensorBoard's files, as a sweep
          writes them at its end
  report  the page, by sparse-disent report
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import random
import re
import tempfile

import side_by_side

from sparse_disent.study import catalogue
from sparse_disent.study import tasks


def multiply(run, planned):
  """Writes the result files of all tasks."""
  files = {path.relative_to(run): json.loads(path.read_text())
           for path in pathlib.Path(run).rglob("results/json/*.json")
           if "tf_checkpoint" not in path.parts}
  made = set()
  for task in planned:
    noise = random.Random(task.number)
    settings = dict(binding.split(" = ", 1) for binding in task.bindings)
    for name, content in files.items():
      if name.name == "train_config.json":
        content = {**content, **settings}
      elif name.name.endswith("_results.json"):
        content = {key: _own(value, key, noise, task)
                   for key, value in content.items()}
      path = os.path.join(task.directory, name)
      if os.path.dirname(path) not in made:
        os.makedirs(os.path.dirname(path))
        made.add(os.path.dirname(path))
      with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file)
    with open(os.path.join(task.directory, tasks.RECORD), "wb") as file:
      file.write(tasks.encoded(tasks.changed(
          task, tasks.Record(), state=tasks.State.DONE)))


def _own(value, key, noise, task):
  if key == "uuid":
    return f"{value}-{task.number}"
  return value * noise.uniform(.9, 1.1) if isinstance(value, float) else value


def listing(planned, output):
  """Reads the records of all tasks."""
  del output
  assert all(tasks.is_done(task, tasks.read(task)) for task in planned)


def table(planned, output):
  """Writes the table."""
  del planned
  from sparse_disent.study import tables
  tables.write(output)


def report(planned, output):
  """Writes the page."""
  del planned
  from sparse_disent import cli
  assert cli.main(["report", output, f"--output={output}.html"]) == 0


def _measure(work, planned, output, answers):
  watch = side_by_side.Stopwatch()
  work(planned, output)
  # What getrusage says a process has from the one that started it.
  peak = re.search(r"VmHWM:\s*(\d+) kB",
                   pathlib.Path("/proc/self/status").read_text())
  answers.put((*watch.seconds(), int(peak[1]) / 1e3))


def main():
  """Prints a line for each."""
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("run")
  parser.add_argument("--study", default="unsupervised_study_v1")
  parser.add_argument("--models", type=int, default=12600)
  parser.add_argument("--folder", help="where results go; they stay there")
  arguments = parser.parse_args()
  study = catalogue.load(arguments.study)
  with tempfile.TemporaryDirectory() as temporary:
    output = os.path.join(arguments.folder or temporary, study.name)
    planned = tasks.make(study, output, range(arguments.models))
    multiply(arguments.run, planned)
    fresh = multiprocessing.get_context("spawn")
    for work in (listing, table, report):
      answers = fresh.SimpleQueue()
      process = fresh.Process(
          target=_measure, args=(work, planned, output, answers))
      process.start()
      process.join()
      if process.exitcode:
        raise SystemExit(f"{work.__name__} failed")
      seconds, processor, memory = answers.get()
      print(f"{work.__name__}: {seconds:.1f} s, {processor:.1f} s of a "
            f"processor, {memory:.0f} MB", flush=True)
    for path in sorted(pathlib.Path(output).glob("results.*")) + [
        pathlib.Path(f"{output}.html")]:
      print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
  main()
