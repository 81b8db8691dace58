"""Estimates of what a study takes: hours, memory and disk."""
import dataclasses
import json
import os
import statistics
from collections.abc import Sequence

from sparse_disent.common import checks
from sparse_disent.common import progress
from sparse_disent.common import writing
from sparse_disent.results import json_files
from sparse_disent.study import tasks

CALIBRATION = "calibration.json"


@dataclasses.dataclass(frozen=True)
class Calibration:
  """Speed of training on this machine, measured with one model.

  Attributes:
    alone: Training steps a second of one process that uses all cores.
    together: Training steps a second of `processes` processes, added up.
    processes: Number of processes that trained together.
    memory_gb: Largest main memory of one process, in GB.
    disk_gb: Size of one trained model, in GB.
  """

  alone: float
  together: float
  processes: int
  memory_gb: float
  disk_gb: float

  @property
  def best_processes(self) -> int:
    """The number of processes that makes more steps a second."""
    return self.processes if self.together > self.alone else 1

  @property
  def steps_per_second(self) -> float:
    """Training steps a second of this machine, at its best."""
    return max(self.alone, self.together)


def read(output: str) -> Calibration | None:
  """Reads the calibration of a study's folder, or returns None.

  Raises:
    ValueError: The file holds something else.
  """
  path = os.path.join(output, CALIBRATION)
  try:
    content = json_files.read(path)
  except FileNotFoundError:
    return None
  names = {field.name for field in dataclasses.fields(Calibration)}
  if content.keys() != names or not all(map(checks.is_number,
                                            content.values())):
    raise ValueError(
        f"'{path}' must hold the numbers {', '.join(sorted(names))}. Measure "
        "them again with --calibrate.")
  return Calibration(**content)


def write(output: str, calibration: Calibration) -> None:
  """Writes a calibration to a study's folder."""
  content = json.dumps(dataclasses.asdict(calibration), indent=2)
  writing.replace_files(
      {os.path.join(output, CALIBRATION): content.encode()})


@dataclasses.dataclass(frozen=True)
class Estimate:
  """Work that is left in a study.

  Attributes:
    models: Number of models that are not done.
    steps: Number of their training steps.
    training: Hours of training on one machine; None if its speed is unknown.
    evaluation: Hours of evaluation on one machine, as models that are done
      took on average; None if none is done.
    memory_gb: Memory of all processes of a machine, in GB; or None.
    disk_gb: Disk that all models take, in GB; or None.
  """

  models: int
  steps: int
  training: float | None = None
  evaluation: float | None = None
  memory_gb: float | None = None
  disk_gb: float | None = None

  def text(self, machines: int = 1) -> str:
    """Returns lines that say what is left to do."""
    lines = [f"{self.models:,} models, {self.steps:,} training steps"]
    if self.training is None:
      return lines[0] + (
          "\nThe speed of this machine is unknown: measure it with --calibrate "
          "(about a minute).")
    where = "one machine" if machines == 1 else f"{machines:,} machines"
    lines.append(f"training: {_hours(self.training / machines)} on {where} "
                 "like this one")
    lines.append(
        "evaluation: unknown until a model of the study is done"
        if self.evaluation is None else
        f"evaluation: {_hours(self.evaluation / machines)}")
    lines += [f"memory: {self.memory_gb:.1f} GB on each machine",
              f"disk: {self.disk_gb:.1f} GB"]
    return "\n".join(lines)


def _hours(hours):
  return (f"{hours:,.0f} h ({hours / 24:,.0f} days)" if hours > 48
          else progress.duration(3600 * hours))


def estimate(planned: Sequence[tasks.Task], steps: Sequence[int],
             calibration: Calibration | None) -> Estimate:
  """Estimates what is left to do.

  Args:
    planned: Tasks of a study.
    steps: Training steps of each of them.
    calibration: The speed of this machine, or None.
  """
  records = [tasks.read(task) for task in planned]
  left = [number for task, record, number in zip(
      planned, records, steps, strict=True) if not tasks.is_done(task, record)]
  took = [record.seconds["evaluate"] for record in records
          if record.state is tasks.State.DONE
          and "evaluate" in record.seconds]
  if calibration is None:
    return Estimate(len(left), sum(left))
  processes = calibration.best_processes
  return Estimate(
      len(left), sum(left),
      training=sum(left) / calibration.steps_per_second / 3600,
      evaluation=(statistics.mean(took) * len(left) / processes / 3600
                  if took else None),
      memory_gb=processes * calibration.memory_gb,
      disk_gb=len(left) * calibration.disk_gb)
