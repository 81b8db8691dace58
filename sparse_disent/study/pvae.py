"""Numbers of latents that survive, over initial latents, objectives, data.

After Shi, Glocker and Castro (PVAE): L0Pair on DIP-VAE-I from 10 to 64 initial
latents, and on other objectives, on dSprites and MNIST. Both the paper's
settings and settings that prune are here.
"""
from typing import Any

from disentanglement_lib.utils import hyperparams as h

from sparse_disent.study import definition

INITIAL_LATENTS = [10, 16, 32, 64]
# Settings at which gates close; see gin_configs/masked_dipvae_tuned.gin.
PRUNING = {"l0_pair.temperature": .6667, "l0_pair.tau": 1.,
           "l0_pair.learning_rate_multiplier": 10.,
           "AdamOptimizer.learning_rate": 5e-4}


def models() -> list[dict[str, Any]]:
  """Returns the settings of all models."""
  plain = [{"model.name": "vae", "model.model": "@vae()"},
           {"model.name": "dip_vae", "model.model": "@dip_vae()"}]
  pruned = h.product([
      h.chainit([
          h.fixed("sparse_vae.objective", "@vae()"),
          h.fixed("sparse_vae.objective", "@dip_vae()"),
          h.product([h.fixed("sparse_vae.objective", "@dip_vae()"),
                     h.fixed("sparse_vae.dip_diagonal", "active")]),
          h.fixed("sparse_vae.objective", "@beta_tc_vae()")]),
      [{"model.name": "pvae"}, {"model.name": "pvae_pruning", **PRUNING}]])
  each = h.product([
      h.sweep("dataset.name", h.categorical(["dsprites_full", "mnist"])),
      h.chainit([plain, pruned]),
      h.sweep("encoder.num_latent", h.discrete(INITIAL_LATENTS))])
  return definition.with_seeds(each, range(10))


def study() -> definition.Study:
  """Returns the study."""
  return definition.Study(
      "pvae", "gin_configs/masked_dipvae.gin", models(), protocol="pvae",
      bindings=("vae.beta = 1.0", "beta_tc_vae.beta = 4.0"))
