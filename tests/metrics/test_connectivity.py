"""What masks made by hand leave of exported networks."""
import json

import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import dummy_data
from support import exported_runs

from sparse_disent.export import module
from sparse_disent.export import reading
from sparse_disent.layers import RandomGate
from sparse_disent.layers import masked
from sparse_disent.metrics import active_latents
from sparse_disent.metrics import connectivity

MASKED = """
  encoder.encoder_fn = @masked_conv_encoder
  decoder.decoder_fn = @masked_deconv_decoder
  channel_mask.gate = @l1_gate()
  channel_mask.layers = ["e2", "means", "d1", "d5"]
"""


def ones(*shape, closed):
  mask = np.full(shape, 0.5)
  for index in closed:
    mask[index] = 0.0
  return mask


ALL = slice(None)
MASKS = {
    # Nothing reads channel 3, nothing feeds channels 0 and 1.
    "encoder/e2": ones(32, 32, closed=[3, (ALL, 0), (ALL, 1)]),
    # Nothing feeds the mean of latent 2; only one input feeds that of 4.
    "encoder/means": ones(256, 5, closed=[(ALL, 2), (slice(1, None), 4)]),
    # Nothing reads latent 0; latent 1 feeds a quarter of the units.
    "decoder/d1": ones(5, 256, closed=[0, (1, slice(64, None))]),
    # All is open, and one entry is almost closed.
    "decoder/d5": np.where(np.arange(1024).reshape(32, 32), 1.0, -0.02),
}


def score(model_dir, artifact_dir=None):
  results = connectivity.compute_connectivity(
      None, None, None, model_dir=str(model_dir), artifact_dir=artifact_dir)
  assert json.loads(json.dumps(results, allow_nan=False)) == results
  return results


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
  directory = tmp_path_factory.mktemp("connectivity") / "model"
  exported_runs.export(directory, MASKED, {
      f"{layer}/l1_gate/scaled_mask": mask for layer, mask in MASKS.items()})
  return directory


def test_layers(model_dir):
  results = score(model_dir)
  assert results["num_masked_layers"] == 4
  # By hand: 31 * 30, 3 * 256 + 1, 3 * 256 + 64, 32 * 32.
  num_open = {"encoder/e2": 930, "encoder/means": 769, "decoder/d1": 832,
              "decoder/d5": 1024}
  assert {layer: entry["density"]
          for layer, entry in results["layers"].items()} == {
              layer: num_open[layer] / MASKS[layer].size for layer in MASKS}
  assert results["density"] == sum(num_open.values()) / (
      2 * 32 * 32 + 2 * 5 * 256)
  sizes = {layer: (entry["num_inputs"], entry["num_outputs"])
           for layer, entry in results["layers"].items()}
  assert sizes == {layer: mask.shape for layer, mask in MASKS.items()}
  dead = {layer: (entry["num_dead_inputs"], entry["num_dead_outputs"])
          for layer, entry in results["layers"].items()}
  assert dead == {"encoder/e2": (1, 2), "encoder/means": (0, 1),
                  "decoder/d1": (1, 0), "decoder/d5": (0, 0)}
  assert (results["num_dead_inputs"], results["num_dead_outputs"]) == (2, 3)


def test_paths(model_dir):
  results = score(model_dir)
  assert results["decoder_paths"] == {
      "d1": [0, 0.25, 1, 1, 1],
      **{layer: [0, 1, 1, 1, 1] for layer in ("d2", "d3", "d4", "d5", "d6")}}
  assert results["encoder_paths"] == {
      "means": [1, 1, 0, 1, 1 / 256],
      **{layer: [1, 1, 0, 1, 1] for layer in ("e5", "e4", "e3", "e1")},
      # Channel 3 of e1 goes nowhere.
      "e2": [31 / 32, 31 / 32, 0, 31 / 32, 31 / 32]}
  assert results["latents_without_output"] == [0]
  assert results["latents_without_input"] == [2]
  assert (results["num_latents_without_output"],
          results["num_latents_without_input"]) == (1, 1)
  assert not any(name.endswith("_undefined") for name in results)


def test_files(model_dir, tmp_path):
  for _ in range(2):  # Takes the place of what an earlier evaluation has left.
    score(model_dir, str(tmp_path / "artifacts"))
  names = sorted(path.name for path in (tmp_path / "artifacts").iterdir())
  assert names == ["masks.npz", "paths.npz"]
  with np.load(tmp_path / "artifacts" / "masks.npz") as masks:
    assert set(masks) == set(MASKS)
    for layer, mask in masks.items():
      np.testing.assert_allclose(mask, MASKS[layer])
  with np.load(tmp_path / "artifacts" / "paths.npz") as paths:
    np.testing.assert_array_equal(
        paths["decoder/d1"], MASKS["decoder/d1"] != 0)
    np.testing.assert_array_equal(
        paths["encoder/means"], MASKS["encoder/means"].T != 0)
    assert paths["encoder/e5"].shape == (5, 1024)


def test_one_entry_a_channel(tmp_path):
  exported_runs.export(tmp_path / "model", MASKED + """
      l1_gate.granularity = "channel"
      channel_mask.layers = ["e3", "d4", "means"]
  """, {"encoder/e3/l1_gate/scaled_mask": ones(64, closed=[5, 6]),
        "decoder/d4/l1_gate/scaled_mask": ones(32, closed=[ALL]),
        "encoder/means/l1_gate/scaled_mask": ones(5, closed=[4])})
  results = score(tmp_path / "model")
  # d4 has 64 inputs and e3 32: their kernels have the channels the other way.
  assert results["layers"] == {
      "encoder/e3": {"density": 62 / 64, "num_inputs": 32, "num_outputs": 64,
                     "num_dead_inputs": 0, "num_dead_outputs": 2},
      "decoder/d4": {"density": 0, "num_inputs": 64, "num_outputs": 32,
                     "num_dead_inputs": 64, "num_dead_outputs": 32},
      "encoder/means": {"density": 0.8, "num_inputs": 256, "num_outputs": 5,
                        "num_dead_inputs": 0, "num_dead_outputs": 1}}
  assert results["latents_without_output"] == [0, 1, 2, 3, 4]
  assert results["latents_without_input"] == [4]
  assert results["decoder_paths"]["d3"] == [1] * 5
  assert results["decoder_paths"]["d4"] == [0] * 5
  # What e3 has closed could still reach the means.
  assert results["encoder_paths"]["e4"] == [1] * 4 + [0]


HEADS = 'channel_mask.layers = ["e2", "means", "log_var"]'


@pytest.mark.parametrize("layers, closed", [("", []), (HEADS, [1, 4])])
def test_channels_of_heads_prune_no_latent_for_any_tool(
    tmp_path, layers, closed):
  """Masks alone never make a latent the constant that the decoder ignores."""
  model = tmp_path / "model"
  masks = {f"encoder/{head}/l1_gate/scaled_mask": ones(5, closed=[1, 4])
           for head in ("means", "log_var")} if layers else {}
  exported_runs.export(model, f"""
      encoder.encoder_fn = @masked_conv_encoder
      channel_mask.gate = @l1_gate()
      l1_gate.granularity = "channel"
      {layers}
  """, masks)
  assert score(model)["latents_without_input"] == closed
  heads = {layer for layer in score(model)["layers"] if "e2" not in layer}
  assert ("encoder/means" in heads) == ("encoder/log_var" in heads) == bool(
      layers)
  results = active_latents.compute_active_latents(
      dummy_data.DummyData(), None, np.random.RandomState(0),
      model_dir=str(model), num_train=64)
  assert results["pruned_latents"] == []
  # Closed in both heads it has the prior's distribution.
  assert [i for i, kl in enumerate(results["kl"]) if kl == 0] == closed
  compacted = module.plan(
      reading.read(str(model / "tfhub")), keep_latents=False)
  assert not compacted.pruned.any() and compacted.latents.all()


def test_trunks(tmp_path):
  exported_runs.export(tmp_path / "model", """
      encoder.encoder_fn = @grouped_encoder
      grouped_encoder.encoder_fn = @masked_conv_encoder
      grouped_encoder.groups = [2, 3]
      sparse_vae.groups = [2, 3]
      channel_mask.gate = @l1_gate()
      channel_mask.layers = ["means"]
  """, {"encoder/group_1/means/l1_gate/scaled_mask": ones(
      256, 2, closed=[(ALL, 1)])})
  results = score(tmp_path / "model")
  assert results["encoder_paths"]["e1"] == [1, 0, 1, 1, 1]
  assert results["latents_without_input"] == [1]
  assert results["decoder_paths"] is None
  assert results["decoder_paths_undefined"] == (
      "the decoder has no masks: it is fully connected")


def test_a_model_without_masks(tmp_path):
  exported_runs.export(tmp_path / "model")
  assert score(tmp_path / "model", str(tmp_path / "artifacts")) == {
      "num_masked_layers": 0, "density": 1.0, "num_dead_inputs": 0,
      "num_dead_outputs": 0, "layers": {},
      "decoder_paths": None, "decoder_paths_undefined":
          "the decoder has no masks: it is fully connected",
      "latents_without_output": [], "num_latents_without_output": 0,
      "encoder_paths": None, "encoder_paths_undefined":
          "the encoder has no masks: it is fully connected",
      "latents_without_input": [], "num_latents_without_input": 0}
  assert not (tmp_path / "artifacts").exists()


@gin.configurable(allowlist=[])
def decoder_of_a_user(latent_tensor, output_shape, is_training=True):
  logits = masked.dense(
      latent_tensor, 4096, name="logits", is_training=is_training,
      gate=RandomGate(sparsity=0.75))
  return tf.reshape(logits, [-1, *output_shape])


def test_a_network_that_is_not_ours(tmp_path):
  exported_runs.export(
      tmp_path / "model", "decoder.decoder_fn = @decoder_of_a_user")
  results = score(tmp_path / "model")
  assert results["density"] == results["layers"]["decoder/logits"][
      "density"] == 0.25
  for name in ("decoder_paths", "latents_without_output",
               "num_latents_without_output"):
    assert results[name] is None
    assert results[f"{name}_undefined"] == (
        "the order of the decoder's layers is not known, as it is none of this "
        "package's networks")
