"""What is said of a compaction, word for word."""
import numpy as np

from sparse_disent.export import linear
from sparse_disent.export import module
from sparse_disent.export import nodes
from sparse_disent.export import reading
from sparse_disent.export import summaries

COSTS = {
    "parameters": [12000, 3000],
    "bytes": [50000, 16000],
    "flops.decoder": [1234567, 1234567],
    "milliseconds.decoder": [10.125, 5.0],
}


def dense(name, source, size):
  return linear.Linear(name, source, [size], linear.DENSE,
                       np.ones([source.shape[-1], size]), np.ones(size))


def summary(masks=None, unknown=(), pruned=(0, 1, 0), keep=False, left=None):
  source, codes = nodes.Input("encoder", [8]), nodes.Input("decoder", [3])
  layer = dense("encoder/e1", source, 4)
  heads = [dense("encoder/means", layer, size) for size in (2, 1)]
  encoder = nodes.Network(
      source, {}, [source, layer, *heads], list(unknown))
  output = dense("decoder/d1", codes, 5)
  decoder = nodes.Network(codes, {}, [codes, output], [])
  pruned = np.array(pruned, bool)
  compacted = module.Compacted(
      reading.Model(encoder, decoder, False, masks or {}), None, None,
      pruned | True if keep else ~pruned, pruned)
  sizes = left or [(8, 3), (3, 1), (3, 1), (2, 5)]
  layers = dict(zip([layer, *heads, output], sizes, strict=True))
  return summaries.Summary(
      compacted, layers, 1.25e-7, True, "dummy_data", COSTS)


def test_text():
  lines = summary().text().splitlines()
  assert lines == [
      "                   before      after  ratio",
      "parameters         12,000      3,000   4.00",
      "bytes of tfhub     50,000     16,000   3.12",
      "FLOPs, decoder  1,234,567  1,234,567   1.00",
      "ms, decoder         10.12       5.00   2.02",
      "",
      "FLOPs: 2 x multiply-adds of matrix products and convolutions, one "
      "example.",
      "ms: batch of 64, median, both modules in turn.",
      "",
      "latents        3 -> 2",
      "encoder/e1     4 -> 3 outputs",
      "encoder/means  4 -> 3 inputs, 3 -> 2 outputs",
      "decoder/d1     3 -> 2 inputs",
      "There are no channel masks.",
      "",
      "Same outputs within 1.2e-07 (at most 1e-05 of the largest value) on 64 "
      "images of noise and codes, 64 images of dummy_data.",
  ]


def reasons(**arguments):
  """The lines after those on latents and layers."""
  lines = summary(**arguments).text().splitlines()
  return [line for line in lines[9:-2] if "->" not in line]


def test_connections_that_free_nothing():
  some = np.ones([8, 4])
  some[:3, 1] = 0.0
  whole = np.ones([3, 5])
  whole[:, 1] = 0.0
  assert reasons(masks={"encoder/e1": some, "decoder/d1": whole}) == [
      "Closed connections that free no channel and stay as zeros (gates with "
      'granularity "channel" free theirs):',
      "  encoder/e1 3 of 32"]
  assert reasons(masks={"decoder/d1": whole.T}) == []


def test_open_gates():
  assert reasons(masks={"encoder/e1": np.full([4], 0.1),
                        "decoder/d1": np.array([1, 1, 0, 1, 1])}) == [
                            "No gate is closed:", "  encoder/e1"]


def test_latents():
  assert reasons(pruned=[0, 0, 0]) == [
      "No latent is pruned.", "There are no channel masks."]
  assert reasons(keep=True) == [
      "Kept in their places: 1 pruned latent.",
      "There are no channel masks."]


def test_unknown_operations():
  assert reasons(
      unknown=["encoder/max_pool (MaxPool)"],
      masks={"encoder/e0": np.array([0.0, 1.0])}) == [
          "Kept as it is, up to operations that compaction does not know:",
          "  encoder/max_pool (MaxPool)",
          "Gates closed in what is kept as it is:",
          "  encoder/e0 1 of 2"]


def test_as_dict():
  assert summary().as_dict() == {
      "latents": [0, 2],
      "pruned_latents": [1],
      "difference": 1.25e-7,
      "compared_with":
          "64 images of noise and codes, 64 images of dummy_data",
      "parameters.before": 12000, "parameters.after": 3000,
      "bytes.before": 50000, "bytes.after": 16000,
      "flops.decoder.before": 1234567, "flops.decoder.after": 1234567,
      "milliseconds.decoder.before": 10.125, "milliseconds.decoder.after": 5.0,
  }


def test_pruned_latents_are_named_where_they_keep_their_places():
  results = summary(keep=True).as_dict()
  assert (results["latents"], results["pruned_latents"]) == ([0, 1, 2], [1])


def test_without_real_images():
  base = summary()
  text = summaries.Summary(
      base.compacted, base.layers, 0.0, False, "no data", COSTS).text()
  assert text.endswith("images of noise and codes; no real images: no data.")
