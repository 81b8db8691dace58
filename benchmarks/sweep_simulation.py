"""Sweeps of many models by many workers, simulated: what is lost or doubled?

    python benchmarks/sweep_simulation.py [--tasks 12600] [--workers 100]
        [--folder DIR] [--way pool|independent]

The tasks, records, locks and the pool are the real ones; the work is not: it
sleeps for some milliseconds, and notes its beginning and its end. One task in a
hundred fails once. The workers run in two ways:

  pool         as `sparse-disent sweep` on one machine: one driver, and one
               process in a thousand tasks is killed
  independent  as the jobs of an array: each worker goes through all tasks in an
               order of its own, and skips what is done or owned. Again and
               again a "node", ten workers, is killed with SIGKILL, and ten new
               ones begin

--folder says where results go, to compare a disk with memory.

Prints for each way: tasks done, lost (never done), doubled (done twice, but for
those whose first process was killed between the work and its record), seconds,
overhead a task (time of all workers, without the sleep), and memory of the
driver; and the time in which a further sweep finds that all is done.
"""
import argparse
import functools
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time

from sparse_disent.common import locks
from sparse_disent.study import definition
from sparse_disent.study import local
from sparse_disent.study import performing
from sparse_disent.study import sweep
from sparse_disent.study import tasks

SLEEP = .02  # Seconds of one task.
NODE = 10  # Workers that are killed together.


def work(task, watch, killed=0):
  """Sleeps; fails or dies now and then, at a task's first attempt."""
  chance = random.Random(task.number).random()
  first = not os.path.exists(os.path.join(task.directory, "begun"))
  note(task, "begun")
  if first and chance < .01:
    raise ValueError("simulated failure")
  if first and chance > 1 - killed:
    os.kill(os.getpid(), signal.SIGKILL)
  time.sleep(SLEEP)
  note(task, "ended")
  watch.lap("train")


def note(task, name):
  """Adds a line to a file of a task."""
  with open(os.path.join(task.directory, name), "a", encoding="utf-8") as file:
    file.write(f"{os.getpid()}\n")


def plan(output, number):
  """Makes the tasks."""
  models = [{"vae.beta": i, "model.random_seed": i} for i in range(number)]
  study = definition.Study("simulated", "none.gin", models, protocol="none")
  return tasks.make(study, output, range(number))


def pool(planned, workers):
  """One driver; failed tasks are tried again."""
  run = functools.partial(
      local.run, processes=workers, work=functools.partial(work, killed=.001))
  while sweep.run(planned, run, retry=True).failures:
    pass
  return set()  # Those that are killed have done nothing.


def independent(planned, workers, output):
  """Workers without a driver; nodes are killed.

  Returns:
    killed: Set of the ids of the processes that were killed.
  """
  killed = set()
  command = [sys.executable, __file__, "--worker", output,
             "--tasks", str(len(planned))]
  nodes = [[] for _ in range(workers // NODE)]
  order = random.Random(0)
  begin = time.monotonic()
  left = True
  while True:
    for node in nodes:
      node[:] = [worker for worker in node if worker.poll() is None]
      if not node and left:
        left = not all_done(planned)
        node.extend(subprocess.Popen([*command, "--seed", str(order.random())])
                    for _ in range(NODE if left else 0))
    if not any(nodes):
      return killed
    time.sleep(5)
    if time.monotonic() - begin < 120:  # Then the last ones end in peace.
      for worker in order.choice(nodes):
        worker.kill()
        worker.wait()
        killed.add(worker.pid)


def all_done(planned):
  """Tells whether nothing is left to do."""
  return all(tasks.read(task).state is tasks.State.DONE for task in planned)


def worker(planned, seed):
  """Goes through all tasks in an order of its own."""
  random.Random(seed).shuffle(planned)
  for _ in range(2):  # What has failed is tried again.
    for task in planned:
      try:
        performing.perform(task, work)
      except locks.OutputInUse:
        pass


def count(planned, killed):
  """Prints what became of the tasks."""
  states = [tasks.read(task).state for task in planned]
  ends = [doers(os.path.join(task.directory, "ended")) for task in planned]
  by_living = [sum(pid not in killed for pid in pids) for pids in ends]
  done = sum(state is tasks.State.DONE for state in states)
  print(f"  done {done}, lost {sum(not pids for pids in ends)}, "
        f"doubled {sum(times > 1 for times in by_living)}")


def doers(path):
  """The processes that a file names, one a line; none if there is no file."""
  try:
    with open(path, encoding="utf-8") as file:
      return list(map(int, file))
  except FileNotFoundError:
    return []


def main():
  """Runs both ways."""
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("--tasks", type=int, default=12600)
  parser.add_argument("--workers", type=int, default=100)
  parser.add_argument("--folder")
  parser.add_argument("--way", action="append")
  parser.add_argument("--worker", help=argparse.SUPPRESS)
  parser.add_argument("--seed", help=argparse.SUPPRESS)
  arguments = parser.parse_args()
  if arguments.worker:
    worker(plan(arguments.worker, arguments.tasks), arguments.seed)
    return
  for way in arguments.way or ("pool", "independent"):
    with tempfile.TemporaryDirectory(dir=arguments.folder) as output:
      planned = plan(output, arguments.tasks)
      begin = time.monotonic()
      if way == "pool":
        killed = pool(planned, arguments.workers)
      else:
        killed = independent(planned, arguments.workers, output)
      seconds = time.monotonic() - begin
      overhead = seconds * arguments.workers / arguments.tasks - SLEEP
      print(f"{way}: {arguments.tasks} tasks, {arguments.workers} workers, "
            f"{seconds:.0f} s, {overhead * 1000:.0f} ms of a worker a task "
            f"beside the work itself")
      count(planned, killed)
      memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
      print(f"  memory of the driver: {memory:.0f} MB")
      begin = time.monotonic()
      assert all_done(planned)
      print(f"  listing what is done: {time.monotonic() - begin:.1f} s")


if __name__ == "__main__":
  main()
