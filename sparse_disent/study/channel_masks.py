"""Channel masks over sparsity, beside dense models of both sizes.

After Rakowski and Lippert: the sparsities, betas and L1 weights are those of
the authors' published code, and masks are in the encoder only or in both
networks. A small dense model has about as many weights as a masked one has open
connections: width sqrt(1 - sparsity) leaves a share 1 - sparsity of the weights
between hidden layers.

Learned gates have the settings of masked_conv_hard_concrete.gin and
masked_conv_l1.gin, which prune within 10,000 steps, and weights around theirs.
Beside them stand L1 masks with the published weights, under which nothing
closes before step 10,000.

A lottery ticket takes the masks of the magnitude model that has the same
networks, sparsity, beta and seed, which is trained first.
"""
import math
from typing import Any

from disentanglement_lib.utils import hyperparams as h

from sparse_disent.study import definition

SPARSITIES = [.1, .25, .4, .55, .7, .85]
L1_WEIGHTS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]
# See gin_configs/masked_conv_l1.gin and masked_conv_hard_concrete.gin.
PRUNING_L1_WEIGHTS = [.3, .1, .03]
PRUNING_L1 = {"l1_gate.penalty_reduction": "root",
              "l1_gate.learning_rate_multiplier": 20.}
L0_WEIGHTS = [1.5, .5, .15]
PRUNING_L0 = {"hard_concrete_gate.penalty_reduction": "root",
              "hard_concrete_gate.drop_rate": .1,
              "hard_concrete_gate.learning_rate_multiplier": 50.}
BETAS = [1., 2., 4., 6., 8., 16., 32., 64.]
ENCODER_LAYERS = ["e2", "e3", "e4", "e5", "means", "log_var"]


def models() -> list[dict[str, Any]]:
  """Returns the settings of all models."""
  networks = h.chainit([
      h.zipit([h.fixed("model.name", "masked_encoder"),
               h.fixed("channel_mask.layers", ENCODER_LAYERS)]),
      h.fixed("model.name", "masked_both")])
  masked = h.product([networks, h.chainit([
      _gate("@random_gate()", "random_gate.sparsity", SPARSITIES),
      _gate("@magnitude_gate()", "magnitude_gate.sparsity", SPARSITIES),
      _gate("@l1_gate()", "l1_gate.lambda_l1", L1_WEIGHTS),
      h.product([[PRUNING_L1], _gate(
          "@l1_gate()", "l1_gate.lambda_l1", PRUNING_L1_WEIGHTS)]),
      h.product([[PRUNING_L0], _gate(
          "@hard_concrete_gate()", "hard_concrete_gate.lambda_l0",
          L0_WEIGHTS)])])])
  widths = [1.] + [round(math.sqrt(1 - sparsity), 3) for sparsity in SPARSITIES]
  dense = h.product([
      h.fixed("model.name", "dense"), h.fixed("channel_mask.gate", None),
      h.sweep("masked_network.width", widths)])
  each = h.product([h.chainit([masked, dense]), h.sweep("vae.beta", BETAS)])
  found = definition.with_masks_of_their_own(
      definition.with_seeds(each, range(10)))
  return [*found, *_tickets(found)]


def _tickets(found):
  """Tickets keep the magnitude gate's sparsity, which is that of their masks.
  """
  return [{**settings, "channel_mask.gate": "@ticket_gate()",
           "ticket_gate.path": definition.ModelOf(number)}
          for number, settings in enumerate(found)
          if settings.get("channel_mask.gate") == "@magnitude_gate()"]


def _gate(gate, parameter, values):
  return h.product([h.fixed("channel_mask.gate", gate),
                    h.sweep(parameter, h.discrete(values))])


def study() -> definition.Study:
  """Returns the study."""
  return definition.Study(
      "channel_masks", "gin_configs/masked_conv.gin", models(),
      protocol="channel_masks")
