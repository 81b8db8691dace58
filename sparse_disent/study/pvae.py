"""Numbers of latents that survive, over initial latents and data.

After Shi, Glocker and Castro (PVAE), Appendix B and Figure 3: VAE, DIP-VAE-I
and L0Pair on DIP-VAE-I from 10 to 64 initial latents. L0Pair has the paper's
settings, or settings that prune. On MNIST all models have a class with ten
values beside the latents, as in the figure. The paper does not state the size
of its images; here it is that of Dupont (JointVAE), 32 x 32, for which
upstream has fully connected networks alone.
"""
from typing import Any

from sparse_disent.study import definition

INITIAL_LATENTS = [10, 16, 32, 64]
_CLASSES = 10
# Settings at which gates close, after gin_configs/masked_dipvae_tuned.gin, but
# with the learning rate of the other models for the weights. Faster gates close
# before the weights have learned: with a multiplier of 50, 3 of 64 latents were
# left on MNIST at step 1,600.
PRUNING = {"sparse_vae.dip_diagonal": "active", "l0_pair.temperature": .6667,
           "l0_pair.tau": 1., "l0_pair.learning_rate_multiplier": 10.}
_MNIST = {
    "dataset.name": "mnist", "mnist.image_size": 32,
    "encoder.encoder_fn": "@fc_encoder", "decoder.decoder_fn": "@fc_decoder",
    "sparse_vae.categorical": "@categorical_latent()",
    "categorical_latent.num_classes": _CLASSES,
    "categorical_latent.temperature": .67, "categorical_latent.weight": 1.}


def models() -> list[dict[str, Any]]:
  """Returns the settings of all models."""
  dense: dict[str, Any] = {"sparse_vae.latent": None}
  kinds = {"vae": {"sparse_vae.objective": "@vae()", **dense},
           "dip_vae": dense, "pvae": {}, "pvae_pruning": PRUNING}
  each = [
      {"model.name": prefix + name, **data, **settings,
       "encoder.num_latent": size + classes}
      for prefix, data, classes in (
          ("", {"dataset.name": "dsprites_full"}, 0),
          ("joint_", _MNIST, _CLASSES))
      for name, settings in kinds.items() for size in INITIAL_LATENTS]
  return definition.with_seeds(each, range(10))


def study() -> definition.Study:
  """Returns the study."""
  return definition.Study(
      "pvae", "gin_configs/masked_dipvae.gin", models(), protocol="pvae",
      bindings=("vae.beta = 1.0",))
