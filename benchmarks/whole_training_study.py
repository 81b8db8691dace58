"""Upstream's beta-VAE with beta 1 over the 300,000 steps of its own studies.

  sparse-disent sweep benchmarks/whole_training_study.py
  python benchmarks/study_runs.py output/whole_training \\
    --study=benchmarks/whole_training_study.py \\
    --file=docs/results/whole_training.json

All settings are those of Locatello et al. `sparse-disent compare` sets the run
beside theirs, and beside trainings by TensorFlow 1 (`width_sweep`).
"""
from sparse_disent.study import definition


def study() -> definition.Study:
  """Returns the study."""
  return definition.Study(
      "whole_training", "gin_configs/base.gin",
      [{"model.name": "beta_vae_1", "model.model": "@vae()", "vae.beta": 1,
        "model.random_seed": 0}],
      protocol="unsupervised_study_v1")
