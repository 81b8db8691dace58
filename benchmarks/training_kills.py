"""Kills trainings at random moments, and checks what the next ones make of it.

  python benchmarks/training_kills.py --kills 12 [--trials FILE]

For each model one training is never disturbed. Others are killed by `kill -9`,
or by another signal, after a random time, and go on with `--resume` until they
are complete. Then all variables of the last checkpoint must be equal bit
for bit, and so must module and results. After each kill the files with final
names must be whole.
"""
import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

SIGNALS = {name: getattr(signal, name) for name in (
    "SIGKILL", "SIGINT", "SIGTERM", "SIGHUP")}
TINY = [
    "import sparse_disent", "dataset.name = 'dummy_data'",
    "model.random_seed = 0", "model.batch_size = 2", "model.eval_steps = 5",
    "encoder.num_latent = 3", "encoder.encoder_fn = @test_encoder",
    "decoder.decoder_fn = @test_decoder",
    "reconstruction_loss.loss_fn = @bernoulli_loss",
    "vae_optimizer.optimizer_fn = @AdamOptimizer",
    "vae_optimizer.learning_rate = 1e-3", "vae.beta = 1.",
    "run_config.save_checkpoints_steps = 7"]
MODELS = {
    "vae": ["model.model = @vae()"],
    "sparse_vae": ["model.model = @sparse_vae()",
                   "sparse_vae.objective = @vae()",
                   "sparse_vae.latent = @l0_pair()"],
    "factor_vae": ["model.model = @factor_vae()", "factor_vae.gamma = 10.",
                   "discriminator.discriminator_fn = @fc_discriminator",
                   "discriminator_optimizer.optimizer_fn = @AdamOptimizer",
                   "discriminator_optimizer.learning_rate = 1e-4"],
}


def command(model, model_dir, steps):
  """Returns the command that starts and that continues a training."""
  script = pathlib.Path(sys.executable).parent / "dlib_train"
  bindings = [*TINY, *MODELS[model], f"model.training_steps = {steps}"]
  return [str(script), f"--model_dir={model_dir}", "--resume",
          *(f"--gin_bindings={binding}" for binding in bindings)]


def disturbed(arguments, name, seconds):
  """Runs a part and sends a signal after some time.

  Returns:
    exit_code: As `subprocess` gives it.
    log: What the part printed.
  """
  with subprocess.Popen(arguments, stderr=subprocess.STDOUT, text=True,
                        stdout=subprocess.PIPE) as part:
    try:
      log, _ = part.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
      part.send_signal(SIGNALS[name])
      log, _ = part.communicate()
  return part.returncode, log


def half_written(model_dir):
  """Returns the files with final names that are not whole."""
  broken = []
  for path in pathlib.Path(model_dir).rglob("results/*/*.json"):
    try:
      json.loads(path.read_text())
    except ValueError:
      broken.append(str(path))
  module = pathlib.Path(model_dir) / "tfhub"
  if module.is_dir() and not (module / "tfhub_module.pb").is_file():
    broken.append(str(module))
  return broken


def outcome(model_dir):
  """Returns all that a training has made, but for time and id."""
  import tensorflow.compat.v1 as tf
  reader = tf.train.load_checkpoint(os.path.join(model_dir, "tf_checkpoint"))
  results = json.loads(pathlib.Path(
      model_dir, "results/json/train_results.json").read_text())
  return ({name: reader.get_tensor(name).tolist()
           for name in reader.get_variable_to_shape_map()},
          {name: value for name, value in results.items()
           if name not in ("uuid", "elapsed_time")},
          pathlib.Path(model_dir, "results/gin/train.gin").read_text())


def expected(name, code, log):
  """Tells whether a disturbed part ended as it should."""
  if name == "SIGKILL" or code == 0:
    return True
  # Before the training begins there is nothing to resume.
  lines = [line for line in log.splitlines() if "stopped by" in line and (
      "--resume" in line or "The same command starts again" in line)]
  return (code == 128 + SIGNALS[name] and len(lines) == 1
          and "Traceback" not in log)


def torture(model, folder, *, kills, steps, draw):
  """Disturbs trainings of a model until there were so many signals.

  Yields:
    event: Dict of a signal, or of a training that came to its end.
  """
  if kills <= 0:
    return
  whole = os.path.join(folder, f"{model}_whole")
  begin = time.monotonic()
  finish(model, whole, steps)
  duration = time.monotonic() - begin
  trainings = 0
  while kills > 0:
    trainings += 1
    model_dir = os.path.join(folder, f"{model}_{trainings}")
    while kills > 0:
      name = draw.choice(["SIGKILL"] * 3 + ["SIGINT", "SIGTERM", "SIGHUP"])
      code, log = disturbed(command(model, model_dir, steps), name,
                            draw.uniform(0.1, 0.9) * duration)
      if code == 0:
        break
      kills -= 1
      yield {"model": model, "signal": name, "lost": half_written(model_dir),
             "unexpected": [] if expected(name, code, log) else [
                 name, code, log[-500:]]}
    finish(model, model_dir, steps)
    yield {"model": model, "equal": outcome(model_dir) == outcome(whole),
           "debris": sorted(map(str, pathlib.Path(folder).rglob(".*")))}


def row(model, events):
  """Returns the row of a model from its events."""
  signals = [event["signal"] for event in events if "signal" in event]
  ends = [event for event in events if "equal" in event]
  return {"model": model,
          "signals": {name: signals.count(name)
                      for name in sorted(set(signals))},
          "trainings": len(ends),
          "not bit-equal": sum(not event["equal"] for event in ends),
          **{name: [event[name] for event in events if event.get(name)]
             for name in ("lost", "unexpected", "debris")}}


def finish(model, model_dir, steps):
  """Trains to the end."""
  subprocess.run(command(model, model_dir, steps), capture_output=True,
                 text=True, check=True)


def main():
  """Prints a row for each model."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("--kills", type=int, default=12, help="for each model")
  parser.add_argument("--steps", type=int, default=60)
  parser.add_argument("--seed", type=int, default=0)
  parser.add_argument("--model", action="append", choices=MODELS)
  parser.add_argument("--trials", type=pathlib.Path, metavar="FILE",
                      help="file of what was seen; the same call goes on")
  arguments = parser.parse_args()
  # What this process ignores (a shell's "&", nohup), trainings would ignore.
  signal.signal(signal.SIGINT, signal.default_int_handler)
  signal.signal(signal.SIGHUP, signal.SIG_DFL)
  file, rows = arguments.trials, []
  former = [json.loads(line) for line in file.read_text().splitlines()
            ] if file and file.exists() else []
  with tempfile.TemporaryDirectory() as folder:
    for model in arguments.model or MODELS:
      seen = [event for event in former if event["model"] == model]
      done = sum("signal" in event for event in seen)
      for event in torture(
          model, folder, kills=arguments.kills - done, steps=arguments.steps,
          draw=random.Random(f"{arguments.seed} {model} {done}")):
        seen.append(event)
        if file:
          with file.open("a") as stream:
            stream.write(json.dumps(event) + "\n")
      rows.append(row(model, seen))
      print(json.dumps(rows[-1]), flush=True)
  return int(any(one[key] for one in rows for key in (
      "not bit-equal", "lost", "unexpected", "debris")))


if __name__ == "__main__":
  sys.exit(main())
