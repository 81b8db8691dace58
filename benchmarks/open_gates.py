"""When in training the gates of latents close.

    sparse-disent sweep pvae
    python benchmarks/open_gates.py output/pvae

Reads the summaries `active_latents`, the number of open test-time gates, of the
trainings below a folder. Adds them to a small file, in which those of other
machines stay, and prints the median and the lowest and highest number over
seeds for each model of the study. Without a folder it only prints.
"""
import argparse
import json
import pathlib

import study_runs

from sparse_disent.common import writing
from sparse_disent.report import events
from sparse_disent.results import runs as runs_lib
from sparse_disent.study import catalogue

FILE = (pathlib.Path(__file__).parent.parent / "docs" / "results"
        / "open_gates.json")
_TAG = "active_latents"
# Summaries are written in every hundredth step, from the first on.
KEPT = 1000


def main():
  """Adds and prints."""
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("folder", nargs="?", help="output of the sweep")
  parser.add_argument("--study", default="pvae")
  parser.add_argument("--steps", type=int, help="as given to the sweep")
  parser.add_argument("--file", type=pathlib.Path, default=FILE)
  arguments = parser.parse_args()
  try:
    if arguments.folder:
      add(catalogue.load(arguments.study), arguments.folder, arguments.file,
          arguments.steps)
    elif not arguments.file.exists():
      parser.error(f"There is nothing in '{arguments.file}' yet. Give the "
                   "folder of a sweep.")
    print(table(json.loads(arguments.file.read_text())))
  except (FileNotFoundError, ValueError) as error:
    parser.error(str(error))


def add(study, folder, file, steps=None):
  """Writes the file anew, with the trainings below a folder."""
  content = json.loads(file.read_text()) if file.exists() else {}
  found = study_runs.by_number(study, runs_lib.find([folder]), steps)
  for name, runs in study_runs.by_name(study, found).items():
    for run in runs:
      curves, _ = events.read(run.path / "model" / "tf_checkpoint")
      counts = curves.get(_TAG, {})
      if counts:
        seed = str(run.bound("model.random_seed"))
        content.setdefault(name, {})[seed] = kept(
            counts, run.bound("model.training_steps"))
  text = json.dumps(content, indent=1, sort_keys=True)
  with writing.new_file(str(file), replace=True) as output:
    output.write(text.encode())


def kept(counts, steps):
  """Numbers of open gates at every `KEPT`th step, from 1 on, and at the end.

  Each is the last that was written up to there: a training that was stopped
  goes on to write in every hundredth step from where it was.
  """
  return {str(step): int(counts[max(filter(step.__ge__, counts))])
          for step in (*range(min(counts), steps, KEPT), steps)}


def table(content):
  """A Markdown table with a row for each model, and a column for each step."""
  steps = sorted({int(step) for seeds in content.values()
                  for counts in seeds.values() for step in counts})
  rows = [["seeds", *map(str, steps)]]
  for seeds in content.values():
    rows.append([str(len(seeds)), *(study_runs.spread(
        [counts[str(step)] for counts in seeds.values()
         if str(step) in counts], 0) for step in steps)])
  return study_runs.markdown(rows, content)


if __name__ == "__main__":
  main()
