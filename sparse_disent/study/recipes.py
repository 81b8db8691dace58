"""Recipes: settings of some models for dSprites in 30,000 steps, by search.

A tenth of the steps of the study of Locatello et al. asks for other learning
rates and weights. Each model has a search of its own, and so have upstream's
models, for comparison. The protocol has the scores that Locatello et al.
published.
"""
from typing import Any

from disentanglement_lib.utils import hyperparams as h

from sparse_disent.study import channel_masks
from sparse_disent.study import definition
from sparse_disent.study import reference_runs
from sparse_disent.study import searching

STEPS = 30000
TRIALS = 8
SEEDS = range(definition.FIRST_SEARCHED, definition.FIRST_SEARCHED + 3)
Ranges = dict[str, searching.Range]
# What all models search.
_LEARNING_RATE: Ranges = {"AdamOptimizer.learning_rate": ("log", 1e-4, 2e-3)}
_BETA: Ranges = {"vae.beta": ("log", 1., 16.)}
_DIP: Ranges = {"dip_vae.lambda_od": ("log", 1., 100.)}
_TC: Ranges = {"beta_tc_vae.beta": ("log", 2., 16.)}
_ANNEALED: Ranges = {
    "annealed_vae.gamma": ("log", 25., 400.),
    "annealed_vae.c_max": ("uniform", 8., 25.),
    "annealed_vae.iteration_threshold": ("integer", 5000, 25000)}
_L0_PAIR: Ranges = {
    "l0_pair.learning_rate_multiplier": ("log", 1., 30.),
    "l0_pair.temperature": ("uniform", .05, 1.)}
_SPARSE = {"model.model": "@sparse_vae()"}
_DIP_VAE = {"dip_vae.dip_type": "i", "dip_vae.lambda_d_factor": 10.}
_MASKED = {"model.model": "@vae()",
           "encoder.encoder_fn": "@masked_conv_encoder",
           "decoder.decoder_fn": "@masked_deconv_decoder"}


def _gated(objective):
  """Settings of L0Pair on one of upstream's objectives."""
  return {**_SPARSE, "sparse_vae.objective": objective,
          "sparse_vae.latent": "@l0_pair()", "l0_pair.tau": 1.}


# Name of each model, its fixed settings, and its ranges.
_MODELS: dict[str, tuple[dict[str, Any], Ranges]] = {
    "beta_vae": ({"model.model": "@vae()"}, _BETA),
    "dip_vae": ({"model.model": "@dip_vae()", **_DIP_VAE}, _DIP),
    "beta_tc_vae": ({"model.model": "@beta_tc_vae()"}, _TC),
    "factor_vae": (
        {"model.model": "@factor_vae()", **reference_runs.DISCRIMINATOR},
        {"factor_vae.gamma": ("log", 5., 100.)}),
    "l0pair_beta_vae": (_gated("@vae()"), {**_BETA, **_L0_PAIR}),
    "l0pair_dip_vae": (
        {**_gated("@dip_vae()"), **_DIP_VAE,
         "sparse_vae.dip_diagonal": "active"}, {**_DIP, **_L0_PAIR}),
    "l0pair_beta_tc_vae": (_gated("@beta_tc_vae()"), {**_TC, **_L0_PAIR}),
    "masked_conv_l1": (
        {**_MASKED, "channel_mask.gate": "@l1_gate()",
         "l1_gate.lambda_l2": .01, **channel_masks.PRUNING_L1},
        {**_BETA, "l1_gate.lambda_l1": ("log", .01, .3)}),
    "grouped_vae": (
        {**_SPARSE, "sparse_vae.objective": "@vae()",
         "sparse_vae.groups": [3, 3], "encoder.num_latent": 6}, _BETA),
    "annealed_vae": ({"model.model": "@annealed_vae()"}, _ANNEALED),
    "l0pair_annealed_vae": (
        _gated("@annealed_vae()"), {**_ANNEALED, **_L0_PAIR}),
}


def models() -> list[dict[str, Any]]:
  """Returns the settings of all models."""
  each = h.chainit([
      h.product([[{"model.name": name, **fixed}], searching.draw(
          {**_LEARNING_RATE, **ranges}, TRIALS)])
      for name, (fixed, ranges) in _MODELS.items()])
  return definition.with_seeds(each, SEEDS)


def study() -> definition.Study:
  """Returns the study."""
  return definition.Study(
      "recipes", "gin_configs/base.gin", models(), protocol="reference_runs",
      bindings=(f"model.training_steps = {STEPS}",),
      search=definition.Search("mean/mig/discrete_mig", by=("model.name",)))
