"""`sparse-disent evaluate` against the calls of `dlib_evaluate` it stands for.

    python benchmarks/evaluation.py MODEL_DIR WORK_DIR [METRIC ...]

Both score the mean representation of one model by the metrics of
unsupervised_study_v1, as a user starts them, start-up included: upstream once a
metric, ours once in all. Metrics that mostly encode are also run alone, with
the codes that are there then. Prints seconds, ratios and peak memory, and the
largest difference of any score.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

from sparse_disent.evaluation import protocol

STUDY = "unsupervised_study_v1"
BIN = pathlib.Path(sys.executable).parent
ENCODING = ("beta_vae_sklearn", "factor_vae_metric")


def main():
  """Runs the comparison."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("model_dir")
  parser.add_argument("work_dir")
  parser.add_argument("metric", nargs="*")
  arguments = parser.parse_args()
  work = pathlib.Path(arguments.work_dir)
  study = protocol.load(STUDY).only(
      representations=["mean"], metrics=arguments.metric)
  ours = work / "ours"
  work.mkdir(parents=True)  # An error if there is anything.
  run("dlib_postprocess", f"--gin_config={study.representations['mean']}",
      f"--model_dir={arguments.model_dir}", f"--output_dir={work / 'mean'}")
  chosen = [f"--metric={name}" for name in study.metrics]
  whole = evaluate(arguments.model_dir, ours, *chosen)
  print(f"{'':36}{'upstream':>17}{'ours':>17}\n"
        f"{'metric':36}{'s':>9}{'MiB':>8}{'s':>9}{'MiB':>8}{'ratio':>9}"
        f"{'difference':>12}")
  total = 0.0
  for name, gin_file in study.metrics.items():
    upstream = run("dlib_evaluate", f"--gin_config={gin_file}",
                   f"--input_dir={work / 'mean'}",
                   f"--output_dir={work / 'upstream' / name}")
    total += upstream[0]
    alone = None
    if name in ENCODING:
      alone = evaluate(
          arguments.model_dir, ours, f"--metric={name}", "--overwrite")
    report(name, upstream, alone, difference(
        work / "upstream" / name, ours / "metrics/mean" / name))
  report("all, with encoding", (total, 0), whole, None)


def run(*command):
  """Runs a command; returns its seconds and its peak memory in MiB."""
  start = time.perf_counter()
  process = subprocess.Popen(
      [BIN / command[0], *command[1:]], stdout=subprocess.DEVNULL,
      stderr=subprocess.DEVNULL)
  _, status, usage = os.wait4(process.pid, 0)
  if status:
    raise SystemExit(f"failed: {' '.join(map(str, command))}")
  return time.perf_counter() - start, usage.ru_maxrss / 1024


def evaluate(model_dir, output_dir, *arguments):
  """Runs our command; returns what `run` does."""
  pathlib.Path(output_dir, "metrics").mkdir(parents=True, exist_ok=True)
  return run("sparse-disent", "evaluate", f"--protocol={STUDY}",
             f"--model_dir={model_dir}", f"--output_dir={output_dir}",
             "--representation=mean", *arguments)


def difference(upstream, ours):
  """Returns the largest difference of two runs' scores."""
  found, expected = (json.loads(pathlib.Path(
      folder, "results/json/evaluation_results.json").read_text())
      for folder in (ours, upstream))
  names = set(expected) - {"uuid", "elapsed_time"}
  return max(abs(found[name] - expected[name]) for name in names
             if isinstance(expected[name], (int, float)))


def report(name, upstream, ours, largest):
  """Prints one line of the table; None leaves a column out."""
  print(f"{name:36}{upstream[0]:9.1f}{upstream[1]:8.0f}" + (
      f"{'':26}" if ours is None else
      f"{ours[0]:9.1f}{ours[1]:8.0f}{upstream[0] / ours[0]:9.1f}")
      + ("" if largest is None else f"{largest:12.1e}"), flush=True)


if __name__ == "__main__":
  main()
