"""Array jobs for Slurm: one model an index."""
import math
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence

from sparse_disent.common import checks
from sparse_disent.common import writing
from sparse_disent.study import definition

SCRIPT = "sweep.sbatch"
# Slurm's default MaxArraySize is 1001: indices 0 to 1000.
_LARGEST_ARRAY = 1000
# Seconds before the end of a job at which Slurm tells it to save a checkpoint.
_WARNING = 120
_TEMPLATE = """\
#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --array=0-{last}
#SBATCH --cpus-per-task={cpus}
#SBATCH --mem={memory}M
#SBATCH --time={minutes}
#SBATCH --chdir={here}
#SBATCH --output={logs}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@{warning}
{gpus}
# One model an index. A job that is told to stop, as its time is over or another
# job needs the node, saves a checkpoint, and goes on when it is its turn again.
numbers=({numbers})
trap 'kill -TERM "$child"' TERM
{command} --models="${{numbers[$SLURM_ARRAY_TASK_ID]}}" &
child=$!
wait "$child"
code=$?
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done
if [ "$code" -eq 143 ]; then
  scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID"
fi
exit "$code"
"""


def write(study: definition.Study, numbers: Sequence[int], output: str,
          command: Sequence[str]) -> list[str]:
  """Writes the scripts of array jobs.

  Args:
    study: The study, which says what resources a model needs.
    numbers: Numbers of the models.
    output: Folder of the study's results, shared by all machines.
    command: The command that performs models of the study; `--models=NUMBER` is
      added to it.

  Returns:
    paths: Paths of the scripts, in `output`; more than one if there are more
      models than an array job of Slurm may have.

  Raises:
    ValueError: The study asks for a part of a core or of a GPU.
  """
  for name in ("cpus", "gpus"):
    needed = getattr(study.resources, name)
    checks.check(
        float(needed).is_integer(), f"study.{name}", "be a whole number for "
        "Slurm", needed, "Round it up, or choose --runner=ray, which shares.")
  chunks = [numbers[begin:begin + _LARGEST_ARRAY]
            for begin in range(0, len(numbers), _LARGEST_ARRAY)]
  os.makedirs(os.path.join(output, "logs"), exist_ok=True)
  paths = []
  for i, chunk in enumerate(chunks):
    name = SCRIPT if len(chunks) == 1 else f"{i}_{SCRIPT}"
    paths.append(os.path.join(output, name))
    text = _script(study, chunk, os.path.abspath(output), command)
    writing.replace_files({paths[-1]: text.encode()})
  return paths


def _script(study, numbers, output, command):
  needed = study.resources
  logs = os.path.join(output.replace("%", "%%"), "logs", "%A_%a.out")
  return _TEMPLATE.format(
      name=shlex.quote(study.name), last=len(numbers) - 1,
      cpus=int(needed.cpus), memory=math.ceil(1000 * needed.memory_gb),
      minutes=math.ceil(60 * needed.hours), here=shlex.quote(os.getcwd()),
      logs=shlex.quote(logs), warning=_WARNING,
      gpus=f"#SBATCH --gres=gpu:{needed.gpus:g}\n" if needed.gpus else "",
      numbers=" ".join(map(str, numbers)), command=shlex.join(command))


def command(arguments: Sequence[str]) -> list[str]:
  """Returns the command of this program, for the same Python."""
  return [sys.executable, "-m", "sparse_disent", *arguments]


def submit(paths: Sequence[str]) -> list[str]:
  """Hands scripts to Slurm.

  Args:
    paths: Paths of the scripts.

  Returns:
    jobs: Slurm's answers, such as "Submitted batch job 12".

  Raises:
    OSError: There is no `sbatch`, or it refuses a script.
  """
  answers = []
  for path in paths:
    try:
      done = subprocess.run(["sbatch", path], capture_output=True, text=True,
                            check=False)
    except FileNotFoundError:
      raise OSError(
          f"There is no sbatch on this machine. The script is {path}: submit "
          "it where Slurm is.") from None
    if done.returncode:
      raise OSError(f"sbatch refuses {path}: {done.stderr.strip()}")
    answers.append(done.stdout.strip())
  return answers
