"""Compacted modules of all networks equal what they were made from."""
import os
import subprocess

import numpy as np
import pytest
from support import tiny
from support.exported import L0_PAIR
from support.exported import NUM_LATENT
from support.exported import arrays
from support.exported import assert_same
from support.exported import export
from support.exported import outputs
from support.exported import shapes
from support.tiny import compact

from sparse_disent.ops import statistics

GATES = {
    # By kind: the variable, what closes an entry, and what leaves it open.
    "random_gate": ("mask", 0.0, 1.0),
    "magnitude_gate": ("mask", 0.0, 1.0),
    # Below the threshold, and between 0 and 1.
    "l1_gate": ("scaled_mask", 0.009, 0.7),
    # A test-time gate of 0, and one between 0 and 1.
    "hard_concrete_gate": ("scaled_log_alpha", -4.0, 1.0),
}


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
  # Heads carry no masks of channels.
  assert after["encoder/means/kernel"][1] == (
      6 if granularity == "channel" else 2)
  assert before["encoder/means/kernel"][1] == 6


@pytest.mark.parametrize("layer, closed", [
    ("encoder/e3", "encoder/e5"), ("decoder/d4", "decoder/d6")])
def test_all_channels_of_a_layer_are_closed(tmp_path, layer, closed):
  # With positive biases, so that what comes after is constant but not 0.
  def values(name, shape):
    if name == f"{layer}/bias":
      return np.linspace(0.1, 1.0, shape[0])
    return closing("random_gate", lambda at, size: np.full(size, at == layer))(
        name, shape)

  path = export(tmp_path, "masked_conv", "channel_mask.gate = @random_gate()",
                values=values)
  compacted, _, _ = compact(path)
  assert_same(path, compacted, is_sampled=True, varies=False)
  # Neither the layer nor what reads it is left.
  after = shapes(compacted)
  assert f"{layer}/kernel" not in after
  assert f"{closed}/kernel" not in after


def locations(*values):
  """Values of L0Pair's gates: log_alpha."""
  return lambda name, shape: (
      np.array(values) if name.endswith("l0_pair/scaled_log_alpha") else None)


# Test-time gates 0, .30, 0, 1, .80 and 0; Louizos et al.
PRUNED = locations(-4.0, -0.7, -3.0, 4.0, 1.1, -2.5)


def test_a_constant_that_nothing_reads_is_removed_and_not_pruned(tmp_path):
  # Of latent 2 all connections are closed; its mean and variance are biases.
  def close(layer, shape):
    closed = np.zeros(shape, bool)
    if layer in ("encoder/means", "encoder/log_var"):
      closed[:, 2] = True
    elif layer == "decoder/d1":
      closed[2] = True
    return closed

  path = export(
      tmp_path, "masked_fc", "channel_mask.gate = @random_gate()",
      'channel_mask.layers = ["means", "log_var", "d1"]',
      values=closing("random_gate", close))
  _, plan, _ = compact(path)
  np.testing.assert_array_equal(np.flatnonzero(plan.pruned), [2])
  posterior = outputs(path, *arrays(path))
  assert not statistics.pruned(posterior["mean"], posterior["logvar"]).any()


@pytest.mark.parametrize("keep_latents", [False, True])
@pytest.mark.parametrize("networks", ["fc", "conv", "masked_fc"])
def test_pruned_latents_are_removed(tmp_path, networks, keep_latents):
  masks = ["channel_mask.gate = @random_gate()"] if "_" in networks else []
  path = export(tmp_path, networks, L0_PAIR, *masks, model="sparse_vae",
                values=PRUNED)
  compacted, plan, _ = compact(path, keep_latents=keep_latents)
  np.testing.assert_array_equal(
      plan.pruned, [True, False, True, False, False, True])
  latents = range(6) if keep_latents else [1, 3, 4]
  assert_same(path, compacted, list(latents))
  after = shapes(compacted)
  assert sorted(shape[-1] for name, shape in after.items() if shape[-1] == 3
                and name.startswith("encoder") and "kernel" in name) == [3, 3]
  assert [shape[0] for name, shape in after.items() if shape[0] == 3
          and name.startswith("decoder") and "kernel" in name] == [3]
  # Gates between 0 and 1 are in the kernels.
  assert {name.rpartition("/")[2] for name in after} <= {
      "kernel", "bias", "constants"}
  if keep_latents:
    result = outputs(compacted, *arrays(path))
    assert np.all(result["mean"][:, [0, 2, 5]] == 0.0)
    np.testing.assert_array_equal(
        result["logvar"][:, [0, 2, 5]], np.float32(np.log(1e-20)))


@pytest.mark.parametrize("keep_latents", [False, True])
def test_kept_latents_are_pruned_latents_of_what_is_written(
    tmp_path, keep_latents):
  path = export(tmp_path, "fc", L0_PAIR, model="sparse_vae", values=PRUNED)
  kept, before, _ = compact(path, keep_latents=True)
  again, plan, _ = compact(kept, keep_latents=keep_latents)
  np.testing.assert_array_equal(plan.pruned, before.pruned)
  assert plan.model.encoder.unknown == plan.model.decoder.unknown == []
  assert_same(path, again, list(range(6)) if keep_latents else [1, 3, 4])


@pytest.mark.parametrize("constant", [0, 1])
def test_a_latent_that_is_not_read_but_varies_stays(tmp_path, constant):
  """Of one latent either the mean or the log variance is constant."""
  mask = np.array([1.0, 0.0, 1.0], np.float32)

  def encoder(images):
    outputs = tiny.default_encoder(images)
    outputs[constant] *= mask
    return outputs

  path = tiny.write(
      tmp_path, encoder, lambda codes: tiny.default_decoder(codes * mask))
  compacted, plan, _ = compact(path)
  assert not plan.pruned.any()
  assert_same(path, compacted)


def test_all_latents_but_one_are_pruned(tmp_path):
  path = export(tmp_path, "fc", L0_PAIR, model="sparse_vae",
                values=locations(-4, -4, -4, 1, -4, -4))
  assert_same(path, compact(path)[0], [3])


def test_all_latents_are_pruned(tmp_path):
  path = export(tmp_path, "fc", L0_PAIR, model="sparse_vae",
                values=locations(-4, -4, -4, -4, -4, -4))
  with pytest.raises(ValueError) as error:
    compact(path)
  assert str(error.value) == (
      "All 6 latents of the model are pruned, and a code without any cannot be "
      "written. Use --keep_latents.")
  compacted, plan, _ = compact(path, keep_latents=True)
  assert plan.pruned.all()
  assert_same(path, compacted, varies=False)
  # Nothing in it depends on images any more.
  again, _, _ = compact(compacted, keep_latents=True)
  assert_same(path, again, varies=False)


@pytest.mark.parametrize("keep_latents", [False, True])
def test_classes_stay(tmp_path, keep_latents):
  path = export(
      tmp_path, "fc", L0_PAIR, "sparse_vae.categorical = @categorical_latent()",
      "categorical_latent.num_classes = 3", model="sparse_vae",
      values=locations(-4, 2, -4))
  compacted, _, _ = compact(path, keep_latents=keep_latents)
  latents = range(6) if keep_latents else [1, 3, 4, 5]
  assert_same(path, compacted, list(latents))
  # Of the log variances only that of the continuous latent is left.
  after = shapes(compacted)
  assert sorted(shape[1] for name, shape in after.items()
                if shape[0] == 1200 and "encoder" in name
                and "kernel" in name) == [1, 1, 3, 1200]


def test_groups_with_trunks_of_their_own(tmp_path):
  # The first group is pruned with its whole trunk.
  path = export(
      tmp_path, "fc", L0_PAIR, "sparse_vae.groups = [2, 4]",
      "encoder.encoder_fn = @grouped_encoder",
      "grouped_encoder.groups = [2, 4]",
      "grouped_encoder.encoder_fn = @fc_encoder", model="sparse_vae",
      values=locations(-4, -4, 2, -4, 2, 2))
  compacted, _, _ = compact(path)
  assert_same(path, compacted, [2, 4, 5])
  after = shapes(compacted)
  assert "encoder/group_2/e1/kernel" in after
  assert not [name for name in after if "group_1" in name]


def test_both_graphs_are_the_same(tmp_path):
  path = export(tmp_path, "fc", L0_PAIR, model="sparse_vae", values=PRUNED)
  compacted, _, _ = compact(path)
  images, codes = arrays(compacted)
  expected = outputs(compacted, images, codes)
  for name, value in outputs(compacted, images, codes, tags={"train"}).items():
    np.testing.assert_array_equal(value, expected[name])


def test_reconstructions_of_upstreams_models_stay_random(tmp_path):
  path = export(tmp_path, "fc")
  compacted, _, _ = compact(path)
  images, codes = arrays(compacted)
  first, second = (outputs(compacted, images, codes)["reconstructed"]
                   for _ in range(2))
  assert np.all(np.std(first - second, axis=(1, 2, 3)) > 0.01)
  assert codes.shape[1] == NUM_LATENT


TF1_SCRIPT = """
import sys
import numpy as np
import tensorflow_hub as hub

_, path, arrays, output = sys.argv
arrays = np.load(arrays)
with hub.eval_function_for_module(path) as f:
  result = f({"images": arrays["images"]}, signature="gaussian_encoder",
             as_dict=True)
  result["reconstructed"] = f(
      {"images": arrays["images"]}, signature="reconstructions",
      as_dict=True)["images"]
  result["decoded"] = f({"latent_vectors": arrays["codes"]},
                        signature="decoder", as_dict=True)["images"]
np.savez(output, **result)
"""


def test_tensorflow_1_15_reads_it(tmp_path, tf1_python):
  def values(name, shape):
    pruned = PRUNED(name, shape)
    return closing("random_gate", three_of_four)(
        name, shape) if pruned is None else pruned

  path = export(
      tmp_path, "masked_conv", L0_PAIR, "channel_mask.gate = @random_gate()",
      "channel_mask.layers = ['e2', 'd2', 'd4']", model="sparse_vae",
      values=values)
  compacted, _, variables = compact(path)
  # Both ways in which closed channels are put in again.
  assert "decoder/d5/constant_kernel" in variables.values
  assert [name for name in variables.values
          if name.endswith("d2/Relu/constants")]
  images, codes = arrays(compacted)
  np.savez(tmp_path / "arrays.npz", images=images, codes=codes)
  subprocess.run(
      [tf1_python, "-c", TF1_SCRIPT, compacted, tmp_path / "arrays.npz",
       tmp_path / "output.npz"], check=True, capture_output=True,
      env={**os.environ, "PYTHONPATH": ""})
  expected = outputs(compacted, images, codes)
  actual = np.load(tmp_path / "output.npz")
  for name, value in expected.items():
    np.testing.assert_allclose(
        actual[name], value, rtol=1e-4, atol=1e-4 * np.abs(value).max())
