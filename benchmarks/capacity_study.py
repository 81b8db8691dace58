"""CapacityVAE in a tenth of upstream's steps: where a recipe may be.

  sparse-disent sweep benchmarks/capacity_study.py
  python benchmarks/study_runs.py output/capacity \\
    --study=benchmarks/capacity_study.py --file=docs/results/capacity.json

One seed of settings that were chosen by hand: it tells where a search may look,
not how good its result is.
"""
from sparse_disent.study import definition

# Capacity in nats, step at which it is reached, learning rate, training steps.
_SETTINGS = (
    (16., 16500, 7.5e-4, 20000),
)


def study() -> definition.Study:
  """Returns the study."""
  return definition.Study(
      "capacity", "gin_configs/base.gin", [
          {"model.name": "capacity_vae", "model.model": "@capacity_vae()",
           "capacity_vae.c_max": capacity,
           "capacity_vae.iteration_threshold": threshold,
           "AdamOptimizer.learning_rate": "@warm_up()", "warm_up.final": rate,
           "model.training_steps": steps, "model.random_seed": 100}
          for capacity, threshold, rate, steps in _SETTINGS],
      protocol="reference_runs")
