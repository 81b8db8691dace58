"""Studies without TensorFlow: work that sleeps, fails, hangs or dies."""
import os
import pathlib
import signal
import subprocess
import sys
import time

from sparse_disent.study import definition
from sparse_disent.study import tasks


def study(models=3, **changes):
  """A study of some models, by default such as differ in one number."""
  values = {"name": "numbers", "gin_file": "numbers.gin",
            "models": models if isinstance(models, list) else [
                {"vae.beta": float(i), "model.random_seed": i}
                for i in range(models)],
            "protocol": "nothing", **changes}
  return definition.Study(**values)


def make(output, models=3, bindings=("model.training_steps = 10",), files=(),
         **changes):
  """The tasks of such a study."""
  made = study(models, **changes)
  return tasks.make(made, str(output), range(len(made.models)),
                    bindings=bindings, files=files)


def note(task):
  """Notes that work was done, once a line."""
  with open(os.path.join(task.directory, "work.txt"), "a") as file:
    file.write(f"{os.getpid()}\n")


def times(task):
  """Counts how often work was done."""
  path = pathlib.Path(task.directory, "work.txt")
  return len(path.read_text().splitlines()) if path.exists() else 0


def works(task, watch):
  note(task)
  print(f"working on {task.number}")
  watch.lap("train")


def fails(task, watch):
  if task.number == 1:
    raise ValueError("beta must be\n  positive")
  works(task, watch)


def dies(task, watch):
  if task.number == 1:
    os.kill(os.getpid(), signal.SIGKILL)
  works(task, watch)


def waits(task, watch):
  """Waits to be stopped, and notes that it was."""
  note(task)
  try:
    time.sleep(60)
  except KeyboardInterrupt:
    pathlib.Path(task.directory, "stopped.txt").write_text("in order")
    raise


def reports_threads(task, watch):
  pathlib.Path(task.directory, "threads.txt").write_text(
      os.environ["TF_NUM_INTRAOP_THREADS"])


def reports_blocked_signals(task, watch):
  blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
  pathlib.Path(task.directory, "blocked.txt").write_text(
      " ".join(sorted(signal.Signals(one).name for one in blocked)))


def works_slowly(task, watch):
  time.sleep(1)
  works(task, watch)


def trains_briefly(task, watch):
  """Does the work of a calibration, in less time."""
  from sparse_disent.study import calibrating
  calibrating._SECONDS = 5
  calibrating.train_a_while(task, watch)


def start(code, *arguments):
  """Starts a process that runs some code; it can import what its parent can."""
  return subprocess.Popen(
      [sys.executable, "-c", code, *map(str, arguments)],
      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
      env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
