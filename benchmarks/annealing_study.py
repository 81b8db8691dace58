"""AnnealedVAE with a tenth of upstream's steps and ten times its learning rate.

  sparse-disent sweep benchmarks/annealing_study.py
  python benchmarks/study_runs.py output/annealing \\
    --study=benchmarks/annealing_study.py --file=docs/results/annealing.json

One or two seeds of a few settings that were chosen by hand, each after a look
at the ones before: they tell where a search may look, not how good its result
is. All train in bfloat16, which needs a processor that has it.
"""
from sparse_disent.study import definition

# gamma, capacity in nats, step at which it is reached, training steps, seed.
_ANNEALED = (
    (100, 10, 7000, 10000, 100),
    (100, 10, 7000, 10000, 101),
    (100, 14, 8000, 10000, 100),
    (100, 16, 20000, 30000, 100),
    (25, 13, 7000, 10000, 100),
    (25, 18, 9000, 10000, 100),
)


def study() -> definition.Study:
  """Returns the study."""
  models = [
      {"model.name": "annealed_vae", "model.model": "@annealed_vae()",
       "AdamOptimizer.learning_rate": .001, "annealed_vae.gamma": gamma,
       "annealed_vae.c_max": capacity,
       "annealed_vae.iteration_threshold": threshold,
       "model.training_steps": steps, "model.random_seed": seed}
      for gamma, capacity, threshold, steps, seed in _ANNEALED]
  # For comparison.
  models.append(
      {"model.name": "beta_tc_vae", "model.model": "@beta_tc_vae()",
       "AdamOptimizer.learning_rate": .0005, "beta_tc_vae.beta": 12,
       "model.training_steps": 10000, "model.random_seed": 100})
  return definition.Study(
      "annealing", "gin_configs/base.gin", models, protocol="reference_runs",
      bindings=("run_config.reduced_precision = True",))
