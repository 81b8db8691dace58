"""Measures the speed of training on this machine, in about a minute."""
import dataclasses
import glob
import json
import os
import resource
import signal
import statistics
import tempfile
import threading
import time

import joblib

from sparse_disent.common import stopping
from sparse_disent.results import json_files
from sparse_disent.study import local
from sparse_disent.study import planning
from sparse_disent.study import tasks

_SECONDS = 20  # Of training, in each of the two measurements.
_LOGGED = 10  # Steps between two measurements of the speed.
_FILE = "speed.json"


class NotMeasuredError(RuntimeError):
  """Error of a machine whose speed cannot be measured."""


def calibrate(task: tasks.Task, processes: int | None = None
              ) -> planning.Calibration:
  """Trains a model for a while: once alone, and once in several processes.

  Args:
    task: A task of the study. Nothing is written to its folder.
    processes: Number of processes; None for one a core.

  Returns:
    calibration: What was measured.

  Raises:
    NotMeasuredError: The model cannot be trained.
  """
  if task.sources:  # Their models may not be there, and train as fast.
    task = task.sources[0][1]
  processes = processes or joblib.cpu_count()
  alone = _train(task, 1)
  together = _train(task, processes) if processes > 1 else alone
  return planning.Calibration(
      alone=alone[0]["speed"], processes=processes,
      together=sum(speed["speed"] for speed in together),
      memory_gb=max(speed["memory_gb"] for speed in (*alone, *together)),
      disk_gb=max(speed["disk_gb"] for speed in alone))


def _train(task, processes):
  """Trains in several processes at once; returns what each has measured."""
  with tempfile.TemporaryDirectory() as folder:
    copies = [dataclasses.replace(
        task, directory=os.path.join(folder, str(i)), bindings=(
            *task.bindings, "model.training_steps = 1000000",
            f"run_config.log_step_count_steps = {_LOGGED}"))
              for i in range(processes)]
    for outcome in local.run(copies, processes=processes, work=train_a_while):
      if outcome is not None:
        copy, record = outcome
        error = (record.error if isinstance(record, tasks.Record)
                 else str(record))
        if error:
          raise NotMeasuredError(
              f"Model {copy.number} cannot be trained: {error}")
    return [json_files.read(os.path.join(copy.directory, _FILE))
            for copy in copies]


def train_a_while(task: tasks.Task, watch: tasks.Stopwatch) -> None:
  """Does the work of a task: trains for a while, and writes the speed.

  Args:
    task: The task.
    watch: Not used.
  """
  from disentanglement_lib.methods.unsupervised import train
  checkpoints = os.path.join(task.model_dir, "tf_checkpoint")
  threading.Thread(
      target=_stop_later, args=[checkpoints], daemon=True).start()
  try:
    train.train_with_gin(
        task.model_dir, False, [task.gin_file], list(task.bindings))
  except KeyboardInterrupt:
    stopping.forget()
  speed = {
      "speed": _speed(checkpoints), "disk_gb": _size(checkpoints) / 1e9,
      # Linux counts kilobytes.
      "memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}
  with open(os.path.join(task.directory, _FILE), "w", encoding="utf-8") as file:
    json.dump(speed, file)


def _stop_later(checkpoints):
  """Interrupts this process some time after its first checkpoint."""
  while not glob.glob(os.path.join(checkpoints, "*.index")):
    time.sleep(.1)
  time.sleep(_SECONDS)
  os.kill(os.getpid(), signal.SIGTERM)


def _speed(checkpoints):
  """Median of the logged steps a second, without the first half."""
  import tensorflow.compat.v1 as tf
  speeds = [value.simple_value
            for path in glob.glob(os.path.join(checkpoints, "events.*"))
            for event in tf.train.summary_iterator(path)
            for value in event.summary.value if value.tag == "global_step/sec"]
  if not speeds:
    raise NotMeasuredError(
        f"fewer than {_LOGGED} steps in {_SECONDS} s: too slow to measure")
  return statistics.median(speeds[len(speeds) // 2:])


def _size(folder):
  return sum(os.path.getsize(path) for path in glob.glob(
      os.path.join(folder, "model.ckpt*")))
