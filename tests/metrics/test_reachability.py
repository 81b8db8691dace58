"""Paths through open connections, by hand and by signals."""
import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.layers import watching
from sparse_disent.metrics import reachability
from sparse_disent.models import decoders
from sparse_disent.models import encoders

NUM_LATENT = 7


def booleans(*rows):
  return np.array([[entry == "1" for entry in row] for row in rows])


def test_paths_by_hand():
  one = booleans("100", "011", "000")
  two = booleans("01", "10", "10")
  first, second = reachability.paths([one, two])
  np.testing.assert_array_equal(first, one)
  np.testing.assert_array_equal(second, booleans("01", "10", "00"))


def test_flattening_keeps_channels_last():
  # Two channels at three positions: units c0 c1 c0 c1 c0 c1.
  flattened = booleans("100", "000", "000", "010", "000", "001")
  _, reached = reachability.paths([booleans("10", "01"), flattened])
  np.testing.assert_array_equal(reached, booleans("100", "011"))
  _, reached = reachability.paths([booleans("001000", "000001", "000000"),
                                   booleans("10", "01")])
  np.testing.assert_array_equal(reached, booleans("10", "01", "00"))


def test_neighbors_in_a_flattened_image_are_channels_of_one_position():
  """Units 0, 2 and 4 are channel 0, and 1, 3 and 5 channel 1."""
  flattened = booleans("1000", "0100", "0000", "0000", "0010", "0001")
  _, reached = reachability.paths([booleans("10", "01"), flattened])
  np.testing.assert_array_equal(reached, booleans("1010", "0101"))
  _, reached = reachability.paths([booleans(
      "100000", "010000", "000010", "000001"), booleans("10", "01")])
  np.testing.assert_array_equal(reached, booleans("10", "01", "10", "01"))


def test_layers_that_do_not_fit():
  with pytest.raises(ValueError) as error:
    reachability.paths([np.ones([2, 4], bool), np.ones([3, 2], bool)])
  assert str(error.value) == (
      "4 outputs of a layer cannot be 3 inputs of the next: give layers in the "
      "order of the data.")


class Signals:
  """A masked network whose weights are positive.

  Whatever is connected then carries a positive signal: nothing cancels, and
  relu and tanh let it pass. With positive biases relu lets all gradients pass.
  """

  def __init__(self, build, sparsity, bias):
    gin.clear_config()
    gin.parse_config(f"""
        channel_mask.gate = @random_gate()
        random_gate.sparsity = {sparsity}
        random_gate.seed = 1
    """)
    with tf.Graph().as_default() as graph, tf.Session() as session:
      signals = build(graph)
      session.run(tf.global_variables_initializer())
      kernels = [variable for variable in tf.trainable_variables()
                 if variable.op.name.endswith("/kernel")]
      session.run([variable.assign(tf.fill(variable.shape, (
          bias if variable.op.name.endswith("/bias") else 0.1)))
                   for variable in tf.trainable_variables()])
      self.signals = {name: value != 0
                      for name, value in session.run(signals).items()}
      self.kernels = {variable.op.name.removesuffix("/kernel"):
                      variable.shape.as_list() for variable in kernels}
      self.connections = {layer: mask != 0 for layer, mask in session.run(
          watching.test_masks(graph)).items()}


def check(paths, signals):
  assert set(paths) == set(signals)
  for layer, reached in paths.items():
    np.testing.assert_array_equal(reached, signals[layer], err_msg=layer)
  # The test must be one of both open and closed paths.
  assert any(reached.any() and not reached.all() for reached in paths.values())


@pytest.mark.parametrize("decoder, sparsity", [
    (decoders.masked_deconv_decoder, 0.98),
    (decoders.masked_fc_decoder, 0.999)])
def test_latents_reach_what_their_signals_reach(decoder, sparsity):
  def build(graph):
    with tf.variable_scope("decoder"):
      decoder(tf.eye(NUM_LATENT), [64, 64, 1], is_training=False)
    signals = {}
    for op in graph.get_operations():
      scope, _, kind = op.name.rpartition("/")
      if kind in ("Relu", "Tanh") or kind == "BiasAdd" and scope in (
          "decoder/d6", "decoder/d4"):
        outputs = op.outputs[0]
        axes = list(range(1, outputs.shape.rank - 1))
        signals[scope.removeprefix("decoder/")] = tf.reduce_max(outputs, axes)
    return signals

  built = Signals(build, sparsity, bias=0.0)
  check(reachability.from_latents(built.connections, built.kernels),
        built.signals)


@pytest.mark.parametrize("encoder, sparsity", [
    (encoders.masked_conv_encoder, 0.995), (encoders.masked_fc_encoder, 0.999)])
def test_latents_are_reached_by_what_they_have_gradients_for(encoder, sparsity):
  def build(graph):
    images = tf.ones([1, 64, 64, 1])
    with tf.variable_scope("encoder"):
      means, _ = encoder(images, NUM_LATENT, is_training=False)
    inputs = {}
    for op in graph.get_operations():
      layer = op.name.split("/")[1] if "/" in op.name else None
      if op.type in ("Conv2D", "MatMul") and layer != "log_var":
        inputs[layer] = op.inputs[0]
    gradients = {layer: [] for layer in inputs}
    for latent in range(NUM_LATENT):
      for layer, gradient in zip(inputs, tf.gradients(
          means[:, latent], list(inputs.values())), strict=True):
        axes = list(range(gradient.shape.rank - 1))
        gradients[layer].append(tf.reduce_max(gradient, axes))
    return {layer: tf.stack(rows) for layer, rows in gradients.items()}

  built = Signals(build, sparsity, bias=0.1)
  check(reachability.to_latents(built.connections, built.kernels),
        built.signals)


def trunk(scope, num_latent, mask):
  """Connections and kernels of a masked encoder whose means carry a mask."""
  shapes = {"e1": [4096, 1200], "e2": [1200, 1200],
            "means": [1200, num_latent], "log_var": [1200, num_latent]}
  return ({f"{scope}/means": mask},
          {f"{scope}/{layer}": shape for layer, shape in shapes.items()})


def test_latents_of_several_trunks_are_in_the_order_of_the_groups():
  connections, kernels = {}, {}
  for number in (10, 2, 1):
    mask = np.zeros([1200, 1], bool)
    mask[:number] = True
    one, two = trunk(f"encoder/group_{number}", 1, mask)
    connections.update(one)
    kernels.update(two)
  paths = reachability.to_latents(connections, kernels)
  assert list(paths) == ["means", "e2", "e1"]
  np.testing.assert_array_equal(paths["means"].sum(axis=1), [1, 2, 10])
  assert paths["e1"].all() and paths["e1"].shape == (3, 4096)


def test_networks_that_are_not_known():
  connections = {"decoder/mine": np.ones([5, 3], bool)}
  kernels = {"decoder/mine": [5, 3], "decoder/yours": [3, 4096]}
  assert reachability.from_latents(connections, kernels) is None
  assert reachability.to_latents(connections, kernels) is None
