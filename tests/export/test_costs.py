"""Parameters, bytes and FLOPs of a module counted by hand; latency."""
import contextlib
import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from support import tiny
from support.exported import export

from sparse_disent.export import costs


@pytest.fixture(scope="module", name="path")
def written_module(tmp_path_factory):
  """A convolution, dense heads, a dense layer, a transposed convolution."""
  def encoder(images):
    tensor = tf.nn.conv2d(
        images, tiny.weights("a", [3, 3, 2, 5]) * tiny.variable("m", [1.0] * 5),
        2, "SAME")
    flat = tf.reshape(tensor, [-1, 45])
    return [tf.matmul(flat, tiny.weights(name, [45, 4])) for name in "bc"]

  def decoder(codes):
    tensor = tf.reshape(tf.matmul(codes, tiny.weights("d", [4, 27])),
                        [-1, 3, 3, 3])
    return tf.nn.conv2d_transpose(
        tensor, tiny.weights("e", [4, 4, 2, 3]),
        [tf.shape(codes)[0], 6, 6, 2], 2)

  return tiny.write(tmp_path_factory.mktemp("module"), encoder, decoder)


def test_parameters(path):
  assert costs.parameters(path) == (
      3 * 3 * 2 * 5 + 5 + 2 * 45 * 4 + 4 * 27 + 4 * 4 * 2 * 3)


def test_size(tmp_path):
  (tmp_path / "a").mkdir()
  (tmp_path / "a" / "b").write_bytes(b"12345")
  (tmp_path / "c").write_bytes(b"678")
  assert costs.size(tmp_path) == 8


ENCODER = 2 * (3 * 3) * (3 * 3 * 2 * 5) + 2 * 2 * 45 * 4
DECODER = 2 * 4 * 27 + 2 * (3 * 3) * (4 * 4 * 2 * 3)


@pytest.mark.parametrize("signature, expected", [
    ("gaussian_encoder", ENCODER), ("decoder", DECODER),
    # Of the mean, without the log variance.
    ("reconstructions", ENCODER - 2 * 45 * 4 + DECODER)])
def test_flops(path, signature, expected):
  assert costs.flops(path, signature) == expected


def test_flops_of_upstreams_networks(tmp_path):
  # What TensorFlow's own profiler counts of the same graph.
  path = export(tmp_path, "conv")
  with tf.Graph().as_default() as graph:
    hub.Module(path)({"images": tf.zeros([1, 64, 64, 1])},
                     signature="gaussian_encoder", as_dict=True)
    options = tf.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    options["show_name_regexes"] = [".*(MatMul|Conv2D)"]
    expected = tf.profiler.profile(graph, options=options).total_float_ops
  assert costs.flops(path, "gaussian_encoder") == expected


# Multiply-adds of upstream's deconv_decoder with 3 latents and one color: two
# dense layers, and four transposed convolutions at 4 x 4 to 32 x 32 places.
DECONV = 2 * (3 * 256 + 256 * 1024 + (4 * 4) * (4**2 * 64 * 64) +
              (8 * 8) * (4**2 * 64 * 32) + (16 * 16) * (4**2 * 32 * 32) +
              (32 * 32) * (4**2 * 32 * 1))


@pytest.mark.parametrize("granularity", ["connection", "channel"])
def test_what_is_done_to_masks_does_not_count(tmp_path, granularity):
  """Masks of connections of d3, d4 and d5 are transposed by a product."""
  path = export(
      tmp_path, "masked_conv", "channel_mask.gate = @random_gate()",
      f"random_gate.granularity = '{granularity}'", "encoder.num_latent = 3")
  assert costs.flops(path, "decoder") == DECONV == 16_254_464


def test_modules_take_turns(monkeypatch):
  calls, now = [], [0.0]
  seconds = {"before": 0.004, "after": 0.001}

  @contextlib.contextmanager
  def module(path):
    def evaluate(inputs, signature, as_dict):
      assert as_dict
      calls.append((path, inputs, signature))
      # Now and then something else runs.
      now[0] += seconds[path] + (1.0 if len(calls) % 11 == 0 else 0.0)

    yield evaluate

  monkeypatch.setattr(hub, "eval_function_for_module", module)
  monkeypatch.setattr(costs.time, "perf_counter", lambda: now[0])
  result = costs.latencies(
      ["before", "after"], {"encoder": ["wide", "wide"],
                            "decoder": ["wide", "narrow"]})
  np.testing.assert_allclose(result["encoder"], [4.0, 1.0])
  np.testing.assert_allclose(result["decoder"], [4.0, 1.0])
  assert calls[:2] == [("before", "wide", "encoder"),
                       ("after", "wide", "encoder")]
  assert calls[-2:] == [("before", "wide", "decoder"),
                        ("after", "narrow", "decoder")]
  paths = [path for path, _, _ in calls]
  assert paths == ["before", "after"] * (len(paths) // 2)


def test_runs_to_warm_up_are_not_timed(monkeypatch):
  monkeypatch.setattr(costs, "_ROUNDS", 3)
  monkeypatch.setattr(costs, "_WARM_UP", 3)
  calls, now = [], [0.0]

  @contextlib.contextmanager
  def module(unused_path):
    def evaluate(inputs, signature, as_dict):
      del inputs, as_dict
      calls.append(signature)
      now[0] += 1.0 if len(calls) <= 3 else 0.002

    yield evaluate

  monkeypatch.setattr(hub, "eval_function_for_module", module)
  monkeypatch.setattr(costs.time, "perf_counter", lambda: now[0])
  result = costs.latencies(["path"], {"decoder": ["codes"]})
  np.testing.assert_allclose(result["decoder"], [2.0])


def test_latencies_of_a_module(path, monkeypatch):
  monkeypatch.setattr(costs, "_ROUNDS", 2)
  images = {"images": np.zeros([4, *tiny.IMAGE])}
  result = costs.latencies([path, path], {"reconstructions": [images, images]})
  assert np.all(np.array(result["reconstructions"]) > 0.0)
  assert os.path.isdir(path)
