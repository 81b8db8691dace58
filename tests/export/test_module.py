"""Compacted modules of all networks equal what they were made from."""
import gin
import numpy as np
import pytest
import tensorflow_hub as hub
from exported import L0_PAIR
from exported import NUM_LATENT
from exported import assert_same
from exported import export
from exported import outputs
from exported import arrays
from exported import shapes

from sparse_disent.export import module
from sparse_disent.export import reading

GATES = {
    # By kind: the variable, what closes an entry, and what leaves it open.
    "random_gate": ("mask", 0.0, 1.0),
    "magnitude_gate": ("mask", 0.0, 1.0),
    # Below the threshold, and between 0 and 1.
    "l1_gate": ("scaled_mask", 0.009, 0.7),
    # A test-time gate of 0, and one between 0 and 1.
    "hard_concrete_gate": ("scaled_log_alpha", -4.0, 1.0),
}


def compact(path, *, keep_latents=False):
  """Writes a compacted module beside another."""
  result = f"{path}_compacted"
  plan = module.plan(reading.read(path), keep_latents=keep_latents)
  variables = module.write(result, plan)
  return result, plan, variables


def closing(kind, close):
  """Values of gates, given the closed entries: close(layer, shape)."""
  name, closed, opened = GATES[kind]

  def values(variable, shape):
    layer, _, gate = variable.rpartition(f"/{kind}/")
    if gate != name:
      return None
    return np.where(close(layer, shape), closed, opened)

  return values


def three_of_four(layer, shape):
  """Of each layer the first quarter of the channels stays open."""
  mask = np.zeros(shape, bool)
  mask[..., -(-shape[-1] // 4):] = True
  return mask


@pytest.mark.parametrize("granularity", ["channel", "connection"])
@pytest.mark.parametrize("gate", sorted(GATES))
@pytest.mark.parametrize("networks", ["masked_conv", "masked_fc"])
def test_closed_channels_are_removed(tmp_path, networks, gate, granularity):
  path = export(
      tmp_path, networks, f"channel_mask.gate = @{gate}()",
      f"{gate}.granularity = '{granularity}'",
      values=closing(gate, three_of_four))
  compacted, plan, _ = compact(path)
  assert_same(path, compacted, is_sampled=True)
  assert plan.latents.all()
  before, after = shapes(path), shapes(compacted)
  assert not [name for name in after if gate in name]
  if networks == "masked_conv":
    assert after["encoder/e3/kernel"] == [2, 2, 8, 16]
    assert after["encoder/e5/kernel"] == [256, 64]
    # 1024 units make 64 channels of 4 x 4, whose first position stays.
    assert after["decoder/d2/kernel"] == [64, 256]
    assert after["decoder/d5/kernel"] == [4, 4, 8, 8]
    assert after["decoder/d6/kernel"] == [4, 4, 1, 8]
  else:
    assert after["encoder/e2/kernel"] == [1200, 300]
    assert after["decoder/d4/kernel"] == [300, 192]
  assert after["encoder/means/kernel"][1] == 2
  assert before["encoder/means/kernel"][1] == 6
