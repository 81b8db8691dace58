"""Groups in the order of importance: Halevi's four models, and two more.

The paper compares Grouped-VAE with beta-VAEs of beta 1, 5 and 10: fully
connected networks, 6 latents, dSprites. Beside its grouped model stand the one
whose groups have trunks of their own, and the nested one.
"""
from typing import Any

from disentanglement_lib.utils import hyperparams as h

from sparse_disent.study import definition


def models() -> list[dict[str, Any]]:
  """Returns the settings of all models."""
  beta_vae = h.product([
      [{"model.name": "beta_vae", "model.model": "@vae()"}],
      h.sweep("vae.beta", h.discrete([1., 5., 10.]))])
  separate = {
      "model.name": "grouped_vae_separate",
      "encoder.encoder_fn": "@grouped_encoder",
      "grouped_encoder.encoder_fn": "@fc_encoder",
      "grouped_encoder.groups": [3, 3]}
  nested = {"model.name": "nested_vae", "sparse_vae.groups": [1] * 6}
  return definition.with_seeds(
      h.chainit([[{"model.name": "grouped_vae"}], beta_vae, [separate],
                 [nested]]), range(10))


def study() -> definition.Study:
  """Returns the study."""
  return definition.Study(
      "grouped_vae", "gin_configs/grouped_vae.gin", models(),
      protocol="grouped_vae")
