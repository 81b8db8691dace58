"""`sparse-disent evaluate` against the calls of `dlib_evaluate` it stands for.

    python benchmarks/evaluation.py MODEL_DIR WORK_DIR [METRIC ...]
        [--num_train N] [--num_test N] [--skip_whole]

Both score the mean representation of one model by the metrics of
unsupervised_study_v1, as a user starts them, start-up included: upstream once a
metric, ours once in all and, with the codes that are there then, once a metric.
Upstream runs through our compat start-up, without which it does not start, with
scikit-learn's own boosted trees. Prints seconds, ratios and peak memory of the
largest process, and the largest difference of any score; nested scores and
importances count. `--num_train` and `--num_test` reduce the numbers of points
of all metrics that have them, `--skip_whole` leaves the run of all in one out.
"""
import argparse
import json
import numbers
import os
import pathlib
import subprocess
import sys
import time

from sparse_disent.evaluation import protocol
from sparse_disent.results import gin_files

STUDY = "unsupervised_study_v1"
BIN = pathlib.Path(sys.executable).parent
# Starts a script with scikit-learn's own boosted trees.
WITHOUT_OURS = """
import runpy, sys
from sparse_disent.compat.speed import boosted_trees
boosted_trees.VERSIONS = {}
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def main():
  """Runs the comparison."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("model_dir")
  parser.add_argument("work_dir")
  parser.add_argument("metric", nargs="*")
  parser.add_argument("--num_train", type=int)
  parser.add_argument("--num_test", type=int)
  parser.add_argument("--skip_whole", action="store_true")
  arguments = parser.parse_args()
  work = pathlib.Path(arguments.work_dir)
  work.mkdir(parents=True)  # An error if there is anything.
  study = protocol.load(reduced(
      work, num_train=arguments.num_train, num_test=arguments.num_test,
      num_eval=arguments.num_test)).only(
          representations=["mean"], metrics=arguments.metric)
  ours = work / "ours"
  run("dlib_postprocess", f"--gin_config={study.representations['mean']}",
      f"--model_dir={arguments.model_dir}", f"--output_dir={work / 'mean'}")
  whole = None
  if not arguments.skip_whole:
    chosen = [f"--metric={name}" for name in study.metrics]
    whole = evaluate(work, arguments.model_dir, ours, *chosen)
  print(f"{'':36}{'upstream':>17}{'ours':>17}\n"
        f"{'metric':36}{'s':>9}{'MiB':>8}{'s':>9}{'MiB':>8}{'ratio':>9}"
        f"{'difference':>12}")
  total = 0.0
  for name, gin_file in study.metrics.items():
    upstream = run("dlib_evaluate", f"--gin_config={gin_file}",
                   f"--input_dir={work / 'mean'}",
                   f"--output_dir={work / 'upstream' / name}", ours=False)
    total += upstream[0]
    alone = evaluate(
        work, arguments.model_dir, ours, f"--metric={name}", "--overwrite")
    report(name, upstream, alone, difference(
        work / "upstream" / name, ours / "metrics/mean" / name))
  if whole:
    report("all, with encoding", (total, 0), whole, None)


def reduced(work, **sizes):
  """Copies the study with other numbers of points; None leaves one alone."""
  for kind in ("postprocess_configs", "metric_configs"):
    (work / "protocol" / kind).mkdir(parents=True)
  loaded = protocol.load(STUDY)
  for kind, files in (("postprocess_configs", loaded.representations),
                      ("metric_configs", loaded.metrics)):
    for name, file in files.items():
      lines = [f"include {os.path.abspath(file)!r}"]
      for key, value in gin_files.bindings(file).items():
        size = sizes.get(key.rpartition(".")[2])
        if size is not None:
          lines.append(
              f"{key} = {[size] if isinstance(value, list) else size}")
      (work / "protocol" / kind / f"{name}.gin").write_text("\n".join(lines))
  return str(work / "protocol")


def run(*command, ours=True):
  """Runs a command; returns its seconds and its peak memory in MiB."""
  script = [BIN / command[0], *command[1:]]
  start = time.perf_counter()
  process = subprocess.Popen(
      script if ours else [sys.executable, "-c", WITHOUT_OURS, *script],
      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
  _, status, usage = os.wait4(process.pid, 0)
  if status:
    raise SystemExit(f"failed: {' '.join(map(str, command))}")
  return time.perf_counter() - start, usage.ru_maxrss / 1024


def evaluate(work, model_dir, output_dir, *arguments):
  """Runs our command; returns what `run` does."""
  pathlib.Path(output_dir, "metrics").mkdir(parents=True, exist_ok=True)
  return run("sparse-disent", "evaluate", f"--protocol={work / 'protocol'}",
             f"--model_dir={model_dir}", f"--output_dir={output_dir}",
             "--representation=mean", *arguments)


def difference(upstream, ours):
  """Returns the largest difference of two runs' scores."""
  found, expected = (
      dict(scores(json.loads(pathlib.Path(
          folder, "results/json/evaluation_results.json").read_text())))
      for folder in (ours, upstream))
  if set(found) != set(expected):
    raise SystemExit(
        f"other scores: {sorted(set(found) ^ set(expected))} of {ours}")
  return max(abs(found[name] - value) for name, value in expected.items())


def scores(value, name=""):
  """Yields names and values of all numbers in a result."""
  if isinstance(value, (dict, list)):
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, entry in entries:
      if key not in ("uuid", "elapsed_time"):
        yield from scores(entry, f"{name}/{key}")
  elif isinstance(value, numbers.Real):
    yield name, value


def report(name, upstream, ours, largest):
  """Prints one line of the table; None leaves a column out."""
  print(f"{name:36}{upstream[0]:9.1f}{upstream[1]:8.0f}" + (
      f"{'':26}" if ours is None else
      f"{ours[0]:9.1f}{ours[1]:8.0f}{upstream[0] / ours[0]:9.1f}")
      + ("" if largest is None else f"{largest:12.1e}"), flush=True)


if __name__ == "__main__":
  main()
