"""Whether training in reduced precision ends where float32 does.

    python benchmarks/reduced_precision.py DIR [--steps N] [--seeds N]

Trains upstream's beta-VAE (beta 1, conv networks) once in float32 and once with
`run_config.reduced_precision = True` from each seed, as by `dlib_train`, and
prints reconstruction loss and KL of both, which upstream computes in float32
after training. What is done is not done again.

DISENTANGLEMENT_LIB_DATA must hold dSprites.
"""
import json
import statistics

import reference_runs

MODEL = ("model.name = 'beta_vae'", "model.model = @vae()", "vae.beta = 1.")
PRECISIONS = {
    "float32": (), "bfloat16": ("run_config.reduced_precision = True",)}
FIGURES = ("reconstruction_loss", "kl_loss")


def table(results):
  """Returns text: each figure of each run, and mean and deviation over seeds.

  Args:
    results: Dict from a precision to a list of dicts, one a seed, that hold
      FIGURES in nats.
  """
  lines = []
  for figure in FIGURES:
    lines.append(f"{figure}, nats")
    for precision, runs in results.items():
      values = [run[figure] for run in runs]
      spread = statistics.stdev(values) if len(values) > 1 else float("nan")
      lines.append(f"  {precision:10}" + "".join(f"{x:9.2f}" for x in values)
                   + f"   mean {statistics.mean(values):.2f}, sd {spread:.2f}")
  return "\n".join(lines)


def main():
  """Trains and prints."""
  arguments = reference_runs.argument_parser(
      __doc__, steps=5000).parse_args()
  folders = {precision: [arguments.dir / f"{precision}_{seed}"
                         for seed in range(arguments.seeds)]
             for precision in PRECISIONS}
  reference_runs.run_all(reference_runs.train, [
      (folders[precision][seed], "base", arguments.steps, seed,
       [*MODEL, *bindings]) for seed in range(arguments.seeds)
      for precision, bindings in PRECISIONS.items()], arguments.jobs)
  print(table({
      precision: [json.loads((folder / reference_runs.RESULTS).read_text())
                  for folder in folders[precision]]
      for precision in PRECISIONS}))


if __name__ == "__main__":
  main()
