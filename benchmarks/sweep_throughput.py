"""Throughput of a local sweep beside the same models one by one.

    python benchmarks/sweep_throughput.py [--models 4] [--steps 300]
        [--rounds 1] [--config gin_configs/masked_dipvae.gin]

Trains and scores models that differ in their seed, with a protocol of two small
metrics, in three ways:

  by hand  dlib_train and sparse-disent evaluate for each model, in turn
  in turn  sparse-disent sweep --processes=1: one model at a time, on all cores
  sweep    sparse-disent sweep: as many models at once as there are cores

Prints seconds from the first command to the last score, start-up included, and
training steps a second over that time.
"""
import argparse
import functools
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import side_by_side

FILES = {
    "postprocess_configs/mean.gin": """
postprocess.postprocess_fn = @mean_representation
dataset.name = "auto"
postprocess.random_seed = 0
""",
    "metric_configs/mig.gin": """
evaluation.evaluation_fn = @mig
dataset.name = "auto"
evaluation.random_seed = 0
mig.num_train = 1000
discretizer.discretizer_fn = @histogram_discretizer
discretizer.num_bins = 20
""",
    "metric_configs/active_latents.gin": """
import sparse_disent
evaluation.evaluation_fn = @active_latents
dataset.name = "auto"
evaluation.random_seed = 0
active_latents.num_train = 1000
"""}


def protocol(folder):
  """Writes a small protocol, and returns its path."""
  for name, text in FILES.items():
    path = pathlib.Path(folder, "protocol", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
  return os.path.join(folder, "protocol")


def by_hand(arguments, folder):
  """Trains and scores each model with two commands."""
  for seed in range(arguments.models):
    run = os.path.join(folder, str(seed))
    call("dlib_train", f"--gin_config={arguments.config}",
         f"--model_dir={run}/model",
         f"--gin_bindings=model.training_steps = {arguments.steps}",
         f"--gin_bindings=model.random_seed = {seed}")
    call("sparse-disent", "evaluate", f"--protocol={protocol(folder)}",
         f"--model_dir={run}/model", f"--output_dir={run}")


def sweep(arguments, folder, *options):
  """Trains and scores all models with one command."""
  call("sparse-disent", "sweep", f"--gin_config={arguments.config}",
       f"--seeds={arguments.models}", f"--steps={arguments.steps}",
       f"--protocol={protocol(folder)}", f"--output={folder}/out", *options)


def in_turn(arguments, folder):
  """Does as `sweep`, with one model at a time."""
  sweep(arguments, folder, "--processes=1")


def call(program, *options):
  """Runs a command of this environment; shows what it wrote if it fails."""
  done = subprocess.run(
      [os.path.join(os.path.dirname(sys.executable), program), *options],
      capture_output=True, text=True, check=False)
  if done.returncode:
    raise SystemExit(f"failed: {program} {' '.join(options)}\n"
                     + done.stderr[-2000:])


def measure(work, arguments):
  """Returns the figures of one way."""
  with tempfile.TemporaryDirectory() as folder:
    begin = time.monotonic()
    work(arguments, folder)
    seconds = time.monotonic() - begin
  return {"seconds": seconds, "steps a second":
          arguments.models * arguments.steps / seconds}


def main():
  """Prints the table."""
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("--models", type=int, default=4)
  parser.add_argument("--steps", type=int, default=300)
  parser.add_argument("--rounds", type=int, default=1)
  parser.add_argument("--config", default="gin_configs/masked_dipvae.gin")
  arguments = parser.parse_args()
  ways = {"by hand": by_hand, "sweep": sweep,
          "in turn": in_turn}
  print(side_by_side.table(side_by_side.alternate(
      {name: functools.partial(measure, work, arguments)
       for name, work in ways.items()}, arguments.rounds), "by hand"))


if __name__ == "__main__":
  main()
