"""Upstream's models next to ours: ten latents, 10,000 steps, five seeds.

Networks, batch size, optimizer and number of latents are those of the study of
Locatello et al.; its models have hyperparameters in the middle of its sweeps.
Schedules that it spreads over 300,000 steps take the same part of the budget
here. Our models are those of gin_configs.

Masked networks have beta 4, as `beta_vae_4` has, which is their dense network.
The small dense network has as many weights between its hidden layers as a mask
of sparsity .55 leaves open.
"""
import math
from typing import Any

from sparse_disent.results import gin_files
from sparse_disent.study import definition

STEPS = 10000
SEEDS = range(5)
# FactorVAE's, as in the study of Locatello et al.
DISCRIMINATOR = {
    "discriminator.discriminator_fn": "@fc_discriminator",
    "discriminator_optimizer.optimizer_fn": "@discriminator/AdamOptimizer",
    "discriminator/AdamOptimizer.beta1": .5,
    "discriminator/AdamOptimizer.beta2": .9}
_BASE = "gin_configs/base.gin"
_SPARSITY = .55


def models() -> list[dict[str, Any]]:
  """Returns the settings of all models."""
  masked = [_ours(f"masked_conv_{gate}")
            for gate in ("random", "magnitude", "l1", "hard_concrete")]
  each = [
      *(_upstreams(f"beta_vae_{beta}", "vae", **{"vae.beta": float(beta)})
        for beta in (1, 4, 16)),
      _upstreams("annealed_vae", "annealed_vae", **{
          "annealed_vae.c_max": 25., "annealed_vae.gamma": 1000,
          "annealed_vae.iteration_threshold": STEPS // 3}),
      _upstreams("factor_vae", "factor_vae", **{
          "factor_vae.gamma": 30., **DISCRIMINATOR}),
      _upstreams("beta_tc_vae", "beta_tc_vae", **{"beta_tc_vae.beta": 4.}),
      *(_upstreams(f"dip_vae_{kind}", "dip_vae", **{
          "dip_vae.dip_type": kind, "dip_vae.lambda_od": 10.,
          "dip_vae.lambda_d_factor": factor})
        for kind, factor in (("i", 10.), ("ii", 1.))),
      *masked,
      {**_ours("masked_conv"), "model.name": "small_dense",
       "channel_mask.gate": None,
       "masked_network.width": round(math.sqrt(1 - _SPARSITY), 3)},
      *(_ours(name) for name in (
          "masked_dipvae", "masked_dipvae_tuned", "l0pair_beta_vae",
          "l0pair_beta_tc_vae", "grouped_vae")),
  ]
  found = definition.with_masks_of_their_own(
      definition.with_seeds(each, SEEDS))
  ticket = _ours("masked_conv_ticket")
  return [*found, *(
      {**ticket, "model.random_seed": settings["model.random_seed"],
       "ticket_gate.path": definition.ModelOf(number)}
      for number, settings in enumerate(found)
      if settings["model.name"] == "masked_conv_magnitude")]


def _upstreams(name, model, **settings):
  return {"model.name": name, "model.model": f"@{model}()", **settings}


def _ours(name):
  """Settings that a gin file of ours adds to the base, on the base's networks.
  """
  base = gin_files.bindings(_BASE)
  networks = {} if name.startswith("masked_conv") else {
      name: base[name] for name in ("encoder.encoder_fn", "decoder.decoder_fn")}
  settings = {**gin_files.bindings(f"gin_configs/{name}.gin"), **networks,
              "encoder.num_latent": base["encoder.num_latent"]}
  if "sparse_vae.groups" in settings:
    settings["sparse_vae.groups"] = [settings["encoder.num_latent"] // 2] * 2
  return {name: value for name, value in settings.items()
          if name not in base or value != base[name]} | {
              "model.name": settings.get("model.name", name)}


def study() -> definition.Study:
  """Returns the study."""
  return definition.Study(
      "reference_runs", _BASE, models(), protocol="reference_runs",
      bindings=(f"model.training_steps = {STEPS}", "model.eval_steps = 100"))
