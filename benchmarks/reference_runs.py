"""Trains and scores upstream's models next to ours, on the same budget.

    python benchmarks/reference_runs.py DIR [--steps N] [--seeds N] [--jobs N]

Every model of the list below is trained as by `dlib_train` for the same number
of steps and scored as by `sparse-disent evaluate`, one seed after the other, so
that what is there after an interruption has all models. What is done is not
done again. At the end, and with `--collect` at once, the results of all runs
are written in the compact form that `sparse-disent compare` reads.

Networks, batch size, optimizer and number of latents are those of the upstream
study, except where a gin file of ours says otherwise; hyperparameters are in
the middle of its sweeps. Schedules that it spreads over 300,000 training steps
take the same part of the budget here.

DISENTANGLEMENT_LIB_DATA must hold dSprites, rendered by `sparse-disent data
dsprites`.
"""
import argparse
import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import queue

# Where upstream writes what it computes of a trained model.
RESULTS = "model/results/json/train_results.json"

# Metrics that need 10,000 images or so; --metric gives others.
METRICS = ("mig", "modularity_explicitness", "sap_score", "unsupervised")


def models(steps):
  """Returns the models: name, gin file, bindings.

  Args:
    steps: Integer, number of training steps.
  """
  def upstreams(name, model, *bindings):
    return name, "base", [f"model.name = '{name}'", f"model.model = @{model}()",
                          *bindings]

  def ours(name, *bindings):
    return name, name, ["encoder.num_latent = 10", *bindings]

  def dip(dip_type, factor):
    return upstreams(f"dip_vae_{dip_type}", "dip_vae",
                     f"dip_vae.dip_type = '{dip_type}'",
                     "dip_vae.lambda_od = 10.",
                     f"dip_vae.lambda_d_factor = {factor}")

  return [
      *(upstreams(f"beta_vae_{beta}", "vae", f"vae.beta = {beta}.")
        for beta in (1, 4, 16)),
      upstreams("annealed_vae", "annealed_vae", "annealed_vae.c_max = 25.",
                "annealed_vae.gamma = 1000",
                f"annealed_vae.iteration_threshold = {steps // 3}"),
      upstreams("factor_vae", "factor_vae", "factor_vae.gamma = 30.",
                "discriminator.discriminator_fn = @fc_discriminator",
                "discriminator_optimizer.optimizer_fn = "
                "@discriminator/AdamOptimizer",
                "discriminator/AdamOptimizer.beta1 = 0.5",
                "discriminator/AdamOptimizer.beta2 = 0.9"),
      upstreams("beta_tc_vae", "beta_tc_vae", "beta_tc_vae.beta = 4."),
      dip("i", 10.), dip("ii", 1.),
      ours("masked_dipvae_tuned"),
      ours("masked_conv_random"),
      ours("masked_conv_magnitude",
           f"magnitude_gate.begin_step = {steps // 10}",
           f"magnitude_gate.end_step = {steps // 2}"),
      ours("grouped_vae", "sparse_vae.groups = [5, 5]",
           "encoder.encoder_fn = @conv_encoder",
           "decoder.decoder_fn = @deconv_decoder"),
  ]


def main():
  """Trains, scores and collects."""
  parser = argument_parser(__doc__, steps=1000)
  parser.add_argument("--metric", action="append", help="instead of those that "
                      "take seconds: " + ", ".join(METRICS))
  parser.add_argument("--output", type=pathlib.Path,
                      default="reference_runs.json")
  parser.add_argument("--collect", action="store_true",
                      help="only write what is there")
  arguments = parser.parse_args()
  if not arguments.collect:
    run_all(run, [
        (arguments.dir / f"{name}_{seed}", config, arguments.steps, seed,
         bindings, arguments.metric or METRICS)
        for seed in range(arguments.seeds)
        for name, config, bindings in models(arguments.steps)], arguments.jobs)
  collect(arguments.dir, arguments.output,
          f"python benchmarks/reference_runs.py DIR --steps={arguments.steps} "
          f"--seeds={arguments.seeds}")


def argument_parser(description, steps):
  """Returns a parser of what benchmarks that train several models take.

  Args:
    description: String.
    steps: Integer, how long a model is trained by default.
  """
  parser = argparse.ArgumentParser(
      description=description, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("dir", type=pathlib.Path)
  parser.add_argument("--steps", type=int, default=steps)
  parser.add_argument("--seeds", type=int, default=3)
  parser.add_argument("--jobs", type=int, default=1, help="how many models to "
                      "train at once, each on its share of the cores")
  return parser


def run_all(function, tasks, jobs):
  """Calls a function on tasks in order, several at once.

  Args:
    function: Function of a module; each call has a process of its own.
    tasks: List of tuples of its arguments.
    jobs: Integer, how many calls at once, each on its share of the cores.

  Raises:
    Exception: What one of them raised; those that have not begun do not.
  """
  context = multiprocessing.get_context("spawn")
  cores = sorted(os.sched_getaffinity(0))
  shares = queue.SimpleQueue()
  for job in range(jobs):
    shares.put(cores[job % len(cores)::jobs])

  def call(task):
    share = shares.get()
    try:
      with concurrent.futures.ProcessPoolExecutor(
          1, mp_context=context) as process:
        process.submit(_on_a_share, share, function, *task).result()
    finally:
      shares.put(share)

  with concurrent.futures.ThreadPoolExecutor(jobs) as executor:
    running = [executor.submit(call, task) for task in tasks]
    try:
      for future in concurrent.futures.as_completed(running):
        future.result()
    finally:
      executor.shutdown(cancel_futures=True)


def _on_a_share(share, function, *arguments):
  os.sched_setaffinity(0, share)
  function(*arguments)


def run(folder, config, steps, seed, bindings, metrics):
  """Trains and scores one model.

  Args:
    folder: Path, where the model and its results go.
    config: String, name of a gin file of ours, without its suffix.
    steps: Integer, number of training steps.
    seed: Integer, the model's random seed.
    bindings: List of gin bindings.
    metrics: Names of metrics of unsupervised_study_v1.
  """
  train(folder, config, steps, seed, bindings)
  evaluate(folder, metrics)


def train(folder, config, steps, seed, bindings):
  """Trains one model; what an interrupted run has left is made again."""
  from disentanglement_lib.methods.unsupervised import train as upstream

  import sparse_disent
  sparse_disent.register()
  if (folder / RESULTS).exists():
    return
  print(folder.name, flush=True)
  upstream.train_with_gin(
      str(folder / "model"), overwrite=True,
      gin_config_files=[f"gin_configs/{config}.gin"],
      gin_bindings=[*bindings, f"model.training_steps = {steps}",
                    f"model.random_seed = {seed}", "model.eval_steps = 100"])


def evaluate(folder, metrics):
  """Scores one model by metrics of the study, and counts its latents."""
  from sparse_disent.evaluation import runner
  for protocol, names in (("unsupervised_study_v1", metrics),
                          ("pvae", ("active_latents",))):
    failures = runner.evaluate(protocol, str(folder / "model"),
                               representations=["mean"], metrics=list(names))
    for error in failures.values():
      raise error


def collect(folder, output, command):
  """Writes the results of all runs below a folder in compact form."""
  from sparse_disent.baselines import reference
  from sparse_disent.common import writing
  content = json.dumps(reference.compact([folder], command=command), indent=1)
  with writing.new_file(str(output), replace=True) as file:
    file.write(content.encode())
  print(f"Wrote {output}.")


if __name__ == "__main__":
  main()
