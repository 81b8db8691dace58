"""Kills commands at random moments, and looks at what is left.

    PYTHONPATH=tests python benchmarks/kills.py [--kills 10]
      [--signal KILL TERM INT HUP] [--command NAME ...] [--seed 0]
      [--trials FILE]

Each command but training runs on tiny data. It is killed at a random moment, or
gets another signal. Then its results have to be the former ones or whole new
ones, no process may live on, and the same command has to go on: its results
equal those of a run that nobody killed, and no hidden file is left. All
processes are forked from one that has imported everything.

With --trials each trial is added to FILE, as a line of JSON, when it ends. The
same call makes the trials that are not in it, and prints the table of all.
"""
import argparse
import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from unittest import mock

from disentanglement_lib.data.ground_truth import dsprites as upstream_data
from disentanglement_lib.evaluation import evaluate
from disentanglement_lib.postprocessing import postprocess
from disentanglement_lib.utils import aggregate_results
from disentanglement_lib.visualize import visualize_model
from support import small_challenge
from support import small_dsprites
from support import small_run

import sparse_disent
from sparse_disent import cli
from sparse_disent.challenge import grading
from sparse_disent.challenge import training
from sparse_disent.common import processes
from sparse_disent.common import stopping
from sparse_disent.data import dsprites
from sparse_disent.data import packed

sparse_disent.register()
CODES = {"INT": 130, "TERM": 143, "HUP": 129}
# Seconds in which the processes of a killed command have to end.
PATIENCE = 5.0
METRIC = "run/metrics/mean/mig"


@dataclasses.dataclass(frozen=True)
class Command:
  """A command and its results.

  Attributes:
    run: Function without arguments; the working directory is the trial's.
    results: Glob patterns of results. Each is whole, or the former one. If a
      file is given after ":", a result without this file does not count.
    start: Name of the folder that a trial begins with.
  """

  run: Callable
  results: tuple[str, ...]
  start: str = "measured"


def _represent(overwrite):
  return lambda: postprocess.postprocess_with_gin(
      "run/model", "run/postprocessed/mean", overwrite,
      ["protocol/postprocess_configs/mean.gin"])


def _measure(overwrite):
  return lambda: evaluate.evaluate_with_gin(
      "run/postprocessed/mean", METRIC, overwrite,
      ["protocol/metric_configs/mig.gin"])


def _cli(*arguments):
  return lambda: cli.main(arguments)


def _slow_images(archive):
  """Writes few images, and takes its time."""
  for number in range(20):
    archive.writestr(f"{number}", bytes(10 ** 5))
    time.sleep(0.02)


def _render():
  with mock.patch.object(dsprites, "_write_images", _slow_images), \
      mock.patch.object(packed, "load"):
    return cli.main(["data", "dsprites", "--dir=new"])


def _pack():
  with mock.patch.object(packed, "_packed_blocks", _slow_blocks):
    packed.load("data/dsprites/" + os.path.basename(
        upstream_data.DSPRITES_PATH))


@contextlib.contextmanager
def _slow_blocks(path, original=packed._packed_blocks):
  def slow(blocks):
    for block in blocks:
      for row in block:
        time.sleep(0.005)
        yield row[None]

  with original(path) as (shape, blocks):
    yield shape, slow(blocks)


def _challenge():
  settings = dataclasses.replace(
      small_challenge.settings("out"), output_path="out")
  training.run(settings, "model.gin", [], small_challenge.Recorder())


_EVALUATION = ("evaluate", "--protocol=protocol", "--model_dir=run/model",
               "--processes=2")
_EVALUATED = ("run/postprocessed/*", "run/metrics/*/*",
              "run/pictures:pictures.json")
COMMANDS = {
    "dlib_postprocess": Command(
        _represent(False), ("run/postprocessed/*",), "trained"),
    "dlib_postprocess --overwrite": Command(
        _represent(True), ("run/postprocessed/*",)),
    "dlib_evaluate": Command(_measure(False), (METRIC,), "represented"),
    "dlib_evaluate --overwrite": Command(_measure(True), (METRIC,)),
    "dlib_visualize_model": Command(
        lambda: visualize_model.visualize(
            "run/model", "visual", num_animations=1, num_frames=3,
            num_points_irs=50), ("visual",)),
    "dlib_aggregate_results": Command(
        lambda: aggregate_results.aggregate_results_to_json(
            "run/metrics/*/*/results/aggregate/evaluation.json", "all.json"),
        ("all.json",)),
    "evaluate": Command(_cli(*_EVALUATION), _EVALUATED, "trained"),
    "evaluate --overwrite": Command(
        _cli(*_EVALUATION, "--overwrite"), _EVALUATED, "evaluated"),
    "compact": Command(_cli("compact", "run/model", "small"), ("small",)),
    "report": Command(
        _cli("report", "run", "--output=r.html"), ("r.html",)),
    "compare": Command(
        _cli("compare", "run", "--output=c.html"), ("c.html",)),
    "data": Command(_render, ("new/dsprites/*",), "data"),
    "packing": Command(_pack, ("data/dsprites/*packed*",), "data"),
    "challenge run": Command(
        _challenge, ("out/small/*",), "data"),
    "challenge grade": Command(
        lambda: grading.grade("out/small", protocol="challenge",
                              num_processes=2),
        ("out/small/metrics/*",), "submitted"),
    "sweep": Command(
        _cli("sweep", "--gin_config=model.gin", "--vary=vae.beta=1,4",
             "--output=swept", "--protocol=protocol", "--processes=1"),
        ("swept/*/model:results/json/train_results.json",
         "swept/*/postprocessed/*",
         "swept/*/metrics/*/*"), "data"),
    "challenge pack": Command(
        _cli("challenge", "pack", "mine", "--output=mine.tar.gz"),
        ("mine.tar.gz",), "data"),
}


def main(argv=None):
  """Prints the table; returns the number of trials with a fault."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("--kills", type=int, default=10)
  parser.add_argument("--signal", nargs="+", default=["KILL"])
  parser.add_argument("--command", nargs="+", default=list(COMMANDS))
  parser.add_argument("--seed", type=int, default=0)
  parser.add_argument("--trials", type=pathlib.Path, metavar="FILE")
  arguments = parser.parse_args(argv)
  _listen()
  print("| command | seconds | signal | times | finished before | lost | half "
        "| orphans | went on, equal | left behind | message |")
  print("|---|---|---|---|---|---|---|---|---|---|---|")
  faults = 0
  with tempfile.TemporaryDirectory() as folder:
    bench = Bench(pathlib.Path(folder).resolve())
    for name in arguments.command:
      former = _former(arguments.trials, name)
      for trial in bench.trials(name, arguments.signal, arguments.kills,
                                arguments.seed, former):
        former.append(trial)
        if arguments.trials:
          with arguments.trials.open("a") as file:
            file.write(json.dumps(trial) + "\n")
      faults += sum(_row(former, kind) for kind in arguments.signal)
  return faults


def _listen():
  """Takes back that signals are ignored, as a shell's "&" and nohup make it.

  What this process ignores, the commands that it starts would ignore.
  """
  signal.signal(signal.SIGINT, signal.default_int_handler)
  signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _former(file, name):
  """Returns the trials of a command that a file holds."""
  if not file or not file.exists():
    return []
  found = map(json.loads, file.read_text().splitlines())
  return [trial for trial in found if trial["command"] == name]


def _row(trials, kind):
  """Prints the row of a signal; returns the number of faults."""
  rows = [trial for trial in trials if trial["signal"] == kind]
  seen = {key: sum(row["seen"][key] for row in rows)
          for key in rows[0]["seen"]}
  seconds = sum(row["seconds"] for row in rows) / len(rows)
  print(f"| {rows[0]['command']} | {seconds:.1f} | {kind} | {len(rows)} | "
        + " | ".join(map(str, seen.values())) + " |", flush=True)
  faults = sum(seen[key] for key in ("lost", "half", "orphans", "left"))
  return faults + 2 * len(rows) - seen["equal"] - seen["message"]


class Bench:
  """A folder with what commands start from, and the trials in it."""

  def __init__(self, folder):
    self._folder, self._work = folder, folder / "work"
    self._seconds = 0.0
    data = self._work / "data"
    os.environ["DISENTANGLEMENT_LIB_DATA"] = str(data)  # Of spawned workers.
    upstream_data.DSPRITES_PATH = str(data / small_dsprites.files.DSPRITES)

  def trials(self, name, signals, count, seed, former):
    """Yields the trials that are not among the former ones."""
    command = COMMANDS[name]
    missing = [(kind, number) for kind in signals for number in range(count)
               if number >= sum(one["signal"] == kind for one in former)]
    if missing:
      expected = self._reference(command)
    for kind, number in missing:
      draw = random.Random(f"{seed} {name} {kind} {number}")
      seconds, delay = self._seconds, draw.uniform(0, self._seconds)
      yield {"command": name, "signal": kind, "number": number, "after": delay,
             "seconds": seconds,
             "seen": self._trial(command, kind, delay, expected)}

  def _reference(self, command):
    """Returns what two whole runs have alike."""
    found = []
    for _ in range(2):
      self._reset(command)
      code, output = self._finish(command.run)
      if code:
        raise SystemExit(output)
      found.append(self._results(command))
    one, other = found
    assert one.keys() == other.keys() and one
    return {
        result: {path: digest for path, digest in one[result].items()
                 if other[result].get(path) == digest} for result in one}

  def _trial(self, command, kind, delay, expected):
    self._reset(command)
    before = self._results(command)
    child, output = self._start(command.run)
    time.sleep(delay)
    pids = _descendants(child)
    finished = not _alive(child)
    with contextlib.suppress(ProcessLookupError):
      os.kill(child, getattr(signal, f"SIG{kind}"))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    orphans = sum(not _ended(pid) for pid in pids)
    found = self._results(command)
    finished = finished or code == 0 or code == 1
    lost = sum(result not in found for result in before)
    half = sum(not (found[result] == before.get(result)
                    or _equals(found[result], expected.get(result)))
               for result in found)
    text = output.read_text(errors="replace")
    right = finished or kind == "KILL" or (
        code == CODES[kind] and "Traceback" not in text
        and text.count("stopped by") == 1)
    code, text = self._finish(command.run)
    after = self._results(command)
    unlike = list(_unlike(after, expected))
    equal = not unlike and after.keys() == expected.keys() and (
        code == 0 or "exist" in text or "already" in text)
    left = [path for path in self._work.rglob(".*") if path.is_file()
            or path.is_dir()]
    if lost or half or orphans or left or not equal or not right:
      print(f"  after {delay:.3f} s: lost {lost}, half {half}, orphans "
            f"{orphans}, left {left}, equal {equal}, message {right}\n"
            f"  unlike: {', '.join(unlike) or 'nothing'}\n"
            f"{output.read_text(errors='replace')[-2000:]}\n{text[-2000:]}",
            file=sys.stderr)
    return {"finished": int(finished), "lost": int(lost > 0),
            "half": int(half > 0), "orphans": int(orphans > 0),
            "equal": int(equal), "left": int(bool(left)),
            "message": int(right)}

  def _reset(self, command):
    self._begin_with(command.start)

  def _begin_with(self, name):
    """Puts what a trial begins with into its folder; makes it when needed."""
    made = self._folder / name
    if name and not made.exists():
      before, prepare = _STARTS[name]
      self._begin_with(before)
      code, output = self._finish(prepare)
      if code:
        raise SystemExit(f"{name}: {output}")
      shutil.copytree(self._work, made)
    shutil.rmtree(self._work, ignore_errors=True)
    if name:
      shutil.copytree(made, self._work)
    else:
      self._work.mkdir()

  def _start(self, function):
    """Forks a process that runs a command; returns when its handlers are set.
    """
    output = self._folder / "output"
    read, write = os.pipe()
    child = os.fork()
    if not child:
      code = 70
      try:
        descriptor = os.open(
            output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        sys.stdout = open(1, "w", closefd=False)
        sys.stderr = open(2, "w", closefd=False, buffering=1)
        os.chdir(self._work)
        code = stopping.run(lambda: _run(function, write))
      except (OSError, ValueError):
        traceback.print_exc(limit=-1)
        code = 1
      except BaseException:
        traceback.print_exc()
      finally:
        os._exit(code if isinstance(code, int) else 0)
    os.close(write)
    os.read(read, 1)
    os.close(read)
    return child, output

  def _finish(self, function):
    """Runs a command to its end, and notes the seconds that it took.

    The next moment is drawn from these, as other work makes them longer.
    """
    began = time.monotonic()
    child, output = self._start(function)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    self._seconds = time.monotonic() - began
    return code, output.read_text(errors="replace")

  def _results(self, command):
    """Returns the digests of all files of all results."""
    found = {}
    for pattern in command.results:
      pattern, _, needed = pattern.partition(":")
      for path in sorted(self._work.glob(pattern)):
        if path.name.startswith(".") or (
            needed and not (path / needed).exists()):
          continue
        found[str(path.relative_to(self._work))] = _digests(path)
    return found


def _run(function, ready):
  """Runs a command; results that are no exit code count as success."""
  os.write(ready, b".")
  code = function()
  return code if isinstance(code, int) else 0


def _prepare_data():
  data = pathlib.Path("data")
  data.mkdir()
  small_dsprites.write(data)
  small_run.write_protocol(pathlib.Path("protocol"), metrics=("dci", "mig"))
  small_challenge.write_protocol(pathlib.Path("challenge"))
  small_challenge.write_gin(pathlib.Path("."))
  small_challenge.make_submission(pathlib.Path("mine"))


def _prepare_model():
  small_run.train_model("run/model")


# What trials begin with: what that begins with, and what is done to it.
_STARTS = {
    "data": ("", _prepare_data),
    "trained": ("data", _prepare_model),
    "represented": ("trained", _represent(False)),
    "measured": ("represented", _measure(False)),
    "evaluated": ("represented", _cli(*_EVALUATION)),
    "submitted": ("data", _challenge),
}


def _digests(path):
  """Returns the digest of each file, but for hidden ones and for graphs.

  TensorFlow numbers the functions in a graph by all that the process has built:
  a process of a sweep may have trained another model before.
  """
  files = [path] if path.is_file() else [
      file for file in sorted(path.rglob("*")) if file.is_file()
      and file.suffix not in (".meta", ".pbtxt")
      and not any(part.startswith(".") for part in file.relative_to(
          path).parts)]
  return {str(file.relative_to(path)): _digest(file) for file in files}


def _digest(file):
  content = file.read_bytes()
  if file.suffix == ".json":
    content = json.dumps(_settled(json.loads(content)), sort_keys=True).encode()
  return hashlib.sha256(content).hexdigest()


def _settled(value):
  """Removes what differs between two runs: times and ids."""
  if isinstance(value, dict):
    return {key: _settled(one) for key, one in value.items()
            if key != "time" and not key.endswith(("uuid", "elapsed_time"))}
  return value


def _unlike(found, expected):
  """Names what is missing, and the files of results that differ."""
  for result, files in expected.items():
    if result not in found:
      yield f"{result} (missing)"
    else:
      yield from (f"{result}/{path}" for path, digest in files.items()
                  if found[result].get(path) != digest)


def _equals(found, expected):
  return expected is not None and expected.items() <= found.items()


def _stat(pid):
  try:
    text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return text.rpartition(")")[2].split()
  except OSError:
    return None


def _alive(pid):
  fields = _stat(pid)
  return fields is not None and fields[0] not in "ZX"


def _descendants(pid):
  """Returns the living processes below a process, with their starts."""
  parents = {int(path.name): _stat(path.name)
             for path in pathlib.Path("/proc").glob("[0-9]*")}
  found, below = [], {pid}
  for _ in parents:
    more = {one for one, fields in parents.items()
            if fields and int(fields[1]) in below} - below
    if not more:
      break
    below |= more
  machine = processes.current().machine
  for one in below - {pid}:
    found.append(processes.Process(one, int(parents[one][19]), machine))
  return found


def _ended(process):
  end = time.monotonic() + PATIENCE
  while not process.is_dead:
    if time.monotonic() > end:
      return False
    time.sleep(0.02)
  return True


if __name__ == "__main__":
  del __file__  # Workers would import this file, and TensorFlow.
  sys.exit(1 if main() else 0)
