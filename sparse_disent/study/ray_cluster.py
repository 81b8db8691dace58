"""Runs tasks on a Ray cluster."""
import os
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from sparse_disent.common import locks
from sparse_disent.study import definition
from sparse_disent.study import local
from sparse_disent.study import performing
from sparse_disent.study import tasks

# A task whose node dies is begun anew on another one, this many times.
_RETRIES = 5
# Seconds that tasks get to save a checkpoint when they are told to stop.
_GRACE = 60
# Variables that the nodes need and this machine may have.
_VARIABLES = ("DISENTANGLEMENT_LIB_DATA",)


def run(pending: Sequence[tasks.Task], *, resources: definition.Resources,
        address: str | None = None,
        work: performing.Work = performing.train_and_evaluate
        ) -> Iterator[local.Outcome | None]:
  """Performs tasks on an existing Ray cluster.

  All nodes see the working directory under the same path. A task whose node
  dies goes on elsewhere, from its newest checkpoint.

  Args:
    pending: The tasks.
    resources: `Resources` of one task; Ray starts as many at once as fit.
    address: Address of the cluster; None for the one that this machine belongs
      to, or else for a cluster of this machine alone.
    work: Function that does the work of a task.

  Yields:
    As `local.run`.

  Raises:
    ImportError: Ray is not installed.
  """
  ray = _ray()
  ray.init(address=address, ignore_reinit_error=True, log_to_driver=False,
           runtime_env={"env_vars": {name: os.environ[name] for name in
                                     _VARIABLES if name in os.environ}})
  perform = ray.remote(
      num_cpus=resources.cpus, num_gpus=resources.gpus,
      memory=int(resources.memory_gb * 2**30), max_retries=_RETRIES)(_perform)
  waiting = {perform.remote(task, work, resources.cpus, os.getcwd()): task
             for task in pending}
  try:
    while waiting:
      done, _ = ray.wait(list(waiting), num_returns=1, timeout=1)
      for reference in done:
        yield waiting.pop(reference), _outcome(ray, reference)
      yield None
  finally:
    for reference in waiting:
      ray.cancel(reference)
    if waiting:
      ray.wait(list(waiting), num_returns=len(waiting), timeout=_GRACE)


def _ray() -> Any:
  try:
    import ray
  except ImportError as error:
    raise ImportError(
        "--runner=ray needs Ray: pip install 'sparse_disent[ray]'") from error
  return ray


def _outcome(ray, reference):
  try:
    return ray.get(reference)
  except ray.exceptions.RayTaskError as error:
    return error.cause
  except ray.exceptions.RayError as error:
    return OSError(" ".join(str(error).split())[:300])


def _perform(task, work, cpus, folder):
  """Performs a task in a process of a node.

  The lock of a node that has died counts for a while: this waits for its end.
  """
  local.limit_threads(cpus)
  os.makedirs(folder, exist_ok=True)
  os.chdir(folder)  # Workers start elsewhere, and paths may be relative.
  return performing.perform_in_turn(
      task, work, seconds=locks.LIMIT + locks.HEARTBEAT)
