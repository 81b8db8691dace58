"""`sparse-disent evaluate` against the calls of `dlib_evaluate` it stands for.

    python benchmarks/evaluation.py MODEL_DIR WORK_DIR [METRIC ...]
        [--num_train N] [--num_test N] [--part upstream|whole|alone ...]

Both score the mean representation of one model by the metrics of
unsupervised_study_v1, as a user starts them, start-up included: upstream once a
metric, ours once in all and, with the codes that are there then, once a metric.
Upstream runs through our compat start-up, without which it does not start, with
scikit-learn's own boosted trees. Prints seconds, processor seconds, peak memory
of the largest process, workers included, the ratio of seconds, and the largest
difference of any score; nested scores and importances count.

Each run is appended to WORK_DIR/measured.jsonl, and the same command goes on
with those that are missing. So do commands that name some of the metrics.

`--num_train` and `--num_test` reduce the numbers of points of all metrics that
have them. `--part` chooses upstream's runs, ours of all metrics in one (whole),
and ours of each alone.
"""
import argparse
import json
import numbers
import os
import pathlib
import shutil
import subprocess
import sys
import threading
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
PARTS = ("upstream", "whole", "alone")
# Seconds between two looks at the memory of processes.
INTERVAL = 1.0


def main():
  """Runs the comparison."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("model_dir")
  parser.add_argument("work_dir", type=pathlib.Path)
  parser.add_argument("metric", nargs="*")
  parser.add_argument("--num_train", type=int)
  parser.add_argument("--num_test", type=int)
  parser.add_argument("--part", nargs="+", choices=PARTS, default=PARTS)
  arguments = parser.parse_args()
  study = protocol.load(reduced(
      arguments.work_dir, num_train=arguments.num_train,
      num_test=arguments.num_test, num_eval=arguments.num_test)).only(
          representations=["mean"], metrics=arguments.metric)
  measure(study, arguments)
  show(study.metrics, arguments.work_dir)


def measure(study, arguments):
  """Makes the runs that are missing."""
  work, ours = arguments.work_dir, arguments.work_dir / "ours"
  once(work, "mean", "dlib_postprocess",
       f"--gin_config={study.representations['mean']}",
       f"--model_dir={arguments.model_dir}", f"--output_dir={work / 'mean'}")
  for name, gin_file in study.metrics.items():
    if "upstream" in arguments.part:
      once(work, f"upstream/{name}", "dlib_evaluate",
           f"--gin_config={gin_file}", f"--input_dir={work / 'mean'}",
           f"--output_dir={work / 'upstream' / name}", ours=False)
  evaluate = ("sparse-disent", "evaluate", f"--protocol={work / 'protocol'}",
              f"--model_dir={arguments.model_dir}", f"--output_dir={ours}",
              "--representation=mean", "--overwrite")
  whole = f"all {len(study.metrics)}"
  if "whole" in arguments.part and whole not in measured(work):
    shutil.rmtree(ours, ignore_errors=True)  # It begins without codes.
  ours.mkdir(exist_ok=True)
  if "whole" in arguments.part:
    once(work, whole, *evaluate,
         *[f"--metric={name}" for name in study.metrics])
  for name in study.metrics:
    if "alone" in arguments.part:
      once(work, f"ours/{name}", *evaluate, f"--metric={name}")


def show(names, work):
  """Prints the table of what has been measured."""
  runs = measured(work)
  print(f"{'':36}{'upstream':>24}{'ours':>24}\n{'metric':36}"
        + f"{'s':>8}{'CPU s':>8}{'MiB':>8}" * 2 + f"{'ratio':>8}"
        f"{'difference':>12}")
  for name in names:
    report(name, runs.get(f"upstream/{name}"), runs.get(f"ours/{name}"))
    results = (work / "upstream" / name, work / "ours/metrics/mean" / name)
    print(f"{difference(*results):12.1e}" if all(map(os.path.isdir, results))
          else "")
  whole = f"all {len(names)}"
  upstream = [runs[f"upstream/{name}"] for name in names
              if f"upstream/{name}" in runs]
  if len(upstream) == len(names):
    runs[f"upstream/{whole}"] = {
        "seconds": sum(run["seconds"] for run in upstream),
        "processor": sum(run["processor"] for run in upstream),
        "mib": max(run["mib"] for run in upstream)}
  report(whole, runs.get(f"upstream/{whole}"), runs.get(whole))
  print()


def report(name, upstream, ours):
  """Prints a line of the table, but for its end; None leaves columns out."""
  print(f"{name:36}{columns(upstream)}{columns(ours)}" + (
      f"{upstream['seconds'] / ours['seconds']:8.1f}"
      if upstream and ours else f"{'':8}"), end="")


def columns(run):
  """Returns the columns of a run; None leaves them out."""
  if run is None:
    return f"{'':24}"
  return f"{run['seconds']:8.1f}{run['processor']:8.1f}{run['mib']:8.0f}"


def measured(work):
  """Returns the runs that have been measured, by name."""
  path = work / "measured.jsonl"
  lines = path.read_text().splitlines() if path.exists() else []
  return {run["name"]: run for run in map(json.loads, lines)}


def once(work, name, *command, ours=True):
  """Runs a command, unless it has been measured."""
  if name in measured(work):
    return
  result = {"name": name, **run(*command, ours=ours)}
  with open(work / "measured.jsonl", "a") as file:
    file.write(json.dumps(result) + "\n")


def reduced(work, **sizes):
  """Copies the study with other numbers of points; None leaves one alone."""
  for kind in ("postprocess_configs", "metric_configs"):
    (work / "protocol" / kind).mkdir(parents=True, exist_ok=True)
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
  """Runs a command; returns its time and its peak memory in MiB."""
  script = [BIN / command[0], *command[1:]]
  start = time.perf_counter()
  process = subprocess.Popen(
      script if ours else [sys.executable, "-c", WITHOUT_OURS, *script],
      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
  seen, ended = {}, threading.Event()
  watcher = threading.Thread(target=watch, args=(process.pid, seen, ended))
  watcher.start()
  _, status, usage = os.wait4(process.pid, 0)
  seconds = time.perf_counter() - start
  ended.set()
  watcher.join()
  if status:
    raise SystemExit(f"failed: {' '.join(map(str, command))}")
  processor, mib = zip(*seen.values(), strict=True)
  return {"seconds": seconds,
          "processor": max(usage.ru_utime + usage.ru_stime, sum(processor)),
          "mib": max(usage.ru_maxrss / 1024, *mib)}


def watch(first, seen, ended):
  """Notes processor seconds and peak MiB of a process and its descendants."""
  while not ended.wait(INTERVAL):
    found = dict(filter(None, map(looked_at, pathlib.Path("/proc").glob(
        "[0-9]*"))))
    family, before = {first}, 0
    while len(family) > before:
      before = len(family)
      family |= {child for child, (parent, *_) in found.items()
                 if parent in family}
    seen.update({each: found[each][1:] for each in family if each in found})


def looked_at(folder):
  """Returns (number, (parent, processor seconds, peak MiB)) of a process."""
  try:
    status = (folder / "status").read_text()
    times = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
  except OSError:  # It has ended.
    return None
  values = dict(line.split(":", 1) for line in status.splitlines())
  return int(folder.name), (
      int(values["PPid"]), sum(map(int, times)) / os.sysconf("SC_CLK_TCK"),
      int(values.get("VmHWM", "0").split()[0]) / 1024)


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


if __name__ == "__main__":
  main()
