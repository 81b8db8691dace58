"""Memory and size of logs of a long training of a tiny model.

  python benchmarks/training_memory.py --steps 10000

Prints a line for each of ten parts of the training: step, resident memory in
MB, bytes of the log, and bytes of the folder.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import training_kills


def resident(process_id):
  """Returns the resident memory of a process in MB."""
  status = pathlib.Path(f"/proc/{process_id}/status").read_text()
  line, = [line for line in status.splitlines() if line.startswith("VmRSS")]
  return int(line.split()[1]) / 1024


def size(folder):
  """Returns the bytes of all files in a folder."""
  total = 0
  for path in pathlib.Path(folder).rglob("*"):
    try:
      total += path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # A checkpoint that was just replaced.
      pass
  return total


def step_in(log):
  """Returns the last step that a log names."""
  lines = [line for line in log.read_text(errors="replace").splitlines()
           if line.startswith("training: ")]
  return int(lines[-1].split()[1].partition("/")[0]) if lines else 0


def main():
  """Trains and prints the curve."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("--steps", type=int, default=10_000)
  steps = parser.parse_args().steps
  with tempfile.TemporaryDirectory() as folder:
    log, model_dir = pathlib.Path(folder, "log"), os.path.join(folder, "model")
    with open(log, "wb") as file, subprocess.Popen(
        training_kills.command("vae", model_dir, steps)
        + ["--gin_bindings=run_config.save_checkpoints_steps = 500"],
        stderr=file, stdout=file) as process:
      shown = 0
      while process.poll() is None:
        time.sleep(0.2)
        if step_in(log) >= shown + steps // 10:
          shown = step_in(log)
          print(f"step {shown}: {resident(process.pid):.0f} MB, log "
                f"{log.stat().st_size} bytes, folder {size(model_dir)} bytes",
                flush=True)
    print(f"end: log {log.stat().st_size} bytes, folder {size(model_dir)} "
          "bytes")
    return process.returncode


if __name__ == "__main__":
  sys.exit(main())
